package leaktest

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Replant gives the events anew with other people, other spellings and harder cases, and says where what is planted:
// JSON with escapes that nobody needs, white space and members twice; numbers for ids; addresses in the web with percent
// signs in any case, in names too, with parameters twice and fragments; base64 with and without padding; e-mail addresses with
// internationalized domains; telephone numbers in brackets, in full width and between narrow spaces; headers twice, empty
// and null; what is missing; and records that must be refused, because what they hold cannot be read. Equal seeds give equal events.
//
// It shares no code with voile.
func Replant(events []Event, seed uint64) ([]Event, error) {
	w := world{seed}
	out := make([]Event, 0, len(events))
	for i := range events {
		p := planter{world: w, r: rand.New(rand.NewPCG(seed, uint64(i)))}
		e, err := p.event(&events[i])
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		out = append(out, e)
	}
	return out, nil
}

// A planter re-plants one event.
type planter struct {
	world
	person  string // of Nested: whose identities these are
	r       *rand.Rand
	planted []Plant
	refuse  bool // what is in there cannot be read
}

func (p *planter) one(in int) bool { return p.r.IntN(in) == 0 }

// A place is a plant of the old event and how to go on to it from here.
type place struct {
	Plant
	chain []string
}

func (p *planter) event(in *Event) (Event, error) {
	e := Event{Topic: in.Topic, Partition: in.Partition, Key: in.Key, Value: in.Value}
	var value []place
	byHeader := map[string][]Plant{}
	for _, old := range in.Truth.Planted {
		root, rest, _ := strings.Cut(old.Where, ":")
		switch {
		case old.Where == "key":
			now := p.renew(old)
			// Records of one key share a spelling and a partition: the spelling is the key's, not the record's.
			now.Raw = spell(now.Class, now.Canonical, p.of("key of "+in.Topic, now.Canonical))
			e.Key, e.Partition = []byte(now.Raw), int32(p.of("partition", now.Canonical).IntN(12))
			p.planted = append(p.planted, now)
		case root == "header":
			byHeader[rest] = append(byHeader[rest], old)
		default:
			value = append(value, place{old, append([]string{"json"}, strings.Split(rest, "|")...)})
		}
	}
	if in.Value != nil {
		text, err := p.text(string(in.Value), value)
		if err != nil {
			return e, err
		}
		e.Value = []byte(text)
	}
	p.headers(&e, in.Headers, byHeader)
	truth := *in.Truth
	truth.Planted, truth.Tags = p.planted, []string{"replanted"}
	if e.Value != nil && p.one(150) { // a record that ends too early
		e.Value, p.refuse = e.Value[:len(e.Value)-1], true
	}
	if p.refuse {
		truth.Expect = "quarantine"
	}
	e.Truth = &truth
	return e, nil
}

// renew is another identity for the one of a plant, not spelled yet.
func (p *planter) renew(old Plant) Plant {
	now := old
	now.Person, now.Contains = "", nil
	if old.Class == "text" {
		parts := []string{"note"}
		for _, c := range old.Contains {
			v := p.canonical(c[0], strings.ToLower(c[1]))
			now.Contains = append(now.Contains, [2]string{c[0], v})
			parts = append(parts, v)
		}
		now.Canonical = strings.Join(parts, [...]string{" / ", " (", ", ", "\t"}[p.r.IntN(4)])
		return now
	}
	canonical := old.Canonical
	if old.Class == "iban" || old.Class == "nir" || old.Class == "street" {
		now.Canonical = p.canonical(old.Class, canonical)
		return now
	}
	now.Canonical = p.canonical(old.Class, strings.ToLower(canonical))
	return now
}

// plant spells the identity and notes it.
func (p *planter) plant(now Plant) string {
	now.Raw = spell(now.Class, now.Canonical, p.r)
	p.planted = append(p.planted, now)
	return now.Raw
}

func (p *planter) headers(e *Event, in []Header, planted map[string][]Plant) {
	e.Headers = []Header{}
	nth := map[string]int{} // of the header in the old record
	now := map[string]int{} // and in the new one
	add := func(name string, value []byte) {
		e.Headers = append(e.Headers, Header{name, value})
		now[name]++
	}
	for _, h := range in {
		i := slices.IndexFunc(planted[h.Name], func(old Plant) bool { return old.Occ == nth[h.Name] })
		nth[h.Name]++
		if i < 0 {
			add(h.Name, h.Value)
			continue
		}
		for range 1 + p.r.IntN(4)/3 {
			plant := p.renew(planted[h.Name][i])
			plant.Occ = now[h.Name]
			add(h.Name, []byte(p.plant(plant)))
		}
		if p.one(6) {
			add(h.Name, [][]byte{nil, {}}[p.r.IntN(2)])
		}
	}
}

