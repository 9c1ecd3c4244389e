package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"voile/bench/event"
)

// streamsProgram is the folder of the contender that is no Go module.
const streamsProgram = "peers/streams"

// buildStreams has Maven fetch the jars that the contender needs into dir/libs, and compiles it into dir/classes.
func buildStreams(root, dir string) error {
	from := filepath.Join(root, "bench", filepath.FromSlash(streamsProgram))
	libs := filepath.Join(dir, "libs")
	for _, cmd := range []*exec.Cmd{
		exec.Command("mvn", "--quiet", "--batch-mode", "--file", filepath.Join(from, "pom.xml"), "-DincludeScope=runtime",
			"-DoutputDirectory="+libs, "dependency:copy-dependencies"),
		exec.Command("javac", "-proc:none", "-d", filepath.Join(dir, "classes"), "-cp", filepath.Join(libs, "*"), filepath.Join(from, "Streams.java")),
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
	}
	return nil
}

// streamsVersions are those of Java and of the jars that a reader of the tables wants to know.
func streamsVersions(dir string) (map[string]string, error) {
	java, err := exec.Command("java", "--version").Output()
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(java), "\n")
	versions := map[string]string{"Java": first}
	for name, jar := range map[string]string{"Kafka Streams": "kafka-streams", "Jackson": "jackson-databind", "Tink for Java": "tink"} {
		found, err := filepath.Glob(filepath.Join(dir, "libs", jar+"-[0-9]*.jar"))
		if err != nil || len(found) != 1 {
			return nil, errors.Join(err, fmt.Errorf("the jar of %s: %q", name, found))
		}
		versions[name] = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), jar+"-"), ".jar")
	}
	return versions, nil
}

// streams is the command, of the Java machine with its defaults.
func streams(dir string, args ...string) *exec.Cmd {
	classPath := filepath.Join(dir, "classes") + string(filepath.ListSeparator) + filepath.Join(dir, "libs", "*")
	cmd := exec.Command("java", append([]string{"-cp", classPath, "Streams"}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "JAVA_TOOL_OPTIONS=") })
	return cmd
}

// streamsWith is Kafka Streams, cold or once it is warm.
func streamsWith(name, about, guarantee string, window func(records int) (from, to int)) contender {
	return contender{name: name, about: about, program: streamsProgram, fields: 6, window: window,
		command: func(r *ring, dir, sink string) *exec.Cmd {
			return streams(dir, "--broker", r.brokers[0], "--source", r.topic, "--sink", sink, "--state", r.t.TempDir(), "--guarantee", guarantee,
				"--compression", r.compression, "--fields", paths(6), "--lower", paths(1))
		}}
}

// The windows of a machine that compiles while it works.
func cold(records int) (from, to int)   { to = min(records, 300_000); return to / 10, to }
func warmed(records int) (from, to int) { return records / 2, records }

// TestStreamsReplaces: what the contender does to an event is right, in the judge's eyes.
func TestStreamsReplaces(t *testing.T) {
	if testing.Short() {
		t.Skip("fetches jars and starts a Java machine: left out under -short")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := buildStreams(root, dir); err != nil {
		t.Fatal(err)
	}
	versions, err := streamsVersions(dir)
	if err != nil || len(versions) != 4 {
		t.Errorf("versions: %v, %v", versions, err)
	}
	const events = 200
	source := event.Source{Seed: 9, People: 20}
	var in []byte
	for n := range events {
		in = append(source.Append(in, n), '\n')
	}
	cmd := streams(dir, "--fields", paths(6), "--lower", paths(1))
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	v, n := newVerdict(source, events, 6), 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); n++ {
		v.see(source.Key(n), lines.Bytes())
	}
	if err := v.err(); err != nil {
		t.Error(err)
	}
}
