package transform

import (
	"strconv"

	"voile/pipeline/record"
)

// HeaderSource is the header of a record of the sink that says which source record it was made of: topic/partition/offset,
// as SourceHeader writes it. By it a consumer finds doubles.
const HeaderSource = "voile-source"

var headerSource = []byte(HeaderSource)

// SourceHeader gives the headers of a record with HeaderSource behind them. One that the record brings along, from
// another voile or from somebody who would have a consumer take the record for another's double, is left out. The headers
// that are given stay as they are; what comes back lies in the arena.
func (a *Arena) SourceHeader(in []record.Header, topic string, partition int, offset int64) []record.Header {
	value, first := len(a.buf), len(a.headers)
	a.buf = append(append(a.buf, topic...), '/')
	a.buf = append(strconv.AppendInt(a.buf, int64(partition), 10), '/')
	a.buf = strconv.AppendInt(a.buf, offset, 10)
	for _, h := range in {
		if string(h.Name) != HeaderSource {
			a.headers = append(a.headers, h)
		}
	}
	a.headers = append(a.headers, record.Header{Name: headerSource, Value: a.buf[value:len(a.buf):len(a.buf)]})
	return a.headers[first:len(a.headers):len(a.headers)]
}
