package audit

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const people = 4

func person(n int) string { return fmt.Sprintf("ines.%d@example.org", n%people) }

// token is what the pretended proxy makes of an identifier.
func token(domain, identifier string) string {
	return "t." + domain + "." + hex.EncodeToString([]byte(strings.Map(func(r rune) rune { return r + 1 }, identifier)))
}

func testSpec(delivery string) Spec {
	s := Spec{
		Delivery: delivery, ID: "id", Sequence: "seq",
		Flows:      []Flow{{"in", "out"}},
		Quarantine: Quarantine{Topic: "q", Source: "from", Partition: "partition", Offset: "offset", Part: "part"},
		Key:        "mail", Headers: map[string]string{"who": "mail"},
		Members:  map[string]string{"mail": "mail", "user.notes[].text": Anything},
		Required: []string{"mail"},
		Windows:  []Stretch{{"first", map[string]int64{"in/0": 0}}, {"second", map[string]int64{"in/0": 5}}},
	}
	for n := range people {
		s.Planted = append(s.Planted, person(n))
	}
	return s
}

// in gives n records of a source. Record 3 has no member that is required.
func in(n int) (records []Record) {
	for i := range n {
		mail := fmt.Sprintf(`,"mail":%q`, person(i))
		if i == 3 {
			mail = ""
		}
		records = append(records, Record{Offset: int64(i), Timestamp: int64(1000 + i), Key: []byte(person(i)),
			Value:   fmt.Appendf(nil, `{"id":"r%d", "seq" : %d%s,"big":12345678901234567890.10,"user":{"notes":[{"text":%q},{"text":%q}]}}`, i, i/people, mail, person(i), person(i+1)),
			Headers: []Header{{"who", []byte(person(i))}, {"trace", []byte{0, 255}}, {"null", nil}}})
	}
	return records
}

// out gives what the pretended proxy makes of a source: the sink, and the quarantine.
func out(source []Record) (sink, aside []Record) {
	for i, r := range source {
		r.Offset = int64(100 + i)
		if i == 3 {
			aside = append(aside, Record{Headers: []Header{{"from", []byte("in")}, {"partition", []byte("0")}, {"offset", []byte("3")}, {"part", []byte("1/1")}}})
			continue
		}
		text := string(r.Value)
		text = strings.Replace(text, `"mail":"`+person(i)+`"`, `"mail":"`+token("mail", person(i))+`"`, 1)
		for k := range 2 {
			text = strings.Replace(text, `"text":"`+person(i+k)+`"`, fmt.Sprintf(`"text":"sealed %d %d"`, i, k), 1)
		}
		r.Key, r.Value = []byte(token("mail", person(i))), []byte(text)
		r.Headers = slices.Clone(r.Headers)
		r.Headers[0].Value = []byte(token("mail", person(i)))
		sink = append(sink, r)
	}
	return sink, aside
}

// A plant is a case of the auditor: what is done to what a well-behaved proxy wrote.
type plant struct{ source, sink, aside []Record }

func (p *plant) insert(at int, r Record) { p.sink = slices.Insert(p.sink, at, r) }
func (p *plant) replace(i int, old, s string) {
	p.sink[i].Value = []byte(strings.Replace(string(p.sink[i].Value), old, s, 1))
}

