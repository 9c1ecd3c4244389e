package crypto

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// No production source of the whole module can load or write a keyset that is not wrapped: it imports no package for it
// and names no function of Tink's that would, whether the keyset is secret or public. One source, once, takes the bytes of
// one key, to set AES up with them (docs/adr/0033-aes-siv-composed.md).
func TestNoUnwrappedKeysetInProduction(t *testing.T) {
	const tink = "github.com/tink-crypto/tink-go/v2/"
	const keyBytes, keyBytesIn = tink + "insecuresecretdataaccess", "crypto/siv.go"
	packages := []string{tink + "insecurecleartextkeyset", tink + "testkeyset"}
	functions := []string{"NewHandleWithNoSecrets", "ReadWithNoSecrets", "WriteWithNoSecrets", "MemReaderWriter"}
	files, taken := 0, 0
	for name, file := range productionSources(t) {
		files++
		siv := name == filepath.Join(moduleRoot(t), keyBytesIn)
		for _, imp := range file.Imports {
			path, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(packages, path) || path == keyBytes && (!siv || imp.Name != nil) {
				t.Errorf("%s imports %s", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			switch {
			case ok && slices.Contains(functions, id.Name):
				t.Errorf("%s uses %s", name, id.Name)
			case ok && id.Name == "insecuresecretdataaccess":
				taken++
			}
			return true
		})
	}
	if taken != 1 {
		t.Errorf("the bytes of a key are taken in %d places, want one", taken)
	}
	if files < 10 {
		t.Errorf("only %d sources were looked at", files)
	}
}

// productionSources parses every Go file of the module that is no test and no test service.
func productionSources(t *testing.T) map[string]*ast.File {
	t.Helper()
	root := moduleRoot(t)
	sources := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if path != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "internal" || e.Name() == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		sources[path], err = parser.ParseFile(gotoken.NewFileSet(), path, nil, parser.SkipObjectResolution)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
