package transform

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// Reasons has every one: a reason that it lacks is a counter that appears with its first record, of which no rate sees
// the first step.
func TestReasonsAreAll(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			constants += len(spec.Names)
		}
		return true
	})
	seen := map[Reason]bool{}
	for _, r := range Reasons() {
		seen[r] = true
	}
	if len(seen) != constants {
		t.Errorf("Reasons gives %d, and there are %d", len(seen), constants)
	}
}
