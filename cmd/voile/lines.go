package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of input in bytes. A Kafka record is seldom larger than 1 MiB.
const maxLine = 64 << 20

// A lineReader hands out lines one after the other, and holds no more than one.
type lineReader struct {
	r      *bufio.Reader
	buf    []byte
	number int // of the line read last, from 1
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{r: bufio.NewReaderSize(r, 64<<10)} }

// next gives the next line with its line end, if it has one; io.EOF behind the last. It is valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		l.buf = append(l.buf, part...)
		switch {
		case len(l.buf) > maxLine:
			return nil, fmt.Errorf("line %d: longer than %d MiB: is this one JSON value per line?", l.number+1, maxLine>>20)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(l.buf) == 0:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("line %d: %w", l.number+1, err)
		}
		l.number++
		return l.buf, nil
	}
}

// trimLine cuts white space and the line end off.
func trimLine(line []byte) []byte { return bytes.Trim(line, " \t\r\n") }
