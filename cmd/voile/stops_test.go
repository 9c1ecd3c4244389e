package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"voile/internal/markdown"
)

// Every reason for which the pipeline itself stops a partition has its row in docs/operations.md, with its cure, and no
// row is of a reason that is gone.
func TestStopsAreDocumented(t *testing.T) {
	written := stops(t)
	described := map[string]bool{}
	section := markdown.Read(t, "docs/operations.md").Section(t, "Every stop and its cure").Section(t, "A partition stops")
	for _, row := range section.Table(t) {
		text, alone := markdown.Code(row[0])
		switch {
		case len(row) != 3 || !alone || row[1] == "" || row[2] == "":
			t.Errorf("a row is to be text (alone between backticks), meaning, cure: %q", row)
		case written[text] == "":
			t.Errorf("no code stops a partition with %q", text)
		}
		described[text] = true
	}
	for text, where := range written {
		if !described[text] {
			t.Errorf("%s: docs/operations.md, A partition stops, has no row for %q", where, text)
		}
	}
}

// stops gives the texts of all calls of partition.stopped, what differs as …, and where they stand.
func stops(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../pipeline/*.go")
	if err != nil {
		t.Fatal(err)
	}
	set, all := token.NewFileSet(), map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 4 { // offset, what, hint, cause
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "stopped" {
				where := set.Position(call.Pos()).String()
				text, err := phrase(call.Args[1])
				if err != nil {
					t.Errorf("%s: %v", where, err)
				}
				all[text] = where
			}
			return true
		})
	}
	if len(all) == 0 {
		t.Fatal("no stop found: the test looks at the wrong place")
	}
	return all
}

// verb is what fmt replaces.
var verb = regexp.MustCompile(`%(%|[-+#0]*\d*(\.\d+)?[a-z])`)

// phrase is the constant part of a text: a literal, what is joined by +, or the format of a Sprintf.
func phrase(e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return strconv.Unquote(e.Value)
	case *ast.BinaryExpr:
		left, err := phrase(e.X)
		if err != nil {
			return "", err
		}
		right, err := phrase(e.Y)
		return left + right, err
	case *ast.Ident:
		return "…", nil
	case *ast.CallExpr:
		format, err := phrase(e.Args[0])
		return verb.ReplaceAllStringFunc(format, func(v string) string {
			if v == "%%" {
				return "%"
			}
			return "…"
		}), err
	}
	return "", fmt.Errorf("a text of the form %T: make it a literal, a sum or a Sprintf", e)
}