func TestPlanted(t *testing.T) {
	for _, tc := range []struct {
		name     string
		delivery string
		do       func(p *plant)
		want     Counts // beside those of nothing planted
		holds    bool
	}{
		{"nothing", ExactlyOnce, func(*plant) {}, Counts{}, true},
		{"one doubled", ExactlyOnce, func(p *plant) { p.insert(5, p.sink[4]) }, Counts{Doubled: 1, Redelivered: 1}, false},
		{"one doubled at least once", AtLeastOnce, func(p *plant) { p.insert(5, p.sink[4]) }, Counts{Doubled: 1, Redelivered: 1}, true},
		{"a run delivered again", AtLeastOnce, func(p *plant) { p.sink = slices.Insert(p.sink, 6, p.sink[2:6]...) }, Counts{Doubled: 4, Redelivered: 1}, true},
		{"one doubled much later", AtLeastOnce, func(p *plant) { p.insert(8, p.sink[2]) }, Counts{Doubled: 1, Redelivered: 1, Unrun: 1}, false},
		{"dropped", AtLeastOnce, func(p *plant) { p.sink = slices.Delete(p.sink, 2, 3) }, Counts{Lost: 1, Delivered: -1}, false},
		{"the last dropped", AtLeastOnce, func(p *plant) { p.sink = p.sink[:len(p.sink)-1] }, Counts{Lost: 1, Delivered: -1}, false},
		{"two of one key swapped", AtLeastOnce, func(p *plant) { p.sink[0], p.sink[3] = p.sink[3], p.sink[0] }, Counts{Reordered: 1, Unrun: 2, Redelivered: 2}, false},
		{"two of two keys swapped", ExactlyOnce, func(p *plant) { p.sink[0], p.sink[1] = p.sink[1], p.sink[0] }, Counts{Unrun: 2, Redelivered: 1}, false},
		{"a byte altered", AtLeastOnce, func(p *plant) { p.replace(1, `.10,`, `.1,`) }, Counts{Altered: 1}, false},
		{"a space dropped", AtLeastOnce, func(p *plant) { p.replace(1, `"seq" :`, `"seq":`) }, Counts{Altered: 1}, false},
		{"a member moved", AtLeastOnce, func(p *plant) { p.replace(1, `"mail":"`, `"maul":"`) }, Counts{Altered: 1}, false},
		{"the key lost", AtLeastOnce, func(p *plant) { p.sink[1].Key = nil }, Counts{Altered: 1}, false},
		{"a header altered", AtLeastOnce, func(p *plant) { p.sink[1].Headers[1].Value = []byte{0, 254} }, Counts{Altered: 1}, false},
		{"a header made empty", AtLeastOnce, func(p *plant) { p.sink[1].Headers[2].Value = []byte{} }, Counts{Altered: 1}, false},
		{"a header dropped", AtLeastOnce, func(p *plant) { p.sink[1].Headers = p.sink[1].Headers[:2] }, Counts{Altered: 1}, false},
		{"the timestamp altered", AtLeastOnce, func(p *plant) { p.sink[1].Timestamp++ }, Counts{Altered: 1}, false},
		{"another token for an equal identifier", AtLeastOnce, func(p *plant) { p.replace(7, token("mail", person(8)), token("mail", "x")) }, Counts{Torn: 1}, false},
		{"one token for two identifiers", AtLeastOnce, func(p *plant) {
			p.sink[7].Key = []byte(token("mail", person(1)))
		}, Counts{Torn: 1}, false},
		{"one token for two identifiers, the first time", AtLeastOnce, func(p *plant) {
			for i := range p.sink {
				if string(p.sink[i].Key) == token("mail", person(3)) {
					p.sink[i].Key = []byte(token("mail", person(2)))
				}
			}
		}, Counts{Torn: 1}, false},
		{"an id of nowhere", AtLeastOnce, func(p *plant) { p.replace(8, `"r9"`, `"r99"`) }, Counts{Foreign: 1, Lost: 1, Delivered: -1}, false},
		{"no JSON", AtLeastOnce, func(p *plant) { p.sink[8].Value = []byte(`{"id":"r9"`) }, Counts{Foreign: 1, Lost: 1, Delivered: -1}, false},
		{"set aside twice", ExactlyOnce, func(p *plant) { p.aside = append(p.aside, p.aside[0]) }, Counts{Doubled: 1}, false},
		{"not set aside", AtLeastOnce, func(p *plant) { p.aside = nil }, Counts{Lost: 1, Quarantined: -1}, false},
		{"not set aside, but passed on", AtLeastOnce, func(p *plant) {
			r := p.source[3]
			r.Key, r.Value = p.sink[6].Key, []byte(strings.Replace(strings.Replace(string(r.Value), person(3), "x", 1), person(4), "x", 1))
			r.Headers = p.sink[6].Headers
			p.insert(3, r)
		}, Counts{Misplaced: 1}, false},
		{"set aside without a reason", AtLeastOnce, func(p *plant) {
			p.aside[0].Headers[2].Value = []byte("2")
		}, Counts{Misplaced: 2, Lost: 1, Delivered: -1}, false},
		{"set aside from nowhere", AtLeastOnce, func(p *plant) { p.aside = append(p.aside, Record{}) }, Counts{Foreign: 1}, false},
		{"the source doubled", AtLeastOnce, func(p *plant) {
			r := p.source[9]
			r.Offset = 10
			p.source = append(p.source, r)
		}, Counts{Records: 1, Flawed: 1}, false},
		{"the source has a hole", AtLeastOnce, func(p *plant) {
			p.source = slices.Delete(p.source, 4, 5)
			p.sink = slices.Delete(p.sink, 3, 4)
		}, Counts{Records: -1, Delivered: -1, Flawed: 1}, false},
		{"an identifier that nobody planted", AtLeastOnce, func(p *plant) {
			p.source[9].Headers = slices.Clone(p.source[9].Headers)
			p.source[9].Headers[0].Value = []byte("somebody.else@example.org")
		}, Counts{Flawed: 1, Torn: 1}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := plant{source: in(10)}
			p.sink, p.aside = out(p.source)
			tc.do(&p)
			report := judge(t, testSpec(tc.delivery), &p)
			want := tc.want
			want.Records, want.Delivered, want.Quarantined = want.Records+10, want.Delivered+9, want.Quarantined+1
			if report.Total != want {
				t.Errorf("counts %+v\n want %+v\n%v", report.Total, want, report.Findings)
			}
			if holds := len(report.Violations) == 0; holds != tc.holds {
				t.Errorf("violations %v, want that the promise holds: %v", report.Violations, tc.holds)
			}
			if sum := sum(report.Windows); len(tc.want.none()) == 0 && sum != report.Total {
				t.Errorf("the stretches sum up to %+v, want %+v", sum, report.Total)
			}
		})
	}
}

