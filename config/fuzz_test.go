package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"voile/config"
)

// Whatever stands in a file: Parse ends, gives a configuration or problems with a place, and shows neither what is in the
// environment nor a secret's literal.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml", "testdata/good/*.shown"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	const mark = "q7Zsecret"
	secretEnv := func(name string) (string, bool) { return mark, len(name)%3 != 0 }
	// A secret on its own line, so that the fuzzer breaks what stands around it.
	secrets := regexp.MustCompile(`(?m)((?:password|secret_id|token)["']?[ \t]*:[ \t]+)[^\s{}\[\],&*!|>#'"%@` + "`" + `$-][^\s{}\[\],]*`)
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), mark) {
			return
		}
		data = secrets.ReplaceAll(data, []byte("${1}"+mark))
		c, err := config.Parse("voile.yaml", data, secretEnv)
		var problems config.Problems
		switch {
		case err == nil:
			shown, err := c.Show()
			if err != nil {
				t.Fatalf("what Parse accepts cannot be shown: %v", err)
			}
			if strings.Contains(string(shown), "[secret]") {
				return
			}
			again, err := config.Parse("shown", shown, func(string) (string, bool) { return "", false })
			if err != nil {
				t.Fatalf("what Show prints is no configuration: %v\n%s", err, shown)
			}
			if twice, err := again.Show(); err != nil || string(twice) != string(shown) {
				t.Errorf("shown again: have\n%s\nwant\n%s", twice, shown)
			}
			return
		case c != nil || !errors.As(err, &problems) || len(problems) == 0:
			t.Fatalf("have %v, %v", c, err)
		}
		if text := err.Error(); strings.Contains(text, mark) {
			t.Errorf("a secret shows: %s", text)
		}
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1
		for i, p := range problems {
			if strings.ContainsAny(p.String(), "\n\r") || p.Line > lines+1 || p.Line < 0 {
				t.Errorf("a problem on more than one line, or outside the file: %+v", p)
			}
			if i > 0 && p.Line < problems[i-1].Line {
				t.Errorf("line %d after line %d", p.Line, problems[i-1].Line)
			}
		}
	})
}
