package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"voile/config"
)

// yamlBlock is a block of YAML in Markdown.
var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```")

// Every configuration in the documentation is one that `voile check` finds well. A block that begins with another
// setting than kafka shows a part of one, and is not looked at.
func TestExamplesInDocumentation(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		for _, block := range yamlBlock.FindAllSubmatchIndex(text, -1) {
			example := string(text[block[2]:block[3]])
			if !strings.HasPrefix(example, "kafka:") {
				continue
			}
			found[name]++
			_, err := config.Parse(name, []byte(example), func(string) (string, bool) { return "x", true })
			if err != nil {
				t.Errorf("the example at line %d:\n%v", 1+strings.Count(string(text[:block[2]]), "\n"), err)
			}
		}
	}
	if found["README.md"] == 0 {
		t.Error("README.md has no configuration")
	}
}
