// Package explain tells what a configuration does to personal data, to people who read no YAML: per channel and field what
// is done, whether it can be undone and by whom, where the same person can be recognized, and what is not touched.
//
// It is pure: a valid *config.Config in, a text out, the same each time. It says what the configuration says and nothing of
// what lies in the records; what a field holds is a guess by its name, and told as one. It holds no address and no secret.
//
// The words are in one file per language (english.go, french.go), each a table of all messages; the texts have named
// places in braces. How a page looks is in one file per format (text.go, markdown.go, html.go). A new kind of action is a
// line in actions.go and a message in each language: without them a test fails.
package explain

import (
	"fmt"
	"io"
	"slices"

	"voile/config"
)

// Options say how to tell it.
type Options struct {
	Language string // one of Languages
	Format   string // one of Formats
}

// Languages gives the languages, by their ISO 639-1 codes; the first is the default.
func Languages() []string { return []string{"en", "fr"} }

// Formats gives the formats; the first is the default.
func Formats() []string { return []string{"text", "markdown", "html"} }

// Write writes what c does to w.
func Write(w io.Writer, c *config.Config, o Options) error {
	if !slices.Contains(Languages(), o.Language) {
		return fmt.Errorf("%q is no language of explain", o.Language)
	}
	l := &english
	if o.Language == "fr" {
		l = &french
	}
	p := build(c, l)
	switch o.Format {
	case "text":
		return writeText(w, p)
	case "markdown":
		return writeMarkdown(w, p)
	case "html":
		return writeHTML(w, p)
	}
	return fmt.Errorf("%q is no format of explain", o.Format)
}
