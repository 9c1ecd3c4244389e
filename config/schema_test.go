package config_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"voile/config"
)

// The schema accepts every file that Parse accepts.
func TestSchemaAcceptsWhatParseAccepts(t *testing.T) {
	schema := parsedSchema(t)
	names := append(files(t, "testdata/good/*.yaml", 4), files(t, "../docs/examples/*.yaml", 1)...)
	names = append(names, files(t, "testdata/good/*.shown", 4)...)
	for _, name := range append(names, "reference.yaml") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// What is shown in the place of a secret is none.
		data = []byte(strings.ReplaceAll(string(data), `"[secret]"`, "${SECRET}"))
		if wrong := validate(schema, schema, asJSON(t, data), "file"); wrong != nil {
			t.Errorf("%s: the schema refuses it: %v", name, wrong)
		}
	}
}

// The schema refuses the bad files whose mistake lies in one setting, and none whose mistake lies between settings.
func TestSchemaRefusesBadForms(t *testing.T) {
	schema := parsedSchema(t)
	refused := 0
	for _, name := range files(t, "testdata/bad/*.yaml", 120) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if yaml.Unmarshal(data, &document) != nil || document == nil {
			continue // no YAML
		}
		if validate(schema, schema, asJSON(t, data), "file") != nil {
			refused++
		}
	}
	// Counted by hand from the names of the files; a new file whose form is bad raises it.
	if refused < 60 {
		t.Errorf("the schema refuses %d of the bad files, want at least 60", refused)
	}
	for _, name := range []string{"unknown-setting", "wrong-word", "two-selectors", "no-action", "two-actions", "empty-list", "empty-value", "bad-byte-size",
		"duration-without-unit", "inline-vault-token", "missing-section", "list-not-text", "number-out-of-range", "topic-name", "key-false"} {
		data, err := os.ReadFile("testdata/bad/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if validate(schema, schema, asJSON(t, data), "file") == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
}

func parsedSchema(t *testing.T) map[string]any {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	text, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// validate is as much of JSON Schema as the schema uses; a keyword that it does not know is an error.
func validate(root, schema map[string]any, v any, at string) error {
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		if err := validateKeyword(root, schema, keyword, v, at); err != nil {
			return err
		}
	}
	return nil
}

func validateKeyword(root, schema map[string]any, keyword string, v any, at string) error {
	arg := schema[keyword]
	wrong := func(ok bool) error {
		if ok {
			return nil
		}
		return fmt.Errorf("%s: %s %v does not hold for %v", at, keyword, arg, v)
	}
	each := func() (failed, all int) {
		for _, s := range arg.([]any) {
			if validate(root, s.(map[string]any), v, at) != nil {
				failed++
			}
			all++
		}
		return failed, all
	}
	text, isText := v.(string)
	number, isNumber := v.(float64)
	members, isObject := v.(map[string]any)
	elements, isArray := v.([]any)
	switch keyword {
	case "$schema", "$defs", "title", "description", "default":
		return nil
	case "$ref":
		name := strings.TrimPrefix(arg.(string), "#/$defs/")
		return validate(root, root["$defs"].(map[string]any)[name].(map[string]any), v, at)
	case "type":
		types, ok := arg.([]any)
		if !ok {
			types = []any{arg}
		}
		return wrong(slices.ContainsFunc(types, func(want any) bool { return isOfType(v, want.(string)) }))
	case "const":
		return wrong(v == arg)
	case "enum":
		return wrong(slices.Contains(arg.([]any), v))
	case "pattern":
		return wrong(!isText || regexp.MustCompile(arg.(string)).MatchString(text))
	case "minLength":
		return wrong(!isText || len([]rune(text)) >= int(arg.(float64)))
	case "minimum":
		return wrong(!isNumber || number >= arg.(float64))
	case "exclusiveMinimum":
		return wrong(!isNumber || number > arg.(float64))
	case "maximum":
		return wrong(!isNumber || number <= arg.(float64))
	case "minItems":
		return wrong(!isArray || len(elements) >= int(arg.(float64)))
	case "items":
		for i, e := range elements {
			if err := validate(root, arg.(map[string]any), e, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case "required":
		for _, name := range arg.([]any) {
			if _, ok := members[name.(string)]; isObject && !ok {
				return wrong(false)
			}
		}
		return nil
	case "propertyNames":
		for name := range members {
			if err := validate(root, arg.(map[string]any), name, at); err != nil {
				return err
			}
		}
		return nil
	case "properties":
		for name, s := range arg.(map[string]any) {
			if m, ok := members[name]; ok {
				if err := validate(root, s.(map[string]any), m, at+"."+name); err != nil {
					return err
				}
			}
		}
		return nil
	case "additionalProperties":
		listed, _ := schema["properties"].(map[string]any)
		for name, m := range members {
			if _, ok := listed[name]; ok {
				continue
			}
			s, ok := arg.(map[string]any)
			if !ok {
				return fmt.Errorf("%s: no property %s", at, name)
			}
			if err := validate(root, s, m, at+"."+name); err != nil {
				return err
			}
		}
		return nil
	case "allOf":
		failed, _ := each()
		return wrong(failed == 0)
	case "anyOf":
		failed, all := each()
		return wrong(failed < all)
	case "oneOf":
		failed, all := each()
		return wrong(failed == all-1)
	}
	return fmt.Errorf("%s: the test does not know the keyword %s", at, keyword)
}

func isOfType(v any, want string) bool {
	switch v := v.(type) {
	case map[string]any:
		return want == "object"
	case []any:
		return want == "array"
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && v == float64(int64(v))
	}
	return v == nil && want == "null"
}
