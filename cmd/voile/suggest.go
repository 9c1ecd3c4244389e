package main

import "strings"

// nearest gives the one of names that was most likely meant by word, or "" where none is near.
func nearest(word string, names []string) string {
	best, bound := "", 1+len(word)/3
	for _, name := range names {
		if len(word) > 1 && strings.HasPrefix(name, strings.ToLower(word)) {
			return name
		}
		if d := distance(strings.ToLower(word), name); d <= bound {
			best, bound = name, d-1
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace, or swap with their neighbor to make b of a (optimal string
// alignment).
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := d[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
