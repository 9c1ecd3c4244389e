package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestSVG(t *testing.T) {
	r := results()
	r.Contenders[0].Name, r.Commit = "a <copy> & more", "<x>"
	for i := range r.Runs {
		if r.Runs[i].Contender == Copy {
			r.Runs[i].Contender = r.Contenders[0].Name
		}
	}
	got := r.SVG()
	texts, bars := map[string]bool{}, 0
	for d := xml.NewDecoder(strings.NewReader(got)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, got)
		}
		switch token := token.(type) {
		case xml.CharData:
			texts[string(token)] = true
		case xml.StartElement:
			if token.Name.Local == "rect" {
				bars++
			}
		}
	}
	for _, want := range []string{"a <copy> & more", "5.00", "voile 6 tokenize", "10.00", "CPU per record, commit <x>"} {
		if !texts[want] {
			t.Errorf("no text %q in\n%s", want, got)
		}
	}
	if bars != 6 { // of seven contenders one did not run
		t.Errorf("%d bars, want 6:\n%s", bars, got)
	}
	// The longest line, of voile's dearest run at 15 µs, ends where the figures begin; its bar, of 10 µs, at two thirds.
	for _, want := range []string{`H730.0"`, `width="320.0" height="18" fill="#2f7fd1"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