func judge(t *testing.T, spec Spec, p *plant) Report {
	t.Helper()
	a, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	a.SetAside("q", p.aside)
	a.Partition(Flow{"in", "out"}, 0, p.source, p.sink)
	return a.Report()
}

// none lists what is counted without a place in the source.
func (c *Counts) none() (out []Kind) {
	for _, kind := range []Kind{Foreign} {
		if *c.of(kind) > 0 {
			out = append(out, kind)
		}
	}
	return out
}

func sum(windows []Window) (total Counts) {
	for i := range windows {
		from, to := reflect.ValueOf(windows[i].Counts), reflect.ValueOf(&total).Elem()
		for f := range to.NumField() {
			to.Field(f).SetInt(to.Field(f).Int() + from.Field(f).Int())
		}
	}
	return total
}

// TestStretches: what is found is counted in the stretch of its source record.
func TestStretches(t *testing.T) {
	p := plant{source: in(10)}
	p.sink, p.aside = out(p.source)
	p.sink = slices.Delete(p.sink, 7, 8) // r8
	report := judge(t, testSpec(ExactlyOnce), &p)
	if a, b := report.Windows[0].Counts, report.Windows[1].Counts; a.Records != 5 || b.Records != 5 || a.Lost != 0 || b.Lost != 1 {
		t.Errorf("stretches %+v, %+v", a, b)
	}
	if f := report.Findings[0]; f.Source != "in/0/8" || f.Window != "second" {
		t.Errorf("the finding says %+v", f)
	}
}

// TestLeaks: a planted identifier is found in each encoding, wherever it is.
func TestLeaks(t *testing.T) {
	mail := person(2)
	for name, text := range map[string]string{
		"plain": mail, "upper case": strings.ToUpper(mail), "mixed case": "Ines.2@Example.Org",
		"hexadecimal": hex.EncodeToString([]byte(mail)), "hexadecimal, upper case": strings.ToUpper(hex.EncodeToString([]byte(mail))),
		"URL-encoded": url.QueryEscape(mail), "percent": percent(mail), "JSON escape": `ines.2\u0040example.org`,
		"base64":                    base64.StdEncoding.EncodeToString([]byte(mail)),
		"base64 behind one byte":    base64.RawStdEncoding.EncodeToString([]byte("<" + mail + ">")),
		"base64 behind two bytes":   base64.RawURLEncoding.EncodeToString([]byte(`{"` + mail + `"}`)),
		"base64 of upper case":      base64.StdEncoding.EncodeToString([]byte(strings.ToUpper(mail))),
		"base64 behind three bytes": base64.StdEncoding.EncodeToString([]byte("abc" + mail + "def")),
		"inside of other text":      "x" + mail + "y",
	} {
		for part, put := range map[string]func(r *Record){
			"value":         func(r *Record) { r.Value = []byte(strings.Replace(string(r.Value), "sealed", text, 1)) },
			"key":           func(r *Record) { r.Key = []byte(text) },
			"header":        func(r *Record) { r.Headers[0].Value = []byte(text) },
			"header's name": func(r *Record) { r.Headers[1].Name = text },
		} {
			p := plant{source: in(10)}
			p.sink, p.aside = out(p.source)
			put(&p.sink[8])
			if got := judge(t, testSpec(AtLeastOnce), &p); got.Total.Leaked != 1 || !slices.Contains(got.Violations, Leaked) {
				t.Errorf("%s in the %s: %d leaks are found, want 1", name, part, got.Total.Leaked)
			} else if !strings.Contains(got.Findings[0].Text, part) || strings.Contains(got.Findings[0].Text, mail) {
				t.Errorf("%s in the %s: the finding says %q", name, part, got.Findings[0].Text)
			}
		}
		a, err := New(testSpec(AtLeastOnce))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Text("a.log", strings.NewReader("well\nbad: "+text+"\nwell\n")); err != nil {
			t.Fatal(err)
		}
		if got := a.Report(); got.Total.Leaked != 1 || !strings.HasPrefix(got.Findings[0].Text, "a.log:2: ") {
			t.Errorf("%s in a log: %+v", name, got)
		}
	}
	p := plant{source: in(10)}
	p.sink, p.aside = out(p.source)
	p.aside[0].Value = []byte("sealed badly: " + mail)
	if got := judge(t, testSpec(AtLeastOnce), &p); got.Total.Leaked != 1 {
		t.Errorf("in the quarantine: %d leaks are found, want 1", got.Total.Leaked)
	}
}

