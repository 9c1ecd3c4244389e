package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"voile/internal/markdown"
)

// Every message that voile writes through zap has a row in docs/operations.md, at its level, with its cause and what to
// do, and no row is of a message that is gone.
func TestLogMessagesAreDocumented(t *testing.T) {
	written := logged(t)
	described := map[logMessage]bool{}
	for _, row := range markdown.Read(t, "docs/operations.md").Section(t, "Log messages").Table(t) {
		if len(row) != 4 {
			t.Errorf("a row of %d cells, want message, level, cause, what to do: %q", len(row), row)
			continue
		}
		text, alone := markdown.Code(row[0])
		m := logMessage{text: text, level: row[1]}
		switch {
		case !alone:
			t.Errorf("the message is to stand alone between backticks: %q", row[0])
		case described[m]:
			t.Errorf("%s: two rows", m)
		case written[m] == "":
			t.Errorf("%s: no code writes it at this level", m)
		case row[2] == "" || row[3] == "":
			t.Errorf("%s: no cause, or nothing to do (`–` where there is nothing)", m)
		}
		described[m] = true
	}
	for m, where := range written {
		if !described[m] {
			t.Errorf("%s: %s has no row in docs/operations.md, Log messages", where, m)
		}
	}
}

// A table that cannot be missed: the test above finds what it is to find in code made for it.
func TestLogMessagesAreFound(t *testing.T) {
	const head = "package p\nimport \"go.uber.org/zap\"\nfunc f(log *zap.Logger, text string) { "
	tests := []struct {
		name, body string
		want       string // message and level, or what is wrong with it
	}{
		{"constant", `log.Info("it starts")`, `"it starts" (info)`},
		{"with fields", `log.With(zap.Int("n", 1)).Warn("it waits", zap.String("why", text))`, `"it waits" (warn)`},
		{"joined", `log.Error("it " + "ended")`, `"it ended" (error)`},
		{"error is another method", `var err error; _ = err.Error()`, ``},
		{"variable", `log.Info(text)`, `the message is no constant`},
		{"method value", `g := log.Info; g("hidden")`, `Info is not called where it is named`},
		{"level at run time", `log.Log(0, "hidden")`, `Log takes its level at run time`},
		{"sugar", `log.Sugar().Infow("hidden")`, `Sugar: messages are written through zap.Logger`},
	}
	packages := listPackages(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, "p.go", head+tt.body+" }", 0)
			if err != nil {
				t.Fatal(err)
			}
			found, err := loggedIn(set, "p", []*ast.File{file}, packages.importer(set))
			var got string
			for m := range found {
				got = m.String()
			}
			if err != nil {
				got = err.Error()
			}
			if got != tt.want && (tt.want == "" || !strings.HasSuffix(got, tt.want)) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

// A logMessage is a constant text at a level, by zap's name of it.
type logMessage struct{ text, level string }

func (m logMessage) String() string { return fmt.Sprintf("%q (%s)", m.text, m.level) }

// logged gives every message of the program, and a place where it is written.
func logged(t *testing.T) map[logMessage]string {
	t.Helper()
	packages := listPackages(t)
	all := map[logMessage]string{}
	for path, p := range packages {
		if path != "voile" && !strings.HasPrefix(path, "voile/") || strings.HasPrefix(path, "voile/internal/") {
			continue
		}
		set := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		found, err := loggedIn(set, path, files, packages.importer(set))
		if err != nil {
			t.Error(err)
		}
		for m, where := range found {
			all[m] = where
		}
	}
	if len(all) == 0 {
		t.Fatal("no message found: the test looks at the wrong place")
	}
	return all
}

// loggedIn type-checks one package and finds what it writes through zap. Its error says which calls cannot be held
// against a table.
func loggedIn(set *token.FileSet, path string, files []*ast.File, imports types.Importer) (map[logMessage]string, error) {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	if _, err := (&types.Config{Importer: imports}).Check(path, set, files, info); err != nil {
		return nil, err
	}
	called := map[ast.Expr]*ast.CallExpr{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				called[ast.Unparen(call.Fun)] = call
			}
			return true
		})
	}
	found := map[logMessage]string{}
	var wrong []error
	for selector, selection := range info.Selections {
		method := selection.Obj()
		if method.Pkg() == nil || method.Pkg().Path() != "go.uber.org/zap" || !strings.HasSuffix(strings.TrimPrefix(selection.Recv().String(), "*"), "zap.Logger") {
			continue
		}
		where := set.Position(selector.Pos()).String()
		call := called[selector]
		switch name := method.Name(); {
		case name == "Log" || name == "Check":
			wrong = append(wrong, fmt.Errorf("%s: %s takes its level at run time", where, name))
		case name == "Sugar":
			wrong = append(wrong, fmt.Errorf("%s: Sugar: messages are written through zap.Logger", where))
		case !slices.Contains([]string{"Debug", "Info", "Warn", "Error", "DPanic", "Panic", "Fatal"}, name):
		case call == nil:
			wrong = append(wrong, fmt.Errorf("%s: %s is not called where it is named", where, name))
		default:
			value := info.Types[call.Args[0]].Value
			if value == nil {
				wrong = append(wrong, fmt.Errorf("%s: the message is no constant", where))
				continue
			}
			found[logMessage{constant.StringVal(value), strings.ToLower(name)}] = where
		}
	}
	return found, errors.Join(wrong...)
}

// listed are packages with the files that the compiler made of them, by path.
type listed map[string]struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// listPackages has the go command compile all of ours and what they import; most of it is in its cache.
func listPackages(t *testing.T) listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-pgo=off", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "voile/...") // with a profile each program has packages of its own
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	all := listed{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		p := all[""]
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

func (l listed) importer(set *token.FileSet) types.Importer {
	return importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(l[path].Export) })
}
