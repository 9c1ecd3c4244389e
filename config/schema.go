package config

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/goccy/go-yaml"
)

// Schema is the JSON Schema (draft 2020-12) of the configuration file, for editors. It knows form and names of the settings; what is wrong
// between settings only Parse finds.
func Schema() []byte {
	root := configForm.schema()
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "voile configuration"
	root["$defs"] = object{
		"env":    object{"type": "string", "pattern": `\$\{[A-Za-z_][A-Za-z0-9_]*\}`, "description": "a text with environment variables, ${NAME}"},
		"secret": secretSchema(),
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		panic("config: the schema is no JSON: " + err.Error()) // maps of texts and numbers always are
	}
	return out.Bytes()
}

func secretSchema() object {
	return object{
		"description": plainDoc(secretSources.doc),
		"anyOf": []object{
			{"type": "string", "pattern": secretReference.String()},
			secretSources.schema(),
		},
	}
}

// plainDoc takes the marks of Markdown off a text.
func plainDoc(doc string) string { return strings.ReplaceAll(doc, "`", "") }

func (s *section[S]) schema() object {
	properties := object{}
	var required []string
	for _, t := range s.settings {
		p := t.schema()
		if _, ok := p["$ref"]; ok || p["anyOf"] != nil {
			p = object{"allOf": []object{p}}
		}
		p["description"] = plainDoc(t.doc)
		if t.fallback != "" {
			p["default"] = yamlValue(t.fallback)
		}
		properties[t.name] = p
		if t.required {
			required = append(required, t.name)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		out["required"] = required
	}
	var all []object
	for _, c := range s.choices {
		var one []object
		for _, name := range c.of {
			one = append(one, object{"required": []string{name}})
		}
		all = append(all, object{"oneOf": one})
	}
	if s.either != nil {
		var some []object
		for _, name := range s.either {
			some = append(some, object{"required": []string{name}})
		}
		all = append(all, object{"anyOf": some})
	}
	if all != nil {
		out["allOf"] = all
	}
	return out
}

// yamlValue is a default of the table as a value.
func yamlValue(text string) any {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		panic("config: a default in the table is no YAML: " + text)
	}
	return v
}

func (f scalarForm[T]) schema() object {
	out := object{"type": f.types[0]}
	for k, v := range f.rules {
		out[k] = v
	}
	return object{"anyOf": []object{out, {"$ref": "#/$defs/env"}}}
}

func (secretForm) schema() object { return object{"$ref": "#/$defs/secret"} }

func (l listForm[T]) schema() object {
	return object{"type": "array", "minItems": 1, "items": l.of.schema()}
}

func (t tableForm[T]) schema() object {
	return object{"type": "object", "propertyNames": object{"pattern": t.pattern}, "additionalProperties": t.of.schema()}
}

func (o optional[T]) schema() object { return o.of.schema() }

func (s switchable[T]) schema() object {
	return object{"anyOf": []object{s.of.schema(), s.by.schema()}}
}

func (o offForm[T]) schema() object {
	return object{"anyOf": []object{o.of.schema(), {"const": "off"}, {"$ref": "#/$defs/env"}}}
}
