package config

import "strings"

// suggest gives the name that was probably meant, or nothing.
func suggest(have string, names []string) string {
	best, least := "", 1+max(1, min(len(have), 64)/3)
	if len(have) > 64 {
		return ""
	}
	fold := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }
	for _, n := range names {
		if d := distance(fold(have), fold(n)); d < least && d < len(n) {
			best, least = n, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with their neighbor to make b of a
// (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// plainName says whether a name may stand in a message: it looks like a name and not like a value.
func plainName(s string) bool {
	for _, c := range []byte(s) {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// list joins names for a message.
func list(names []string) string { return strings.Join(names, ", ") }
