package policy

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"voile/pipeline/record"
)

// nowhere finds the texts that stand somewhere in a record, and says in which of its parts. Capital and small letters are the
// same. It looks into JSON, also member names, and into what is percent-encoded or base64, as deep as texts are likely to be
// in each other.
func nowhere(c *Case, out *record.Record) (failures []Failure) {
	for _, text := range c.Nowhere {
		look := func(where, within string) {
			if holds(within, strings.ToLower(text), deepest) {
				failures = append(failures, Failure{Line: c.Line, Where: where, Want: fmt.Sprintf("%q is nowhere", cut(text)), Got: "it is there"})
			}
		}
		look("$", string(out.Value))
		look("key", string(out.Key))
		for _, h := range out.Headers {
			look("header "+string(h.Name), string(h.Value))
			look("the name of header "+string(h.Name), string(h.Name))
		}
	}
	return failures
}

// deepest is how many times a text is decoded.
const deepest = 6

// tokenForm is what a token looks like. Tokens are left out: by chance they hold any short text.
var tokenForm = regexp.MustCompile(`v[the]1\.[a-z][a-z0-9-]*\.[-_A-Za-z0-9]+`)

// holds says whether text, in small letters, is in within or in what that decodes to.
func holds(within, text string, depth int) bool {
	within = tokenForm.ReplaceAllString(within, "token")
	if strings.Contains(strings.ToLower(within), text) {
		return true
	}
	if depth == 0 || len(within) < 2 {
		return false
	}
	for _, inner := range decoded(within) {
		if inner != within && holds(inner, text, depth-1) {
			return true
		}
	}
	return false
}

// decoded are the texts that a text may hold.
func decoded(text string) (all []string) {
	var v any
	if json.Unmarshal([]byte(text), &v) == nil {
		return allTexts(v, nil)
	}
	if plain, err := url.QueryUnescape(text); err == nil {
		all = append(all, plain)
	}
	// What stands between the marks of a URL or a form is looked at by itself: base64 is there, too.
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("?&#/;,: \t\n", r) }) {
		if _, value, found := strings.Cut(part, "="); found && value != "" {
			part = value
		}
		for _, coding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if raw, err := coding.DecodeString(strings.TrimRight(part, "=")); err == nil && len(raw) > 2 {
				all = append(all, string(raw))
				break
			}
		}
	}
	// A base64 text of the standard's alphabet may have / in it.
	if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
		all = append(all, string(raw))
	}
	return all
}

// allTexts appends the texts and member names of a JSON value.
func allTexts(v any, dst []string) []string {
	switch v := v.(type) {
	case string:
		return append(dst, v)
	case []any:
		for _, e := range v {
			dst = allTexts(e, dst)
		}
	case map[string]any:
		for name, e := range v {
			dst = allTexts(e, append(dst, name))
		}
	}
	return dst
}
