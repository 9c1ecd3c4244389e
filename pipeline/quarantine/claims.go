package quarantine

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"voile/pipeline/record"
)

// ErrForeign is returned for a record of the quarantine topic that does not even claim to be a part.
var ErrForeign = errors.New("quarantine: the record has not the form of a part")

// maxName bounds the texts in the claims; Kafka's topics have no more than 249 characters.
const maxName = 255

// Claimed reads what a record of the quarantine topic says of itself in the clear, without a key. Whoever may write to the
// topic may claim anything: it is good for a list and for a choice of what to open, and for nothing that follows. Its
// texts are short and printable. The error is ErrForeign.
func Claimed(r *record.Record) (Facts, error) {
	var f Facts
	if len(r.Headers) != 8 {
		return f, ErrForeign
	}
	var texts [8]string
	for i, h := range r.Headers {
		texts[i] = string(h.Value)
	}
	partition, err1 := strconv.ParseInt(texts[3], 10, 32)
	offset, err2 := strconv.ParseInt(texts[4], 10, 64)
	at, err3 := time.Parse(time.RFC3339Nano, texts[5])
	part, parts, _ := strings.Cut(texts[7], "/")
	n, err4 := strconv.Atoi(part)
	of, err5 := strconv.Atoi(parts)
	if errors.Join(err1, err2, err3, err4, err5) != nil || partition < 0 || offset < 0 || n < 1 || n > of || of > maxParts {
		return f, ErrForeign
	}
	f = Facts{Route: texts[1], Topic: texts[2], Partition: int32(partition), Offset: offset, Time: at, Reason: texts[6], Part: n, Parts: of}
	for _, text := range []string{f.Route, f.Topic, f.Reason} {
		if !isName(text) {
			return Facts{}, ErrForeign
		}
	}
	// A part's headers are exactly these, in this order and spelling, or it does not open.
	if !bytes.Equal(contextInfo(f.headers()), contextInfo(r.Headers)) {
		return Facts{}, ErrForeign
	}
	return f, nil
}

func isName(text string) bool {
	if text == "" || len(text) > maxName || !utf8.ValidString(text) {
		return false
	}
	return strings.IndexFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) < 0
}
