package main

import (
	"bytes"
	"path/filepath"
	"testing"
)

// The tests in docs/examples/tests hold for the configurations beside them.
func TestPolicyTestsOfExamples(t *testing.T) {
	names, err := filepath.Glob("../../docs/examples/tests/*.yaml")
	if err != nil || len(names) < 2 {
		t.Fatalf("%d files (%v)", len(names), err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(append([]string{"test"}, names...), nil, &stdout, &stderr); code != exitWell {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
}
