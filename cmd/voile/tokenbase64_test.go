package main

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// Wherever a token stands in a text, one of the texts stands in its base64, and none in that of another token.
func TestInsideBase64(t *testing.T) {
	const token, other = "vt1.customer-email.AZov3yMQ-62Nsb2nrpPXXR5QLYcB8XxkPocrEwqnLsDjcQm_yw", "vt1.customer-email.AZov3yMQ-6aaaaaaaaaaaXR5QLYcB8XxkPocrEwqnLsDjcQm_yw"
	texts := insideBase64([]byte(token))
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		for before := range 7 {
			for after := range 4 {
				around := func(token string) []byte {
					return []byte(encoding.EncodeToString([]byte(strings.Repeat("\xff", before) + token + strings.Repeat("?", after))))
				}
				found := func(in []byte) (n int) {
					for _, text := range texts {
						if bytes.Contains(in, text) {
							n++
						}
					}
					return n
				}
				if n := found(around(token)); n != 1 {
					t.Errorf("%d bytes before and %d behind: %d texts found, want 1", before, after, n)
				}
				if n := found(around(other)); n != 0 {
					t.Errorf("%d bytes before and %d behind: another token is found", before, after)
				}
			}
		}
	}
}
