package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// What the test's images are made with.
const (
	testVersion  = "v0.0.0-test"
	testRevision = "0123456789abcdef0123456789abcdef01234567"
	testCreated  = 1767323045 // 2026-01-02T03:04:05Z
)

// TestImage builds the image as `make image` does, a second time as somebody else would who has nothing of the first, and
// looks at what came out: it holds what it should, any loader reads it, and the program runs from it as its user with a
// read-only root.
func TestImage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program twice")
	}
	top := root(t)
	one := filepath.Join(t.TempDir(), "voile")
	copyTree(t, top, one, everything)
	archive := filepath.Join(t.TempDir(), "voile-image.tar")
	command(t, one, nil, "make", append(makeArgs(top), "image", "IMAGE="+archive)...)
	binary, err := os.ReadFile(filepath.Join(one, "dist", "linux-"+goarch(t), "voile"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("content", func(t *testing.T) { testContent(t, img, binary) })
	t.Run("config", func(t *testing.T) { testConfig(t, img) })
	t.Run("layout", func(t *testing.T) { testLayout(t, archive, img) })
	t.Run("run", func(t *testing.T) { testRun(t, img) })
	t.Run("bill of materials", func(t *testing.T) { testMaterials(t, one, binary) })
	t.Run("reproduced", func(t *testing.T) { testReproduced(t, archive, binary) })
}

// makeArgs are what two builds of one release have in common, and where the tools are.
func makeArgs(top string) []string {
	return []string{"-s", "VERSION=" + testVersion, "REVISION=" + testRevision,
		fmt.Sprintf("SOURCE_DATE_EPOCH=%d", testCreated), "CACHE=" + filepath.Join(top, ".cache")}
}

// testContent: one static program, root's, that nobody may write, and nothing beside it.
func testContent(t *testing.T, img v1.Image, binary []byte) {
	var got []string
	flat := mutate.Extract(img)
	defer func() { _ = flat.Close() }()
	for r := tar.NewReader(flat); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %04o %d:%d %q %q %d %t", h.Name, h.Mode, h.Uid, h.Gid, h.Uname, h.Gname, h.ModTime.Unix(), bytes.Equal(content, binary)))
	}
	if want := []string{fmt.Sprintf(`voile 0755 0:0 "" "" %d true`, testCreated)}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	program, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program is not static: it has a segment %v", p.Type)
		}
	}
}

