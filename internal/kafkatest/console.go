package kafkatest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// consoleTimeout bounds one run of a console tool; a JVM starts in about a second.
const consoleTimeout = 2 * time.Minute

// JavaProduce writes lines with the Java client: each line is one value, or what the flags make of it
// (`--property parse.key=true`, `--compression-codec zstd`; the tool overrides the property compression.type).
func (c *Cluster) JavaProduce(t testing.TB, topic string, lines []string, flags ...string) {
	t.Helper()
	c.console(t, strings.Join(lines, "\n")+"\n", "org.apache.kafka.tools.ConsoleProducer",
		append([]string{"--topic", topic}, flags...)...)
}

// JavaConsume reads n records from the start of a topic with the Java client, committed ones only, and gives the lines
// that the console tool prints. Flags choose what is printed (`--property print.key=true`). It fails the test when fewer
// than n records are there.
func (c *Cluster) JavaConsume(t testing.TB, topic string, n int, flags ...string) []string {
	t.Helper()
	out := c.console(t, "", "org.apache.kafka.tools.consumer.ConsoleConsumer",
		append([]string{"--topic", topic, "--from-beginning", "--max-messages", fmt.Sprint(n),
			"--timeout-ms", "20000", "--isolation-level", "read_committed"}, flags...)...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != n || out == "" {
		t.Fatalf("kafkatest: the Java client read %d lines of %s, want %d", len(lines), topic, n)
	}
	return lines
}

// console runs one of Kafka's command-line tools against the cluster and gives its standard output.
func (c *Cluster) console(t testing.TB, stdin, class string, args ...string) string {
	t.Helper()
	args = append(args, "--bootstrap-server", strings.Join(c.Brokers(), ","))
	cmd := c.nodes[0].java("-Xmx256m", class, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := runBounded(cmd, consoleTimeout); err != nil {
		t.Fatalf("kafkatest: %s: %v\n%s\n%s", class, err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String()
}

// Script writes an executable file for a shell, dir/kafka-acls.sh, that is the command of that name in Kafka's
// distribution: a person's commands can be tried as they stand.
func (c *Cluster) Script(t testing.TB, dir string) {
	t.Helper()
	cmd := c.nodes[0].java("-Xmx256m", "org.apache.kafka.tools.AclCommand")
	words := make([]string, 0, len(cmd.Args))
	for _, word := range cmd.Args {
		words = append(words, "'"+word+"'")
	}
	script := "#!/bin/sh\nunset JAVA_TOOL_OPTIONS\nexec " + strings.Join(words, " ") + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "kafka-acls.sh"), []byte(script), 0o700); err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
}

// RunJava compiles and runs one Java source file against Kafka's own jars, without a broker, and gives its standard output.
// Where Java is missing the test skips, or fails under CI=true.
func RunJava(t testing.TB, source string) string {
	t.Helper()
	libs, err := jars()
	if err != nil {
		unavailable(t, err)
	}
	cmd := exec.Command("java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(libs, "*"), source)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := runBounded(cmd, consoleTimeout); err != nil {
		t.Fatalf("kafkatest: %s: %v\n%s", source, err, stderr.Bytes())
	}
	return stdout.String()
}

func runBounded(cmd *exec.Cmd, bound time.Duration) error {
	p, err := launch(cmd)
	if err != nil {
		return err
	}
	return p.wait(bound)
}

// Tools makes a folder that has Kafka's own command-line tools under the names of its distribution, for a test that types
// the commands of a document. Each takes the flag --bootstrap-server.
func (c *Cluster) Tools(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, class := range map[string]string{
		"kafka-topics.sh":           "org.apache.kafka.tools.TopicCommand",
		"kafka-console-producer.sh": "org.apache.kafka.tools.ConsoleProducer",
		"kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer",
	} {
		var script strings.Builder
		script.WriteString("#!/bin/sh\nunset JAVA_TOOL_OPTIONS\nexec")
		for _, arg := range c.nodes[0].java("-Xmx256m", class).Args {
			script.WriteString(" '" + strings.ReplaceAll(arg, "'", `'\''`) + "'")
		}
		script.WriteString(" \"$@\"\n")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script.String()), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
