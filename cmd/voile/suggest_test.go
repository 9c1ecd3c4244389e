package main

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"check", "config", "keys", "reveal", "run", "try", "version"}
	for _, tt := range []struct{ word, want string }{
		{"chekc", "check"},
		{"Check", "check"},
		{"chec", "check"},
		{"ver", "version"},
		{"reveil", "reveal"},
		{"rnu", "run"},
		{"r", ""},
		{"", ""},
		{"frobnicate", ""},
		{"--keys", "keys"},
	} {
		if got := nearest(tt.word, names); got != tt.want {
			t.Errorf("nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0},
		{"abc", "acb", 1}, {"abc", "abcd", 1}, {"abc", "axc", 1}, {"kitten", "sitting", 3},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
