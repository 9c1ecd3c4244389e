package main

import "testing"

// A record that is read and written again is the same, null and empty told apart, the value byte by byte.
func TestRecordLine(t *testing.T) {
	for _, line := range []string{
		`{"key":null,"value":null,"headers":[]}`,
		`{"key":"","value":"","headers":[["a",null],["a",""],["b","x"]]}`,
		`{"key":"{\"id\":1}","value":{"a" : 1.50, "a":"\u0041"},"headers":[]}`,
	} {
		rec, err := parseRecord([]byte(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		got, err := formatRecord(&rec)
		if err != nil || string(got) != line {
			t.Errorf("got  %s (%v)\nwant %s", got, err, line)
		}
	}
}

func TestRecordLineRefused(t *testing.T) {
	const want = `want {"key": "…", "value": …, "headers": [["name", "text"]]}`
	for line, what := range map[string]string{
		`[]`:                             "not a record: ",
		`{"key":7}`:                      "not a record: ",
		`{"valeu":{}}`:                   "not a record: ",
		`{"value":1} 2`:                  "something follows the record: ",
		`{"headers":[["a"]]}`:            "a header is not a name and a text: ",
		`{"headers":[[null,"a"]]}`:       "a header is not a name and a text: ",
		`{"value":"secret value", "x":1`: "not a record: ",
	} {
		if _, err := parseRecord([]byte(line)); err == nil || err.Error() != what+want {
			t.Errorf("%s: error %v, want %s", line, err, what+want)
		}
	}
}
