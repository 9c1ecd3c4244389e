package policy

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// A step is one look into a string. A test decodes with the standard library and not with what voile itself decodes with, so
// that it can be wrong about voile, but not wrong with it.
type step struct {
	name string  // one of decoders
	arg  string  // of url: path, fragment, userinfo or query.NAME; of form: NAME
	path *finder // of json
}

// decoders are the steps that have a name.
var decoders = []string{"json", "base64", "base64url", "url", "form"}

// parseSteps reads what stands behind a place: json $.a, base64, url query.email, form email.
func parseSteps(texts []string) (steps []step, err error) {
	for _, text := range texts {
		name, arg, _ := strings.Cut(strings.TrimSpace(text), " ")
		s := step{name: name, arg: arg}
		switch name {
		case "base64", "base64url":
			if arg != "" {
				return nil, problemf("put | before it", "%q stands behind %s", arg, name)
			}
		case "json":
			if arg == "" {
				return nil, problemf("for example json $.email", "a path is missing behind json")
			}
			s.path, err = newFinder(arg)
		case "url":
			if !urlPart(arg) {
				return nil, problemf("for example url query.email", "want query.NAME, path, fragment or userinfo behind url")
			}
		case "form":
			if arg == "" {
				return nil, problemf("for example form email", "the name of a parameter is missing behind form")
			}
		default:
			return nil, problemf("behind | stands one of "+strings.Join(decoders, ", "), "%q says not how to look inside", name)
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func urlPart(text string) bool {
	name, isQuery := strings.CutPrefix(text, "query.")
	return isQuery && name != "" || text == "path" || text == "fragment" || text == "userinfo"
}

// open gives what the step finds in a value.
func (s *step) open(f found) []found {
	text := f.text()
	switch {
	case s.path != nil:
		return s.path.find([]byte(text))
	case s.name == "base64":
		return decode64(text, base64.StdEncoding, base64.RawStdEncoding)
	case s.name == "base64url":
		return decode64(text, base64.URLEncoding, base64.RawURLEncoding)
	case s.name == "form":
		values, err := url.ParseQuery(text)
		if err != nil {
			return nil
		}
		return texts(values[s.arg]...)
	}
	return s.openURL(text)
}

func (s *step) openURL(text string) []found {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	switch name, _ := strings.CutPrefix(s.arg, "query."); {
	case s.arg == "path":
		return texts(u.Path)
	case s.arg == "fragment":
		return texts(u.Fragment)
	case s.arg == "userinfo" && u.User != nil:
		return texts(u.User.String())
	case s.arg == "userinfo":
		return nil
	default:
		values, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			return nil
		}
		return texts(values[name]...)
	}
}

func decode64(text string, codings ...*base64.Encoding) []found {
	for _, coding := range codings {
		if raw, err := coding.DecodeString(text); err == nil {
			return []found{{raw: raw}}
		}
	}
	return nil
}

func texts(all ...string) []found {
	out := make([]found, len(all))
	for i, text := range all {
		out[i] = found{raw: []byte(text)}
	}
	return out
}
