// Command schema prints charts/voile/values.schema.json: the chart's own values (values.json beside this file, kept by
// hand) around the schema of the configuration file (config.Schema), so that Helm refuses a value that `voile check`
// would refuse for its form. `make generate` writes the file, `make check-generated` compares it.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"voile/config"
)

//go:embed values.json
var own []byte

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

type object = map[string]any

func write(w io.Writer) error {
	var values, configuration object
	if err := json.Unmarshal(own, &values); err != nil {
		return fmt.Errorf("charts/schema/values.json: %w", err)
	}
	if err := json.Unmarshal(config.Schema(), &configuration); err != nil {
		return fmt.Errorf("the schema of the configuration: %w", err)
	}
	allowYAML11(configuration)
	quoteNoSecret(configuration["$defs"].(object)["secret"].(object))
	// References in a schema start at its root, so the definitions move there.
	defs := values["$defs"].(object)
	for name, def := range configuration["$defs"].(object) {
		if _, ok := defs[name]; ok {
			return fmt.Errorf("charts/schema/values.json: $defs.%s is the name of a definition of the configuration: choose another", name)
		}
		defs[name] = def
	}
	values["$schema"] = configuration["$schema"]
	delete(configuration, "$defs")
	delete(configuration, "$schema")
	values["properties"].(object)["config"] = configuration

	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(values); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// allowYAML11 lets false stand where the file may have the words off (a limit, a guard, its mode) or NO (a region, Norway):
// Helm reads values as YAML 1.1, in which these words are false. The chart writes them back.
func allowYAML11(schema any) {
	switch s := schema.(type) {
	case []any:
		for _, e := range s {
			allowYAML11(e)
		}
	case object:
		if choices, ok := s["anyOf"].([]any); ok && takesWord(choices, "off") {
			s["anyOf"] = append(choices, object{"const": false})
		}
		if properties, ok := s["properties"].(object); ok {
			if region, ok := properties["region"].(object); ok {
				properties["region"] = object{"description": region["description"], "anyOf": []any{region, object{"const": false}}}
			}
		}
		for _, e := range s {
			allowYAML11(e)
		}
	}
}

// quoteNoSecret keeps a secret that stands in the values out of Helm's refusal. It prints a text that does not match a
// pattern, but not one for which a "not" fails; the constant, which nothing equals, is there to be printed instead.
func quoteNoSecret(secret object) {
	for _, c := range secret["anyOf"].([]any) {
		if c := c.(object); c["pattern"] != nil {
			c["not"] = object{"not": object{"pattern": c["pattern"]}}
			delete(c, "pattern")
		}
	}
	secret["anyOf"] = append(secret["anyOf"].([]any), object{"const": "${NAME}, {file: PATH} or {env: NAME}; a secret does not stand in the values"})
}

// takesWord says whether a word is one of the choices, alone or in a list of words.
func takesWord(choices []any, want string) bool {
	for _, c := range choices {
		c, ok := c.(object)
		if !ok {
			continue
		}
		if words, _ := c["enum"].([]any); c["const"] == want || slices.Contains(words, any(want)) {
			return true
		}
	}
	return false
}
