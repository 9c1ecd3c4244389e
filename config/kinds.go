package config

import (
	"fmt"
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// textForm is a text that check accepts.
func textForm(what string, rules object, check func(s scalar) *fault) scalarForm[string] {
	if rules == nil {
		rules = object{"minLength": 1}
	}
	return scalarForm[string]{
		what: what, types: []scalarType{textType}, rules: rules, print: printText,
		parse: func(s scalar) (string, *fault) {
			if f := printable(s, what); f != nil {
				return "", f
			}
			if check != nil {
				if f := check(s); f != nil {
					return "", f
				}
			}
			return s.text, nil
		},
	}
}

// printable refuses a text that is empty, or holds what nobody sees.
func printable(s scalar, what string) *fault {
	switch {
	case s.text == "" && len(s.vars) > 0:
		return faultf("%s is empty", s.quote()).hintf("want %s", what)
	case s.text == "":
		return faultf("an empty text").hintf("want %s, or leave the setting out", what)
	case strings.ContainsFunc(s.text, unicode.IsControl):
		return faultf("a control character or line break in the text").hintf("want %s", what)
	case strings.TrimSpace(s.text) != s.text:
		return faultf("white space around the text").hintf("take it away")
	}
	return nil
}

// patternForm is a text of a regular expression, which the schema gets too. hint says what is allowed.
func patternForm(what, pattern, hint string) scalarForm[string] {
	re := regexp.MustCompile(pattern)
	return textForm(what, object{"pattern": pattern}, func(s scalar) *fault {
		if !re.MatchString(s.text) {
			return faultf("%s is not %s", s.quote(), what).hintf("%s", hint)
		}
		return nil
	})
}

// enumForm is one of the words.
func enumForm(words ...string) scalarForm[string] {
	what := "one of " + list(words)
	return scalarForm[string]{
		what: what, types: []scalarType{textType}, rules: object{"enum": words}, print: printText,
		parse: func(s scalar) (string, *fault) {
			if slices.Contains(words, s.text) {
				return s.text, nil
			}
			f := faultf("%s is not %s", s.quote(), what)
			if meant := suggest(s.text, words); meant != "" && len(s.vars) == 0 {
				f.hintf("did you mean %q?", meant)
			}
			return "", f
		},
	}
}

var (
	anyText  = textForm("a text", nil, nil)
	filePath = textForm("the path of a file", nil, nil)

	boolean = scalarForm[bool]{
		what: "true or false", types: []scalarType{booleanType}, print: func(v bool) (any, bool) { return v, true },
		parse: func(s scalar) (bool, *fault) {
			v := strings.ToLower(s.text)
			if v != "true" && v != "false" {
				return false, faultf("%s is neither true nor false", s.quote())
			}
			return v == "true", nil
		},
	}

	// flag is there or not: false would be a second way to say nothing.
	flag = scalarForm[bool]{
		what: "true", types: []scalarType{booleanType}, rules: object{"const": true},
		print: func(v bool) (any, bool) { return v, v },
		parse: func(s scalar) (bool, *fault) {
			if strings.ToLower(s.text) != "true" {
				return false, faultf("only true can stand here").hintf("leave the setting out instead")
			}
			return true, nil
		},
	}

	topic = func() scalarForm[string] {
		f := patternForm("a topic", `^[a-zA-Z0-9._-]{1,249}$`, "at most 249 letters, digits, dots, _ and -")
		inner := f.parse
		f.parse = func(s scalar) (string, *fault) {
			if s.text == "." || s.text == ".." {
				return "", faultf("%s is not a topic", s.quote()).hintf("Kafka reserves . and ..")
			}
			return inner(s)
		}
		return f
	}()

	routeName = patternForm("the name of a route", `^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$`,
		"at most 63 letters, digits, dots, _ and -, a letter or digit first")

	vaultPath = patternForm("a path in Vault", `^[^/\s?#%]+(/[^/\s?#%]+)*$`, "segments with / between them, none at either end")

	vaultName = patternForm("a name in Vault", `^[a-zA-Z0-9][a-zA-Z0-9._-]*$`, "letters, digits, dots, _ and -")

	broker = textForm("host:port of a broker", nil, func(s scalar) *fault { return hostPort(s, "9092", 1, true) })
	listen = textForm("host:port to listen on", nil, func(s scalar) *fault { return hostPort(s, "9640", 0, false) })

	address = textForm("the address of Vault", nil, vaultAddress)

	byteSize = scalarForm[int64]{
		what: "a byte size such as 16MiB", types: []scalarType{textType, integerType},
		rules: object{"type": []string{"string", "integer"}, "pattern": `^[0-9]+(B|KiB|MiB|GiB)$|\$\{`, "minimum": 1},
		parse: parseBytes, print: func(v int64) (any, bool) { return formatBytes(v), v != 0 },
	}

	duration = scalarForm[time.Duration]{
		what: "a time such as 5s", types: []scalarType{textType},
		rules: object{"pattern": `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`},
		parse: parseDuration, print: func(v time.Duration) (any, bool) { return formatDuration(v), v != 0 },
	}

	share = scalarForm[float64]{
		what: "a share such as 20%", types: []scalarType{textType, numberType, integerType},
		rules: object{"type": []string{"string", "number"}, "pattern": `^[0-9]+(\.[0-9]+)?%$|\$\{`, "exclusiveMinimum": 0, "maximum": 1},
		parse: parseShare,
		print: func(v float64) (any, bool) {
			return strconv.FormatFloat(math.Round(v*1e8)/1e6, 'f', -1, 64) + "%", v != 0
		},
	}
)

// integerForm is a whole number from least to most.
func integerForm(least, most int) scalarForm[int] {
	return scalarForm[int]{
		what: fmt.Sprintf("a whole number from %d to %d", least, most), types: []scalarType{integerType},
		rules: object{"minimum": least, "maximum": most}, print: func(v int) (any, bool) { return v, true },
		parse: func(s scalar) (int, *fault) {
			v, err := strconv.Atoi(s.text)
			if err != nil {
				return 0, faultf("%s is not a whole number", s.quote()).hintf("write decimal digits")
			}
			if v < least || v > most {
				return 0, faultf("%s is out of range", s.quote()).hintf("from %d to %d", least, most)
			}
			return v, nil
		},
	}
}

// quietZero shows nothing for 0, which is no value of the form.
func quietZero(f scalarForm[int]) scalarForm[int] {
	f.print = func(v int) (any, bool) { return v, v != 0 }
	return f
}

// within narrows a form to values from least to most; format names the bounds.
func within[T int64 | time.Duration](f scalarForm[T], least, most T, format func(T) string) scalarForm[T] {
	inner := f.parse
	f.parse = func(s scalar) (T, *fault) {
		v, wrong := inner(s)
		if wrong == nil && (v < least || v > most) {
			wrong = faultf("%s is out of range", s.quote()).hintf("from %s to %s", format(least), format(most))
		}
		return v, wrong
	}
	return f
}

func hostPort(s scalar, usual string, least int, needHost bool) *fault {
	host, port, err := net.SplitHostPort(s.text)
	if err != nil {
		f := faultf("%s is not host:port", s.quote())
		if !strings.ContainsAny(s.text, ":/ ") && len(s.vars) == 0 {
			f.hintf("did you mean %q?", s.text+":"+usual)
		} else {
			f.hintf("for example localhost:%s", usual)
		}
		return f
	}
	if n, err := strconv.Atoi(port); err != nil || n < least || n > math.MaxUint16 {
		return faultf("%s has no port from %d to %d", s.quote(), least, math.MaxUint16).hintf("for example localhost:%s", usual)
	}
	if host == "" && needHost || strings.ContainsAny(host, "/@ ,") {
		return faultf("%s has no host before its port", s.quote()).hintf("for example localhost:%s", usual)
	}
	return nil
}

// vaultAddress never repeats the address: it may hold a user's password.
func vaultAddress(s scalar) *fault {
	const example = "for example https://vault.example:8200"
	u, err := url.Parse(s.text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return faultf("not an address").hintf(example)
	case u.Scheme != "http" && u.Scheme != "https":
		return faultf("the address begins with neither http:// nor https://").hintf(example)
	case u.User != nil:
		return faultf("a user or password in the address").hintf("take it out: vault.auth says how to log in")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return faultf("more than scheme, host and port in the address").hintf(example)
	}
	return nil
}

var byteUnits = []struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

func parseBytes(s scalar) (int64, *fault) {
	digits := strings.TrimRight(s.text, "BKMGTikbmgt ")
	unit := strings.TrimSpace(s.text[len(digits):])
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 {
		return 0, faultf("%s is not a byte size", s.quote()).hintf("write digits and a unit, such as 16MiB")
	}
	size := int64(1)
	if unit != "" {
		i := slices.IndexFunc(byteUnits, func(u struct {
			name string
			size int64
		}) bool {
			return u.name == unit
		})
		if i < 0 || strings.Contains(s.text, " ") {
			f := faultf("%s is not a byte size", s.quote())
			for _, u := range byteUnits {
				if strings.EqualFold(u.name[:1], unit[:1]) && len(s.vars) == 0 {
					return 0, f.hintf("did you mean %q?", digits+u.name)
				}
			}
			return 0, f.hintf("the units are B, KiB, MiB and GiB")
		}
		size = byteUnits[i].size
	}
	if n > math.MaxInt64/size {
		return 0, faultf("%s is out of range", s.quote())
	}
	return n * size, nil
}

func formatBytes(v int64) string {
	for _, u := range byteUnits {
		if v%u.size == 0 {
			return strconv.FormatInt(v/u.size, 10) + u.name
		}
	}
	return ""
}

func parseDuration(s scalar) (time.Duration, *fault) {
	d, err := time.ParseDuration(s.text)
	if err != nil || d <= 0 || !asciiDuration.MatchString(s.text) {
		f := faultf("%s is not a time", s.quote())
		if _, err := strconv.ParseFloat(s.text, 64); err == nil && len(s.vars) == 0 {
			return 0, f.hintf("did you mean %q?", s.text+"s")
		}
		return 0, f.hintf("write digits and a unit, such as 500ms, 5s, 1m30s or 2h")
	}
	return d, nil
}

var asciiDuration = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`)

// formatDuration writes 1m30s, and 1h instead of 1h0m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func parseShare(s scalar) (float64, *fault) {
	digits, percent := strings.CutSuffix(s.text, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if percent {
		v /= 100
	}
	if err != nil || math.IsNaN(v) || v <= 0 || v > 1 {
		f := faultf("%s is not a share of more than 0 and at most 100%%", s.quote())
		if err == nil && !percent && v > 1 && v <= 100 && len(s.vars) == 0 {
			return 0, f.hintf("did you mean %q?", digits+"%")
		}
		return 0, f.hintf("for example 20%% or 0.2")
	}
	return v, nil
}

// parseStart reads where a new group begins.
func parseStart(s scalar) (Start, *fault) {
	words := []string{StartEarliest, StartLatest}
	if slices.Contains(words, s.text) {
		return Start{From: s.text}, nil
	}
	t, err := time.Parse(time.RFC3339, s.text)
	if err != nil {
		f := faultf("%s is neither earliest, latest nor an RFC 3339 time", s.quote())
		if meant := suggest(s.text, words); meant != "" && len(s.vars) == 0 {
			return Start{}, f.hintf("did you mean %q?", meant)
		}
		return Start{}, f.hintf("for example 2026-01-31T08:00:00Z")
	}
	return Start{Time: t}, nil
}

func printStart(s Start) (any, bool) {
	if s.From != "" {
		return s.From, true
	}
	return s.Time.Format(time.RFC3339Nano), !s.Time.IsZero()
}

// domainName is the check of a domain's name, which becomes a part of every token.
func domainName(name string) *fault {
	if domainPattern.MatchString(name) {
		return nil
	}
	const rule = "at most 63 small letters, digits and -, a letter first"
	if name == "" {
		return (&fault{what: "a name that is no name of a domain"}).hintf(rule)
	}
	f := faultf("%q is no name of a domain", name).hintf(rule)
	if better := strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name)); domainPattern.MatchString(better) {
		f.hintf("did you mean %q?", better)
	}
	return f
}

const domainRule = `^[a-z][a-z0-9-]{0,62}$`

var domainPattern = regexp.MustCompile(domainRule)

// secretReference is the one way to write a secret in a scalar.
var secretReference = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)
