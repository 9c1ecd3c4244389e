package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestLineReader(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"no line end", "a", []string{"a"}},
		{"line ends stay", "a\nb\r\n\nc", []string{"a\n", "b\r\n", "\n", "c"}},
		{"longer than the buffer", long + "\n" + long, []string{long + "\n", long}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLineReader(strings.NewReader(tt.in))
			var got []string
			for {
				line, err := l.next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(line))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%d lines, want %d, or other ones", len(got), len(tt.want))
			}
			if l.number != len(tt.want) {
				t.Errorf("counted %d lines, want %d", l.number, len(tt.want))
			}
		})
	}
}

func TestLineReaderIsBounded(t *testing.T) {
	l := newLineReader(io.MultiReader(strings.NewReader("first\n"), endless{}))
	if _, err := l.next(); err != nil {
		t.Fatal(err)
	}
	_, err := l.next()
	if want := "line 2: longer than 64 MiB: is this one JSON value per line?"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

// endless is a text without a line end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