func TestOrder(t *testing.T) {
	for _, tc := range []struct {
		name                       string
		numbers                    []int64
		runs, doubled, gaps, stale int
		lost, foreign              int
	}{
		{"exactly once", []int64{0, 1, 2, 3, 4}, 1, 0, 0, 0, 0, 0},
		{"a re-delivery", []int64{0, 1, 2, 1, 2, 3, 4}, 2, 2, 0, 0, 0, 0},
		{"two re-deliveries", []int64{0, 1, 0, 1, 2, 0, 1, 2, 3, 4}, 3, 5, 0, 0, 0, 0},
		{"one lost", []int64{0, 1, 3, 4}, 1, 0, 0, 0, 1, 0},
		{"the last lost", []int64{0, 1, 2, 3}, 1, 0, 0, 0, 1, 0},
		{"swapped", []int64{0, 2, 1, 3, 4}, 4, 0, 1, 1, 0, 0},
		{"a late batch of a fenced owner", []int64{0, 1, 2, 3, 1, 2, 4}, 3, 2, 0, 1, 0, 0},
		{"none", nil, 0, 0, 0, 0, 5, 0},
		{"the first ones later", []int64{3, 4, 0, 1, 2}, 2, 0, 1, 0, 0, 0},
		{"from nowhere", []int64{0, 1, 2, 3, 4, 5}, 1, 0, 0, 0, 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := Order(tc.numbers, 5)
			got := []int{s.Runs, len(s.Doubled), len(s.Gaps), len(s.Stale), len(s.Lost), len(s.Foreign)}
			if want := []int{tc.runs, tc.doubled, tc.gaps, tc.stale, tc.lost, tc.foreign}; !slices.Equal(got, want) {
				t.Errorf("runs, doubled, gaps, stale, lost, foreign: %v, want %v", got, want)
			}
			if in := s.InRuns(); in != (tc.gaps+tc.stale+tc.foreign == 0) {
				t.Errorf("InRuns: %v", in)
			}
		})
	}
}

// TestSourceHeader: where the sink names the source of a record, it names the right one.
func TestSourceHeader(t *testing.T) {
	for name, at := range map[string]string{"right": "in/0/%d", "wrong": "in/0/1%d"} {
		p := plant{source: in(3)}
		p.sink, _ = out(p.source)
		for i := range p.sink {
			p.sink[i].Headers = append(p.sink[i].Headers, Header{"origin", fmt.Appendf(nil, at, i)})
		}
		spec := testSpec(ExactlyOnce)
		spec.SourceHeader = "origin"
		want := map[string]int{"wrong": 3}[name]
		if got := judge(t, spec, &p).Total.Altered; got != want {
			t.Errorf("%s: %d altered, want %d", name, got, want)
		}
	}
}

func TestSpecRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(s *Spec)
		want string
	}{
		"delivery": {func(s *Spec) { s.Delivery = "once" }, "delivery"},
		"flows":    {func(s *Spec) { s.Flows = nil }, "flows"},
		"id":       {func(s *Spec) { s.ID = "" }, "id"},
		"id gone":  {func(s *Spec) { s.ID = "mail" }, "names nothing"},
		"required": {func(s *Spec) { s.Required = []string{"x"} }, "required"},
		"planted":  {func(s *Spec) { s.Planted = []string{"short"} }, "by chance"},
	} {
		s := testSpec(ExactlyOnce)
		tc.do(&s)
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error about %q", name, err, tc.want)
		}
	}
}
