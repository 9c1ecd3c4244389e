// Command image builds the container image that the last stage of a Dockerfile describes, without a container engine.
//
// It reads that stage (dockerfile.go), takes each file that the stage copies from where the command line says, and writes
// one tar archive (archive.go) that is an OCI image layout and what `docker load` reads at once. Equal inputs give equal
// bytes, on every machine and at every time: the archive holds no clock but -created, no owner but root, and no mode but
// those of the Dockerfile.
//
// It prints the digest of the image's manifest, which is what a registry calls it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// options are the command line.
type options struct {
	dockerfile string
	args       pairs // of the Dockerfile's ARG
	files      pairs // where a file lies that the last stage copies, by its path in the build stage
	platform   string
	created    int64 // Unix time
	tag        string
	out        string
}

// pairs is a flag NAME=VALUE that may come more than once.
type pairs map[string]string

func (p pairs) String() string { return "" }

func (p pairs) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want NAME=VALUE")
	}
	if _, ok := p[name]; ok {
		return fmt.Errorf("%s is there twice", name)
	}
	p[name] = value
	return nil
}

func run(args []string, stdout, stderr io.Writer) int {
	o := options{args: pairs{}, files: pairs{}}
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.dockerfile, "dockerfile", "Dockerfile", "what to build")
	flags.Var(o.args, "arg", "`NAME=VALUE` of an ARG; may be repeated; CREATED is made of -created")
	flags.Var(o.files, "file", "`/path/in/build/stage=file`; may be repeated")
	flags.StringVar(&o.platform, "platform", "", "the image's `os/architecture`")
	flags.Int64Var(&o.created, "created", 0, "the time of all that has a time, as `Unix seconds` (SOURCE_DATE_EPOCH)")
	flags.StringVar(&o.tag, "tag", "", "the image's `name:tag`")
	flags.StringVar(&o.out, "o", "", "the archive to write")
	if flags.Parse(args) != nil {
		return 2
	}
	digest, err := build(o)
	if err != nil {
		fmt.Fprintf(stderr, "image: %v\n", err)
		return 1
	}
	fmt.Fprintln(stdout, digest)
	return 0
}

// build writes the archive and gives the image's digest.
func build(o options) (string, error) {
	text, err := os.ReadFile(o.dockerfile)
	if err != nil {
		return "", err
	}
	created := time.Unix(o.created, 0).UTC()
	if _, ok := o.args["CREATED"]; !ok {
		o.args["CREATED"] = created.Format(time.RFC3339)
	}
	r, err := readRecipe(string(text), o.args)
	if err != nil {
		return "", fmt.Errorf("%s: %w", o.dockerfile, err)
	}
	img, err := assemble(r, o.files, o.platform, created)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(o.out), 0o755); err != nil {
		return "", err
	}
	// Written aside and renamed: what has the name is whole.
	tmp := o.out + ".tmp"
	if err := writeArchive(tmp, img, o.tag); err != nil {
		_ = os.Remove(tmp)
		return "", err
	}
	if err := os.Rename(tmp, o.out); err != nil {
		return "", err
	}
	digest, err := img.Digest()
	return digest.String(), err
}
