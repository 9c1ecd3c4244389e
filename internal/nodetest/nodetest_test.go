package nodetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	const want = "<first> 732829320 true\n"
	if got := Run(t, "testdata/echo", "echo.js", []byte("732829320"), "first"); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFailures(t *testing.T) {
	Run(t, "testdata/echo", "echo.js", nil, "") // skips where Node is missing
	registry := t.TempDir()
	for name, content := range map[string]string{"package.json": "{}", "package-lock.json": `{"resolved": "somewhere"}`} {
		if err := os.WriteFile(filepath.Join(registry, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ name, dir, script, stdin, wantErr string }{
		{"exit code", "testdata/echo", "echo.js", "fail", "node testdata/echo/echo.js: exit status 3\nas asked\n"},
		{"no such script", "testdata/echo", "none.js", "", "Cannot find module"},
		{"no such folder", "testdata/none", "echo.js", "", "testdata/none/package.json: no such file or directory"},
		{"a registry's name", registry, "echo.js", "", "package-lock.json names a registry: write it with npm install --omit-lockfile-registry-resolved"},
	}
	for _, tt := range tests {
		_, err := run(t.Context(), tt.dir, tt.script, []byte(tt.stdin), nil)
		if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.wantErr)
		}
	}
}