func testConfig(t *testing.T, img v1.Image) {
	got, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	created := v1.Time{Time: time.Unix(testCreated, 0).UTC()}
	want := &v1.ConfigFile{
		Architecture: goarch(t), OS: "linux", Created: created,
		History: []v1.History{{Created: created, CreatedBy: "make image"}},
		RootFS:  got.RootFS, // its digests are the layout's test
		Config: v1.Config{
			User: "65532:65532", Entrypoint: []string{"/voile"}, Cmd: []string{"run", "-c", "/etc/voile/voile.yaml"},
			ExposedPorts: map[string]struct{}{"9640/tcp": {}},
			Labels: map[string]string{
				"org.opencontainers.image.title":       "voile",
				"org.opencontainers.image.description": "Streaming pseudonymization proxy for Kafka",
				"org.opencontainers.image.version":     testVersion,
				"org.opencontainers.image.revision":    testRevision,
				"org.opencontainers.image.created":     "2026-01-02T03:04:05Z",
			},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// testLayout reads the archive the other way, as an OCI image layout; both ways every size and digest must fit.
func testLayout(t *testing.T, archive string, docker v1.Image) {
	dir := t.TempDir()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	untar(t, f, dir)
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Errorf("as an OCI image layout: %v", err)
	}
	if err := validate.Image(docker); err != nil {
		t.Errorf("as docker load reads it: %v", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(manifest.Manifests); n != 1 {
		t.Fatalf("%d images, want 1", n)
	}
	d := manifest.Manifests[0]
	if got, want := d.Platform.String(), "linux/"+goarch(t); got != want {
		t.Errorf("platform %s, want %s", got, want)
	}
	img, err := index.Image(d.Digest)
	if err != nil {
		t.Fatal(err)
	}
	asOCI, errOCI := img.ConfigName()
	asDocker, errDocker := docker.ConfigName()
	if errOCI != nil || errDocker != nil || asOCI != asDocker {
		t.Errorf("the two ways give two images: %v (%v) and %v (%v)", asOCI, errOCI, asDocker, errDocker)
	}
}

// testReproduced builds again in another folder, from what .dockerignore lets a builder see, with the command of the
// Dockerfile, nothing compiled before, and another time, mode mask, zone and Go environment. The archive is the same.
func testReproduced(t *testing.T, archive string, binary []byte) {
	two := filepath.Join(t.TempDir(), "another", "folder")
	copyTree(t, root(t), two, dockerContext(t))
	built := filepath.Join(t.TempDir(), "voile")
	env := []string{"GOCACHE=" + t.TempDir(), "GOAMD64=v3", "GOFLAGS=-tags=other", "CGO_ENABLED=1", "TZ=Asia/Tokyo", "LC_ALL=C",
		"TARGETOS=linux", "TARGETARCH=" + goarch(t), "VERSION=" + testVersion}
	command(t, two, env, "sh", "-euc", "umask 077; "+strings.ReplaceAll(dockerfileRun(t), "BINARY=/voile", "BINARY="+built))
	again, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, binary) {
		t.Fatal("the program is another one")
	}
	out := filepath.Join(t.TempDir(), "image.tar")
	var stdout, stderr bytes.Buffer
	code := run([]string{"-dockerfile", filepath.Join(root(t), "Dockerfile"), "-platform", "linux/" + goarch(t), "-created", fmt.Sprint(testCreated),
		"-file", "/voile=" + built, "-arg", "VERSION=" + testVersion, "-arg", "REVISION=" + testRevision, "-tag", "voile:" + testVersion, "-o", out}, &stdout, &stderr)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	first, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("the program is the same, and the image another one")
	}
	if got := strings.TrimSpace(stdout.String()); !bytes.Contains(second, []byte(`"digest":"`+got+`"`)) {
		t.Errorf("the digest said, %q, is not in the archive's index", got)
	}
}

// dockerfileRun is the command of the build stage's only RUN, without Docker's own flags.
func dockerfileRun(t *testing.T) string {
	t.Helper()
	all, err := readInstructions(dockerfile(t))
	if err != nil {
		t.Fatal(err)
	}
	var runs []string
	for _, in := range all {
		if in.word == "RUN" {
			runs = append(runs, regexp.MustCompile(`--mount=\S+ +`).ReplaceAllString(in.rest, ""))
		}
	}
	if len(runs) != 1 || !strings.Contains(runs[0], " BINARY=/voile") {
		t.Fatalf("RUN is %q, want one that makes BINARY=/voile", runs)
	}
	return runs[0]
}

// testMaterials: the bill lists what the program says of itself, what the Go tool says goes into it, and nothing else,
// names the very program of the image, and is the same when it is made again.
func testMaterials(t *testing.T, dir string, binary []byte) {
	var bills [2][]byte
	for i := range bills {
		out := filepath.Join(t.TempDir(), "sbom.json")
		command(t, dir, nil, "make", append(makeArgs(root(t)), "sbom", "SBOM="+out)...)
		var err error
		if bills[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(bills[0], bills[1]) {
		t.Error("made twice, two bills")
	}
	var bill struct {
		Metadata struct {
			Component  struct{ Name, Version string }
			Properties []struct{ Name, Value string }
		}
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(bills[0], &bill); err != nil {
		t.Fatal(err)
	}
	if c := bill.Metadata.Component; c.Name != "voile" || c.Version != testVersion {
		t.Errorf("it is of %s %s, want voile %s", c.Name, c.Version, testVersion)
	}
	want := fmt.Sprintf("%x", sha256.Sum256(binary))
	if !slices.ContainsFunc(bill.Metadata.Properties, func(p struct{ Name, Value string }) bool {
		return p.Name == "cdx:gomod:binary:hash:SHA-256" && p.Value == want
	}) {
		t.Errorf("it does not name the program's digest %s", want)
	}

	listed := map[string]string{}
	for _, c := range bill.Components {
		listed[c.Name] = c.Version
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	inside := map[string]string{"std": info.GoVersion}
	for _, m := range info.Deps {
		inside[m.Path] = m.Version
	}
	if !maps.Equal(listed, inside) {
		t.Errorf("got  %v\nwant %v (go version -m)", listed, inside)
	}
	needed := map[string]string{"std": info.GoVersion}
	list := command(t, dir, []string{"CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=-mod=readonly"}, "go", "list", "-deps",
		"-f", `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}`, "./cmd/voile")
	for line := range strings.Lines(list) {
		if module, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			needed[module] = version
		}
	}
	if !maps.Equal(listed, needed) {
		t.Errorf("got  %v\nwant %v (go list -deps)", listed, needed)
	}
}

// everything is all that a person has who was given the source: no history, nothing built.
func everything(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	return !slices.Contains([]string{".git", ".cache", "dist", "voile"}, top)
}

// dockerContext is what .dockerignore leaves. Its file has the three kinds of lines that this understands.
func dockerContext(t *testing.T) func(string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	var in, out []string
	all := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		name, kept := strings.CutPrefix(line, "!")
		anywhere, dropped := strings.CutPrefix(line, "**/")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case line == "*":
			all = true
		case kept && all:
			in = append(in, name)
		case dropped:
			out = append(out, anywhere)
		default:
			t.Fatalf(".dockerignore: %q: want *, then !name, then **/pattern", line)
		}
	}
	return func(name string) bool {
		parts := strings.Split(name, "/")
		return slices.Contains(in, parts[0]) && !slices.ContainsFunc(parts, func(part string) bool {
			return slices.ContainsFunc(out, func(pattern string) bool { ok, _ := path.Match(pattern, part); return ok })
		})
	}
}

// copyTree copies the files and folders that keep is true of.
func copyTree(t *testing.T, from, to string, keep func(name string) bool) {
	t.Helper()
	source := os.DirFS(from)
	err := fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && !keep(name):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		content, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// command runs a program in dir, with env on top of this process's, and gives what it writes to standard output.
func command(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	// MAKEFLAGS of a `make test` above would hand its variables on.
	cmd.Env = append(os.Environ(), append([]string{"MAKEFLAGS=", "PWD=" + dir}, env...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &stderr)
	}
	return string(out)
}
