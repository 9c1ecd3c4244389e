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

// Every reason for which a partition stops has its row in docs/operations.md, with its cure, and no row is of a reason that
// is gone: what the pipeline itself decides, and what it could not do because Kafka refused.
func TestStopsAreDocumented(t *testing.T) {
	for heading, written := range map[string]map[string]string{
		"A partition stops":                       texts(t, stopText),
		"A partition stops at what Kafka refuses": texts(t, refusalText),
	} {
		described := map[string]bool{}
		for _, row := range markdown.Read(t, "docs/operations.md").Section(t, "Every stop and its cure").Section(t, heading).Table(t) {
			text, alone := markdown.Code(row[0])
			switch {
			case len(row) != 3 || !alone || row[1] == "" || row[2] == "":
				t.Errorf("%s: a row is to be text (alone between backticks), meaning, cure: %q", heading, row)
			case written[text] == "":
				t.Errorf("%s: no code stops a partition with %q", heading, text)
			}
			described[text] = true
		}
		for text, where := range written {
			if !described[text] {
				t.Errorf("%s: docs/operations.md, %s, has no row for %q", where, heading, text)
			}
		}
	}
}

// stopText is the text of a call of partition.stopped, or nil.
func stopText(call *ast.CallExpr) ast.Expr {
	if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "stopped" && len(call.Args) == 4 { // offset, what, hint, cause
		return call.Args[1]
	}
	return nil
}

// refusalText is that of an error which begins with what a partition could not do, or nil.
func refusalText(call *ast.CallExpr) ast.Expr {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "Errorf" {
		return nil
	}
	format, ok := call.Args[0].(*ast.BasicLit)
	if !ok || !strings.HasPrefix(format.Value, `"cannot `) {
		return nil
	}
	return &ast.CallExpr{Args: []ast.Expr{&ast.BasicLit{Kind: token.STRING, Value: strings.Replace(format.Value, ": %w", "", 1)}}}
}

// texts gives what of finds in the calls of the pipeline, with what differs as …, and where it stands.
func texts(t *testing.T, of func(*ast.CallExpr) ast.Expr) map[string]string {
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
			if !ok {
				return true
			}
			if e := of(call); e != nil {
				text, err := phrase(e)
				if err != nil {
					t.Errorf("%s: %v", set.Position(call.Pos()), err)
				}
				all[text] = set.Position(call.Pos()).String()
			}
			return true
		})
	}
	if len(all) == 0 {
		t.Fatal("nothing found: the test looks at the wrong place")
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