// text gives a text anew in which places lie: chain[0] says how to read it.
func (p *planter) text(text string, places []place) (string, error) {
	kind := "json"
	if len(places) > 0 {
		kind = places[0].chain[0]
	}
	for i := range places {
		places[i].chain = places[i].chain[1:]
	}
	switch kind {
	case "url":
		return p.url(text, places)
	case "base64", "base64url":
		enc := map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding}[kind]
		data, err := enc.WithPadding(base64.NoPadding).DecodeString(strings.TrimRight(text, "="))
		if err != nil {
			return "", err
		}
		if text, err = p.text(string(data), places); err != nil {
			return "", err
		}
		if p.one(2) {
			enc = enc.WithPadding(base64.NoPadding)
		}
		return enc.EncodeToString([]byte(text)), nil
	}
	root, err := parseTree(text)
	if err != nil {
		return "", err
	}
	if err := p.json(root, places); err != nil {
		return "", err
	}
	return string(root.append(nil, p.r)), nil
}

// json plants in a JSON value.
func (p *planter) json(root *node, places []place) error {
	inside := map[*node][]place{}
	var order []*node
	for _, pl := range places {
		path, keys := strings.CutPrefix(pl.chain[0], "keys_of:")
		at, in, err := root.find(path)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", pl.Where, err)
		case keys:
			at.members[pl.Occ].name = p.plant(p.renew(pl.Plant))
		case len(pl.chain) > 1:
			if inside[at] == nil {
				order = append(order, at)
			}
			inside[at] = append(inside[at], place{pl.Plant, pl.chain[1:]})
		case pl.Class != "text" && p.one(3000): // half of a pair of surrogates is no text
			*at, p.refuse = node{text: `"a\uD83d"`}, true
		case pl.Class != "text" && p.one(40):
			*at = *[]*node{{text: "null"}, {kind: '"'}}[p.r.IntN(2)]
		default:
			p.leaf(at, p.renew(pl.Plant))
			if in != nil && in.kind == '{' && p.one(15) {
				second := p.renew(pl.Plant)
				second.Occ = 1
				again := &node{}
				p.leaf(again, second)
				i := slices.IndexFunc(in.members, func(m member) bool { return m.value == at })
				in.members = slices.Insert(in.members, i+1, member{in.members[i].name, again})
			}
		}
	}
	for _, at := range order {
		broken := inside[at][0].chain[0] != "url" && p.one(300) // an address can always be read
		text, err := p.text(at.text, inside[at])
		if err != nil {
			return err
		}
		if at.text = text; broken {
			at.text, p.refuse = text[:len(text)/2], true
		}
	}
	return nil
}

// leaf makes a node the spelling of an identity: a number where that is one.
func (p *planter) leaf(at *node, now Plant) {
	number := ""
	switch {
	case now.Class == "user_id" && now.Canonical[0] == '9':
		number = now.Canonical
	case now.Class == "phone" && at.kind == 0 && strings.HasPrefix(now.Canonical, "+33"):
		number = now.Canonical[1:]
	}
	if number != "" && (at.kind == 0 || p.one(2)) {
		now.Raw = number
		p.planted = append(p.planted, now)
		*at = node{text: number}
		return
	}
	*at = node{kind: '"', text: p.plant(now)}
}

// url plants in the query of an address. The parameters that nobody looks for stay as they are.
func (p *planter) url(text string, places []place) (string, error) {
	head, query, _ := strings.Cut(text, "?")
	query, fragment, hasFragment := strings.Cut(query, "#")
	params := strings.Split(query, "&")
	for _, pl := range places {
		name := strings.TrimPrefix(pl.chain[0], "query.")
		i := slices.IndexFunc(params, func(param string) bool { return strings.HasPrefix(param, name+"=") })
		if i < 0 {
			return "", fmt.Errorf("%s: no such parameter", pl.Where)
		}
		now := p.renew(pl.Plant)
		spelled := name
		if p.one(5) {
			spelled = percent(name, p.r, 2)
		}
		now.Where = strings.TrimSuffix(now.Where, name) + spelled
		value := p.plant(now)
		params[i] = spelled + "=" + percent(value, p.r, 12)
		if p.one(6) {
			if again := p.renew(pl.Plant); spell(again.Class, again.Canonical, p.r) != value {
				again.Where = strings.TrimSuffix(again.Where, name) + percent(name, p.r, 1)
				if again.Where != now.Where {
					_, spelled, _ = cutLast(again.Where, "query.")
					params = append(params, spelled+"="+percent(p.plant(again), p.r, 12))
				}
			}
		}
	}
	text = head + "?" + strings.Join(params, "&")
	if hasFragment {
		return text + "#" + fragment, nil
	}
	if p.one(8) {
		text += "#top?x=1&y=" + strconv.Itoa(p.r.IntN(10))
	}
	return text, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// percent escapes what must be, and one in n of the rest, in either case; a space is a plus sign now and then.
func percent(text string, r *rand.Rand, n int) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		plain := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~@", c) >= 0
		switch {
		case c == ' ' && r.IntN(2) == 0:
			b.WriteByte('+')
		case plain && r.IntN(n) != 0:
			b.WriteByte(c)
		case r.IntN(2) == 0:
			fmt.Fprintf(&b, "%%%02x", c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
