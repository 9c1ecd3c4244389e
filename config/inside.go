package config

import (
	"strings"

	"voile/pipeline/embedded"
	"voile/pipeline/jsonpath"
)

// A Step goes on inside a text: it decodes it, and selects in what it gives. After base64 there is nothing to select.
type Step struct {
	Decoder string        // a name of embedded.Decoders
	KeysOf  bool          // after json: the names of the members of what Path selects; in the last step only
	Path    jsonpath.Path // after json
	Part    embedded.Part // after url and form
}

// selects is what the step selects, as the file writes it behind at.
func (s Step) selects() string {
	switch {
	case s.Decoder == embedded.JSON && s.KeysOf:
		return "keys of " + s.Path.String()
	case s.Decoder == embedded.JSON:
		return s.Path.String()
	case s.Decoder == embedded.Form:
		return s.Part.Form()
	}
	return s.Part.String()
}

// inside writes steps for a person: ` | base64url | json $.email`.
func inside(steps []Step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(" | " + s.Decoder)
		if at := s.selects(); at != "" {
			b.WriteString(" " + at)
		}
	}
	return b.String()
}
