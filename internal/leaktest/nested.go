package leaktest

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
)

// NestedTopic is the topic of Nested's events.
const NestedTopic = "events.nested"

// Nested gives n events in which texts lie in texts in texts: JSON in JSON in a string, an address in a parameter of
// another, base64 in base64, identifiers as member names in there, lists of names and values in either order, arrays in
// arrays, and the same in headers and in the key. It shares no code with voile.
func Nested(seed uint64, n int) []Event {
	events := make([]Event, n)
	for i := range events {
		w := world{seed}
		p := &planter{world: w, r: rand.New(rand.NewPCG(seed, uint64(i)))}
		p.person = fmt.Sprint(p.r.IntN(max(n/4, 1)))
		events[i] = p.nested(i)
	}
	return events
}

// id plants an identity of the event's person and gives its spelling.
func (p *planter) id(class, where string, occ int) string {
	return p.plant(Plant{Where: where, Class: class, Canonical: p.canonical(class, p.person), Occ: occ})
}

func (p *planter) spelled(root *node) string { return string(root.append(nil, p.r)) }

func text(s string) *node { return &node{kind: '"', text: s} }

func object(members ...member) *node { return &node{kind: '{', members: members} }

func array(items ...*node) *node { return &node{kind: '[', items: items} }

func (p *planter) encoded(enc *base64.Encoding, root *node) string {
	if p.one(2) {
		enc = enc.WithPadding(base64.NoPadding)
	}
	return enc.EncodeToString([]byte(p.spelled(root)))
}

// address is one with a parameter among others.
func (p *planter) address(name, value string) string {
	out := "https://" + asciiName(p.r) + ".example/" + asciiName(p.r) + "?a=%2f+%20&" + name + "=" + percent(value, p.r, 10)
	if p.one(2) {
		out += "&z=1&=&&"
	}
	if p.one(3) {
		out += "#?" + name + "=top"
	}
	return out
}

// pair is an entry of a list of names and values, in either order.
func (p *planter) pair(name string, value *node) *node {
	a, b := member{"name", text(name)}, member{"value", value}
	if p.one(2) {
		a, b = b, a
	}
	return object(a, b)
}

func (p *planter) nested(seq int) Event {
	zero := &node{text: "0.50"}
	deep := p.spelled(object(member{"email", text(p.id("email", "value:$.a|json|$.deep|json|$.email", 0))}, member{"n", zero}))
	inJSON := p.spelled(object(member{"deep", text(deep)}, member{"phone", text(p.id("phone", "value:$.a|json|$.phone", 0))}, member{"x/y", text("a/b")}))
	blob := p.encoded(base64.StdEncoding, object(member{"u", text(p.encoded(base64.URLEncoding, object(
		member{"email", text(p.id("email", "value:$.blob|base64|json|$.u|base64url|json|$.email", 0))}, member{"t", zero})))}))
	names := p.spelled(object(member{"m", object(member{p.id("email", "value:$.map|json|keys_of:$.m", 0), zero}, member{p.id("email", "value:$.map|json|keys_of:$.m", 1), object()})}))
	value := object(
		member{"a", text(inJSON)},
		member{"link", text(p.address("to", p.address("e", p.id("email", "value:$.link|url|query.to|url|query.e", 0))))},
		member{"ctx", text(p.address("ctx", p.encoded(base64.URLEncoding, object(member{"e", text(p.id("email", "value:$.ctx|url|query.ctx|base64url|json|$.e", 0))}))))},
		member{"blob", text(blob)},
		member{"map", text(names)},
		member{"list", array(
			p.pair("email", text(p.id("email", "value:$.list[0].value", 0))),
			p.pair("colour", text("blue")),
			p.pair("phone", text(p.id("phone", "value:$.list[2].value", 0))),
			p.pair("EMAIL", text("is another name")),
			p.pair("email", &node{text: "null"}))},
		member{"grid", array(array(), array(array(object(member{"email", text(p.id("email", "value:$.grid[1][0][0].email", 0))}), zero), array(zero)))},
		member{"order_no", &node{text: "123456789012345678901234567890"}},
	)
	key := p.spelled(object(member{"email", text(p.id("email", "key|json|$.email", 0))}, member{"n", &node{text: fmt.Sprint(seq)}}))
	e := Event{Topic: NestedTopic, Key: []byte(key), Value: []byte(p.spelled(value)), Headers: []Header{
		{"holdout-seq", fmt.Append(nil, seq)},
		{"x-ctx", []byte(p.encoded(base64.StdEncoding, object(member{"email", text(p.id("email", "header:x-ctx|base64|json|$.email", 0))})))},
		{"x-ctx", nil},
		{"x-ctx", []byte(p.encoded(base64.StdEncoding, object(member{"email", text(p.id("email", "header:x-ctx|base64|json|$.email", 2))}, member{"k", zero})))},
		{"x-names", []byte(p.spelled(object(member{p.id("email", "header:x-names|json|keys_of:$", 0), zero})))},
		{"x-link", []byte(p.address("e", p.id("email", "header:x-link|url|query.e", 0)))},
	}}
	e.Truth = &Truth{Person: p.person, Channel: "nested", Expect: "pass", Tags: []string{"nested"}, Planted: p.planted}
	return e
}
