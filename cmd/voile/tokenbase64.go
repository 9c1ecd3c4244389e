package main

import (
	"bytes"
	"encoding/base64"
)

// insideBase64 gives the texts of which one stands in every base64 of a text that holds token, in either alphabet (RFC 4648 §4
// and §5). Base64 takes three bytes at a time, so there is one for each place at which the token can begin among them; what shares
// its three bytes with what stands around is left out.
func insideBase64(token []byte) [][]byte {
	var texts [][]byte
	for skip := range 3 {
		whole := token[min(skip, len(token)):]
		whole = whole[:len(whole)/3*3]
		text := base64.StdEncoding.AppendEncode(nil, whole)
		texts = append(texts, text)
		if url := base64.URLEncoding.AppendEncode(nil, whole); !bytes.Equal(url, text) {
			texts = append(texts, url)
		}
	}
	return texts
}
