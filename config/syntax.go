package config

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The YAML library's parser recurses, and its work grows with the square of a mapping's members: both are bounded on
// the tokens, before it runs.
const (
	maxNesting = 32     // collections in each other; a configuration needs 7
	maxMembers = 20_000 // members of mappings and lists
)

// parse gives the documents of src, or false after it has reported what is no YAML. The library's own errors quote the
// source, so only their place is used, and their message only to choose one of ours.
func (w *walker) parse(src string) ([]*ast.DocumentNode, bool) {
	docs, at, f := parseYAML(src)
	if f != nil {
		w.add(at, "", f)
	}
	return docs, f == nil
}

func parseYAML(src string) (docs []*ast.DocumentNode, at pos, f *fault) {
	// The library is meant not to panic; if it does, its message must not show either.
	defer func() {
		if recover() != nil {
			docs, at, f = nil, pos{}, &fault{what: "not YAML"}
		}
	}()
	tokens := lexer.Tokenize(src)
	if at, f := excess(tokens); f != nil {
		return nil, at, f
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return file.Docs, pos{}, nil
	}
	if syntax := (*yaml.SyntaxError)(nil); errors.As(err, &syntax) && syntax.Token != nil {
		return nil, tokenPos(syntax.Token), reword(syntax.Message, src, syntax.Token)
	}
	return nil, pos{}, &fault{what: "not YAML"}
}

func tokenPos(tk *token.Token) pos {
	if tk == nil || tk.Position == nil {
		return pos{}
	}
	return pos{tk.Position.Line, tk.Position.Column}
}

// excess finds where the tokens nest too deep or are too many.
func excess(tokens token.Tokens) (pos, *fault) {
	flow, inLine, line, members := 0, 0, 0, 0
	var columns []int // in which the collections around begin that are told by indentation
	for _, tk := range tokens {
		if tk.Position != nil && tk.Position.Line != line {
			line, inLine = tk.Position.Line, 0
			if flow == 0 && tk.Type != token.CommentType {
				columns = append(above(columns, tk.Position.Column), tk.Position.Column)
			}
		}
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(0, flow-1)
		case token.SequenceEntryType, token.MappingValueType, token.CollectEntryType:
			members++
			if flow == 0 {
				inLine++
			}
		case token.MappingKeyType, token.AnchorType, token.TagType, token.AliasType:
			inLine++
		}
		switch {
		case flow+inLine+len(columns) > maxNesting+1:
			return tokenPos(tk), &fault{"nested too deep", "no setting lies this deep"}
		case members > maxMembers:
			return tokenPos(tk), faultf("more than %d settings", maxMembers).hintf("split the routes over several files and processes")
		}
	}
	return pos{}, nil
}

// above are the columns left of one. The library counts indentation too, and forgets to count back where it ends by several
// steps at once.
func above(columns []int, column int) []int {
	for len(columns) > 0 && columns[len(columns)-1] >= column {
		columns = columns[:len(columns)-1]
	}
	return columns
}

// reword says in our words what the parser says in words that may quote the file.
func reword(message, src string, tk *token.Token) *fault {
	has := func(part string) bool { return strings.Contains(message, part) }
	switch {
	case has("tab character") || has(`'\t'`) || has("\t"):
		return &fault{"a tab where only spaces may stand", "indent with spaces"}
	case has("must be specified") && afterDollar(src, tk):
		return &fault{"a ${NAME} without quotes inside {…} or […]", `write "${NAME}" there, in quotes`}
	case has("',' or '}'"), has("flow mapping end token"):
		return &fault{"a { without its }, or a comma is missing", "quote a text that holds one of {}[],:"}
	case has("',' or ']'"), has("sequence end token"):
		return &fault{"a [ without its ], or a comma is missing", "quote a text that holds one of {}[],:"}
	case has("corresponding to"):
		return &fault{"a ] or } without its beginning", "quote a text that holds one of {}[],:"}
	case has("end character of"):
		return &fault{"a quote that does not end", "close the quote"}
	case has("escape character"):
		return &fault{`an unknown escape in a text in double quotes`, `write \\ for a backslash, or use single quotes`}
	case has("mapping value is not allowed"):
		return &fault{"a second colon in one line", "quote a text that holds a colon and a space"}
	case has("value is not allowed in this context"), has("non-map value"), has("unexpected key name"):
		return &fault{"this does not fit into what stands around it", "check the indentation: settings of one section begin in the same column"}
	case has("block sequence entries"):
		return &fault{"a list that begins in the line of its setting", "begin each entry with - in a line of its own"}
	case has("anchor") || has("alias"):
		return noAnchors()
	}
	return &fault{"not YAML here", "check indentation, quotes and brackets in this line and the one above"}
}

// afterDollar says whether the parser stumbled over the brace of an unquoted ${NAME} in a flow collection.
func afterDollar(src string, tk *token.Token) bool {
	for i := 0; tk != nil && i < 3; i, tk = i+1, tk.Prev {
		if tk.Type == token.MappingStartType && tk.Prev != nil && strings.HasSuffix(tk.Prev.Value, "$") {
			return true
		}
	}
	return strings.Contains(src, "${") && tk != nil && strings.HasSuffix(tk.Value, "$")
}

func noAnchors() *fault {
	return &fault{"YAML anchors, aliases and merge keys are not supported", "write the value out"}
}
