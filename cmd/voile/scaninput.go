package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"voile/pipeline/record"
)

// files reads the files one after the other, each to its end or, with bounded, as many lines as --records says.
func (s *scanning) files(ctx context.Context, names []string, stdin io.Reader, bounded bool) error {
	ctx, stop := s.within(ctx)
	defer stop()
	for _, name := range names {
		if err := s.file(ctx, name, stdin, bounded); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if s.ended(ctx) {
			break
		}
	}
	return nil
}

func (s *scanning) file(ctx context.Context, name string, stdin io.Reader, bounded bool) error {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usagef("%w", errors.Unwrap(err))
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	} else if isTerminal(in) {
		say(s.stderr, "reading records from the terminal, one JSON value per line; end with control-D")
	}
	p := newProgress(s.stderr, in, nil)
	defer p.clear()
	in = newProgressReader(in, p)
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(in)
		if err != nil {
			return usagef("%w", err)
		}
		in = z
	}
	lines := newLineReader(in)
	for n := 0; ctx.Err() == nil && (!bounded || n < s.flags.records); {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if line = trimLine(line); len(line) == 0 {
			continue
		}
		n++
		if err := s.line(name, line); err != nil {
			return usagef("line %d: %w", lines.number, err)
		}
	}
	return nil
}

// line takes one line of a file.
func (s *scanning) line(file string, line []byte) error {
	topic := topicOfFile(file)
	if !s.flags.whole {
		return s.record(topic, &record.Record{Timestamp: -1, Value: line})
	}
	named, rec, err := parseTopicRecord(line)
	if err != nil {
		return err
	}
	if named != "" {
		topic = named
	}
	return s.record(topic, &rec)
}

// parseTopicRecord reads a record as parseRecord does, with the topic that it may name. Its errors hold nothing of the line.
func parseTopicRecord(line []byte) (topic string, rec record.Record, err error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) != nil {
		return "", rec, errors.New(`not a record: want {"topic": "…", "key": "…", "value": …, "headers": [["name", "text"]]}`)
	}
	if text, ok := members["topic"]; ok {
		if json.Unmarshal(text, &topic) != nil || !topicName.MatchString(topic) {
			return "", rec, errors.New("the topic is no name of a topic")
		}
		delete(members, "topic")
		if line, err = json.Marshal(members); err != nil {
			return "", rec, err
		}
	}
	rec, err = parseRecord(line)
	return topic, rec, err
}

// topicName is what Kafka takes for the name of a topic.
var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// topicOfFile takes the name of a file for that of a topic.
func topicOfFile(file string) string {
	if file == "-" {
		return "events"
	}
	base := filepath.Base(file)
	for _, end := range []string{".gz", ".jsonl", ".ndjson", ".json"} {
		base = strings.TrimSuffix(base, end)
	}
	clean := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '_' || r == '-' || slices.Contains([]byte("0123456789"), byte(r)) || 'a' <= r|0x20 && r|0x20 <= 'z') {
			return r
		}
		return '-'
	}, base)
	if clean = clean[:min(len(clean), 200)]; strings.Trim(clean, "-.") == "" {
		return "events"
	}
	return clean
}
