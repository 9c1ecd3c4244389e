package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"voile/config"
)

var update = flag.Bool("update", false, "write the expected files anew")

// planted stands in every file and variable that must not show.
const planted = "planted"

// env is the environment of the files in testdata and docs/examples.
func env(name string) (string, bool) {
	value, ok := map[string]string{
		"EMPTY":            "",
		"PLANTED":          "text-" + planted,
		"KAFKA_PASSWORD":   "password-" + planted,
		"VAULT_ROLE_ID":    "role",
		"KAFKA_BROKERS":    "localhost:9092",
		"KAFKA_TLS":        "true",
		"MAX_DEPTH":        "64",
		"VAULT_ADDR":       "http://127.0.0.1:8200",
		"VAULT_TOKEN_FILE": "/run/secrets/vault-token",
		"VOILE_ADMIN":      "127.0.0.1:9640",
	}[name]
	return value, ok
}

// golden holds have against the file at path, or writes it.
func golden(t *testing.T, path string, have []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, have, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: go test ./config -update writes it", err)
	}
	if string(have) != string(want) {
		t.Errorf("%s: have\n%s\nwant\n%s", path, have, want)
	}
}

func files(t *testing.T, pattern string, least int) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) < least {
		t.Fatalf("%s: %d files, want at least %d (%v)", pattern, len(names), least, err)
	}
	return names
}

// Each file in testdata/bad holds one mistake and gives the message beside it.
func TestBad(t *testing.T) {
	for _, name := range files(t, "testdata/bad/*.yaml", 120) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := config.Parse("voile.yaml", data, env)
			var problems config.Problems
			if c != nil || !errors.As(err, &problems) {
				t.Fatalf("have %v, %v; want problems", c, err)
			}
			text := problems.Error() + "\n"
			golden(t, strings.TrimSuffix(name, ".yaml")+".txt", []byte(text))
			if strings.Contains(text, planted) {
				t.Error("a secret shows")
			}
			for _, goish := range []string{"config.", "int64", "struct", "[]string", "*ast", "strconv", "interface"} {
				if strings.Contains(text, goish) {
					t.Errorf("%q shows in %s", goish, text)
				}
			}
		})
	}
}

// Each file in testdata/good means what stands in the file beside it, and that means the same again.
func TestGood(t *testing.T) {
	for _, name := range append(files(t, "testdata/good/*[a-z].yaml", 4), "reference.yaml") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			c, err := config.Load(name, env)
			if err != nil {
				t.Fatal(err)
			}
			shown, err := c.Show()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata/good", strings.TrimSuffix(filepath.Base(name), ".yaml")+".shown"), shown)
			if strings.Contains(string(shown), "[secret]") {
				return // which is no secret, and refused as one
			}
			again, err := config.Parse("shown", shown, func(string) (string, bool) { return "", false })
			if err != nil {
				t.Fatalf("what Show prints is no configuration: %v\n%s", err, shown)
			}
			if twice, err := again.Show(); err != nil || string(twice) != string(shown) {
				t.Errorf("shown again: have\n%s\nwant\n%s (%v)", twice, shown, err)
			}
		})
	}
}

func TestExamples(t *testing.T) {
	for _, name := range files(t, "../docs/examples/*.yaml", 1) {
		if _, err := config.Load(name, env); err != nil {
			t.Error(err)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := config.Load(filepath.Join(dir, "none.yaml"), env); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: have %v", err)
	}
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, []byte("#"+strings.Repeat("x", config.MaxFile)), 0o600); err != nil {
		t.Fatal(err)
	}
	want := big + ": larger than 1048576 bytes; split the routes over several files and processes"
	if _, err := config.Load(big, env); err == nil || err.Error() != want {
		t.Errorf("a file that is too large: have %v, want %s", err, want)
	}
}

// What would take the YAML library minutes, or the stack, is refused before it runs.
func TestExcess(t *testing.T) {
	for _, unit := range []string{"a: 1\n", "a:\n", "- ", "? ", "[", "{a: ", "&a ", "!a ", "*a ", "a: [1,2,3]\n", "- - - -\n", "a: b: ", "'", "\"", "|\n", "a: {b: 1}\n", " ", "\n", "#\n"} {
		data := []byte(strings.Repeat(unit, (1<<17)/len(unit)))
		if _, err := config.Parse("x", data, env); err == nil {
			t.Errorf("%q, repeated: no problem", unit)
		}
	}
}

func TestDomainAndSelector(t *testing.T) {
	c, err := config.Load("testdata/good/routes.yaml", env)
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := c.Domain("phone"); !ok || d != (config.Domain{Name: "phone", Method: config.Tokenize, Value: "phone", Region: "FR"}) {
		t.Errorf("domain phone: have %+v, %v", d, ok)
	}
	if _, ok := c.Domain("none"); ok {
		t.Error("a domain that is not there was found")
	}
	want := [][]string{
		{"key", "$['customer id']", "$.lines[0]['phone','mobile']", "$.lines[*].notes", "$.card", "$.pin"},
		{"key $.id", "key $.tenant", "header X-User", "header x-user", "header x-ip"},
	}
	for i, r := range c.Routes {
		for j, f := range r.Fields {
			if f.Selector() != want[i][j] {
				t.Errorf("%s: have %s, want %s", f.Setting, f.Selector(), want[i][j])
			}
		}
	}
	if off, on := c.Routes[0].QuarantineLimit, c.Routes[1].QuarantineLimit; !off.Off() || on.Off() || on.Share != 0.125 || on.Over != 200 {
		t.Errorf("limits: have %+v, %+v", off, on)
	}
	if s := c.Routes[1].Start; s.From != "" || s.Time.Unix() != 1769842800 {
		t.Errorf("start: have %+v", s)
	}
}
