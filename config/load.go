package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// MaxFile is the largest configuration file that is read, in bytes.
const MaxFile = 1 << 20

// Load reads the file at path. env looks an environment variable up (os.LookupEnv). The error is Problems, or that of the
// file system where the file cannot be read.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return Parse(path, data, env)
}

// Parse reads a configuration from data; name stands for the file in what is wrong. The error is Problems.
func Parse(name string, data []byte, env func(string) (string, bool)) (*Config, error) {
	w := newWalker(name, env)
	var c Config
	if root := w.document(data); root != nil {
		configForm.read(w, root, spot{pos: spotOf(root)}, &c)
		w.check(&c)
	}
	if len(w.problems) > 0 {
		w.problems.sort()
		return nil, w.problems
	}
	return &c, nil
}

// document gives the root of the one document that data holds, or nil after it has reported why there is none.
func (w *walker) document(data []byte) ast.Node {
	if len(data) > MaxFile {
		w.whole("larger than %d bytes", "split the routes over several files and processes", MaxFile)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		w.add(invalidUTF8(data), "", &fault{"not UTF-8 text", "save the file as UTF-8"})
		return nil
	}
	docs, ok := w.parse(string(data))
	if !ok {
		return nil
	}
	var bodies []ast.Node
	for _, d := range docs {
		switch body := d.Body.(type) {
		case nil:
		case *ast.DirectiveNode:
			w.add(spotOf(body), "", &fault{"YAML directives are not supported", "leave the line out"})
		default:
			bodies = append(bodies, body)
		}
	}
	switch len(bodies) {
	case 0:
		if len(w.problems) == 0 {
			w.whole("the file is empty", "`voile config docs` shows a whole one")
		}
		return nil
	case 1:
		return bodies[0]
	}
	w.add(spotOf(bodies[1]), "", &fault{"a second document begins here", "one file is one configuration: leave out the line --- and what follows it"})
	return nil
}

// whole reports a problem of the file itself.
func (w *walker) whole(what, hint string, args ...any) {
	w.add(pos{}, "", faultf(what, args...).hintf("%s", hint))
}

// invalidUTF8 is the place of the first byte that is not UTF-8.
func invalidUTF8(data []byte) pos {
	at := pos{1, 1}
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			return at
		case r == '\n':
			at = pos{at.line + 1, 1}
		default:
			at.column++
		}
		data = data[n:]
	}
	return at
}
