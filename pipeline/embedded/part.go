package embedded

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Part names a part of a URL, or of a form.
type Part struct {
	kind  partKind
	all   bool   // every parameter
	name  string // of the parameter, decoded
	index int    // of the path's segment
}

type partKind uint8

const (
	nowhere   partKind = iota
	parameter          // of the query or the form
	path
	segment
	fragment
	userinfo
	host      // of Rest only, as what follows
	authority // userinfo and host
	names     // of every parameter, and what stands between two & without a =
	segments  // those that are not named
	kinds     = iota
)

// ParsePart reads a part as the configuration writes it: after url `query.NAME`, `query.*`, `path`, `path.N` (the N-th segment,
// from 0), `fragment`, `userinfo`; after form `NAME` or `*`. A name is the decoded name and may hold anything. The error says what
// would be right.
func ParsePart(decoder, text string) (Part, error) {
	if decoder == Form {
		return parameterNamed(text)
	}
	head, rest, dotted := strings.Cut(text, ".")
	switch {
	case head == "query" && dotted:
		return parameterNamed(rest)
	case head == "path" && dotted:
		n, err := strconv.ParseUint(rest, 10, 8)
		if err != nil || strconv.FormatUint(n, 10) != rest {
			return Part{}, fmt.Errorf("a segment of the path is a number from 0 to 255, such as path.1")
		}
		return Part{kind: segment, index: int(n)}, nil
	case text == "path":
		return Part{kind: path}, nil
	case text == "fragment":
		return Part{kind: fragment}, nil
	case text == "userinfo":
		return Part{kind: userinfo}, nil
	}
	return Part{}, fmt.Errorf("the parts of a URL are query.NAME, query.*, path, path.N, fragment and userinfo")
}

func parameterNamed(name string) (Part, error) {
	if name == "" {
		return Part{}, fmt.Errorf("the name of the parameter is missing")
	}
	return Part{kind: parameter, all: name == "*", name: name}, nil
}

// Rest gives the parts of a text in which something may stand beside the parts of it that are taken: together they are all of the
// text but delimiters and the scheme.
func Rest(decoder string, taken []Part) []Part {
	all := Part{kind: parameter, all: true, name: "*"}
	rest := []Part{{kind: names}, all}
	if decoder == URL {
		rest = append(rest, Part{kind: fragment}, Part{kind: authority})
		if slices.Contains(taken, Part{kind: userinfo}) {
			rest[len(rest)-1].kind = host
		}
		rest = append(rest, Part{kind: path})
		if slices.ContainsFunc(taken, func(p Part) bool { return p.kind == segment }) { // a path that is taken whole has none
			rest[len(rest)-1].kind = segments
		}
	}
	return slices.DeleteFunc(rest, func(p Part) bool { return slices.Contains(taken, p) })
}

// String writes the part as ParsePart reads it after url. Form writes it as after form.
func (p Part) String() string {
	switch p.kind {
	case parameter:
		return "query." + p.name
	case path:
		return "path"
	case segment:
		return "path." + strconv.Itoa(p.index)
	case fragment:
		return "fragment"
	case userinfo:
		return "userinfo"
	}
	return ""
}

// Form writes the part as ParsePart reads it after form.
func (p Part) Form() string { return p.name }

// Covers says whether p takes all that q takes.
func (p Part) Covers(q Part) bool {
	return p == q || p.kind == parameter && q.kind == parameter && p.all || p.kind == path && q.kind == segment
}
