package endtoend

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// places gives where the entries of a topic lie, by reason, as list says.
func (s replaySite) places(t *testing.T, topic string) map[string][]string {
	t.Helper()
	out, err := s.command("", "quarantine", "list", "--json", "--long", "--topic", topic).Output()
	if err != nil {
		t.Fatal(err)
	}
	var listings []struct {
		Entries []struct{ Place, Reason string }
	}
	if err := json.Unmarshal(out, &listings); err != nil {
		t.Fatal(err)
	}
	places := map[string][]string{}
	for _, e := range listings[0].Entries {
		places[e.Reason] = append(places[e.Reason], e.Place)
	}
	return places
}

// onTerminal runs a command whose standard output is a terminal, and its standard error too if it has none yet.
func onTerminal(t *testing.T, cmd *exec.Cmd) (code int, shown string) {
	t.Helper()
	screen, terminal := pty(t)
	cmd.Stdout = terminal
	if cmd.Stderr == nil {
		cmd.Stderr = terminal
	}
	var text strings.Builder
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 64<<10)
		for {
			n, err := screen.Read(buf)
			text.Write(buf[:n])
			if err != nil { // EIO: nobody has the terminal open any more
				return
			}
		}
	}()
	_ = cmd.Run()
	_ = terminal.Close()
	<-read
	return cmd.ProcessState.ExitCode(), strings.ReplaceAll(text.String(), "\r\n", "\n")
}

// show: a record of the quarantine is shown to a person at a terminal, and a line says so before; to nothing and nobody
// else.
func (s replaySite) show(t *testing.T) {
	places := s.places(t, "some.q")
	place := places["not_json"][0]

	t.Run("no terminal", func(t *testing.T) {
		cmd := s.asOperator("show", place)
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 2 || leaks(string(out)) || !strings.Contains(string(out), "on a terminal only") {
			t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), out)
		}
	})
	t.Run("terminal", func(t *testing.T) {
		var stderr strings.Builder
		cmd := s.asOperator("show", place)
		cmd.Stderr = &stderr
		code, shown := onTerminal(t, cmd)
		if code != 0 {
			t.Fatalf("exit code %d\n%s%s", code, shown, &stderr)
		}
		for _, want := range []string{"place      " + place + "\n", "route      some\n", "reason     not_json\n", "from       some.raw/0 at offset ",
			`key        "planted`, `header     "n" null`, "value      ", "\n  planted " + `\x1b]0;title\x07` + " no JSON\n  second line\n"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q is not shown:\n%s", want, shown)
			}
		}
		if strings.ContainsAny(shown, "\x1b\x07") {
			t.Errorf("the record drives the terminal: %q", shown)
		}
		line := stderr.String()
		if leaks(line) || !strings.Contains(line, `"place":"`+place+`","route":"some","reason":"not_json"`) || strings.Count(line, "\n") != 1 {
			t.Errorf("the log says %q", line)
		}
	})
	t.Run("the line comes first", func(t *testing.T) {
		_, shown := onTerminal(t, s.asOperator("show", place))
		line, value := strings.Index(shown, "shown in the clear"), strings.Index(shown, planted)
		if line < 0 || value < line {
			t.Errorf("the line stands at %d, the value at %d:\n%s", line, value, shown)
		}
	})
	t.Run("in parts", func(t *testing.T) {
		large := s.places(t, "odd.q")["required_missing"]
		// The last entry of the first partition has several parts; its place is that of its first.
		var code int
		var shown string
		for i := range large {
			if strings.HasPrefix(large[i], "odd.q/1/") {
				code, shown = onTerminal(t, s.asOperator("show", large[i-1]))
				break
			}
		}
		if code != 0 || !strings.Contains(shown, random(largeText)) {
			t.Errorf("exit code %d, %d bytes are shown", code, len(shown))
		}
	})
	t.Run("not there", func(t *testing.T) {
		for _, at := range []string{"some.q/0/999999", "some.q/7/0"} {
			code, shown := onTerminal(t, s.asOperator("show", at))
			if code != 1 || !strings.Contains(shown, "there is no record at that place") || !strings.Contains(shown, "list --long") {
				t.Errorf("exit code %d\n%s", code, shown)
			}
		}
		if code, shown := onTerminal(t, s.asOperator("show", "some.q")); code != 2 || !strings.Contains(shown, "TOPIC/PARTITION/OFFSET") {
			t.Errorf("exit code %d\n%s", code, shown)
		}
	})
	t.Run("a proxy may not", func(t *testing.T) {
		token := s.vault.Token(t, "voile-proxy", 0, nil)
		for _, args := range [][]string{{"show", place}, {"replay", "--topic", "some.q", "--dry-run"}} {
			code, shown := onTerminal(t, s.command("VAULT_TOKEN="+token, append([]string{"quarantine"}, args...)...))
			if code != 1 || leaks(shown) || !strings.Contains(shown, "quarantine/private") {
				t.Errorf("%v: exit code %d\n%s", args, code, shown)
			}
		}
	})
}
