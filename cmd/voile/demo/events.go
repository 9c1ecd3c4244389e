// Package demo holds the pure parts of `voile demo`: events of people who do not exist, the configuration that goes with
// them, the judge that looks for leaks, and what is printed. It knows no broker, no keys and no clock; the command wires
// these to them.
//
// The contract that makes the demo's last line worth something: every identifier that Events puts anywhere into a record
// (key, headers, value) is in the event's Planted, and the Judge finds it in whatever spelling it would come out.
package demo

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"voile/pipeline/record"
)

// An Event is one generated record, and what is known about it.
type Event struct {
	Channel Channel
	Person  int // who, from 0
	Record  record.Record
	Planted []Identifier
	// Wrong says what is wrong with the event on purpose, so that it has to end in quarantine; mostly "".
	Wrong string
}

// An Identifier is a value that must not come out, as it was written before JSON took its own escapes.
type Identifier struct {
	Class Class
	Text  string
}

// A Class is a kind of identifier.
type Class string

// The classes.
const (
	ClassEmail    Class = "e-mail"
	ClassPhone    Class = "phone"
	ClassCustomer Class = "customer id"
	ClassDevice   Class = "device id"
	ClassName     Class = "name"
	ClassIP       Class = "IP address"
	ClassCard     Class = "card"
	ClassText     Class = "free text"
)

// Events generates events. The same seed, people and start give the same events, whenever and wherever.
type Events struct {
	random *rand.Rand
	people []person
	start  time.Time
	count  int
}

// wrongEvery: one event of so many is wrong on purpose.
const wrongEvery = 97

// interval is the time between two events.
const interval = 37 * time.Millisecond

// NewEvents prepares events of so many people, one after the other from start on.
func NewEvents(seed uint64, people int, start time.Time) *Events {
	random := rand.New(rand.NewPCG(seed, 0x766f696c65)) //nolint:gosec // made-up people; nothing here is secret
	return &Events{random: random, people: newPeople(random, people), start: start.UTC()}
}

// Next gives the next event. The channels take turns, beginning with Web, and the first event of every channel is of person 0.
func (g *Events) Next() Event {
	i := g.count
	g.count++
	e := event{random: g.random, channel: Channel(i % len(envelopes)), number: i, time: g.start.Add(time.Duration(i) * interval)}
	who := 0
	if i >= len(envelopes) {
		who = g.random.IntN(len(g.people))
	}
	e.person, e.other = &g.people[who], &g.people[g.random.IntN(len(g.people))]
	if i%wrongEvery == wrongEvery-1 {
		e.wrong = []string{"broken JSON", "no e-mail", "e-mail not understood"}[i/wrongEvery%3]
	}
	out := Event{Channel: e.channel, Person: who, Wrong: e.wrong}
	out.Record = record.Record{Timestamp: e.time.UnixMilli(), Value: e.value()}
	out.Record.Key, out.Record.Headers = e.key(), e.headers()
	out.Planted = e.planted
	return out
}

// An event is one event in the making.
type event struct {
	random  *rand.Rand
	channel Channel
	number  int
	time    time.Time
	person  *person
	other   *person
	wrong   string
	planted []Identifier
}

// value fills the channel's envelope in.
func (e *event) value() []byte {
	envelope := envelopes[e.channel]
	if e.wrong == "no e-mail" {
		for _, member := range []string{`"email":${email},`, `"email": ${email}, `, `"address":${email},`} {
			envelope = strings.Replace(envelope, member, "", 1)
		}
	}
	value := []byte(os.Expand(envelope, e.fill))
	if e.wrong == "broken JSON" {
		value = value[:len(value)-1-e.random.IntN(20)]
	}
	return value
}

// fill gives the JSON of one place of an envelope, and notes the identifiers in it.
func (e *event) fill(name string) string {
	d, p := dialects[e.channel], e.person
	switch name {
	case "email":
		if e.wrong == "e-mail not understood" {
			return d.quote("n/a")
		}
		return d.quote(e.plant(ClassEmail, e.writtenEmail()))
	case "phone":
		written := e.plant(ClassPhone, e.writtenPhone(p))
		if e.channel == CallCenter {
			return written // a JSON integer
		}
		return d.quote(written)
	case "phone_other":
		return d.quote(e.plant(ClassPhone, e.writtenPhone(e.other)))
	case "first":
		return d.quote(e.plant(ClassName, p.first))
	case "last":
		return d.quote(e.plant(ClassName, p.last))
	case "full_name":
		return d.quote(e.fullName())
	case "customer":
		return d.quote(e.plant(ClassCustomer, p.customer))
	case "device":
		return d.quote(e.plant(ClassDevice, p.device))
	case "advertising":
		return d.quote(e.plant(ClassDevice, p.advertising))
	case "ip":
		return d.quote(e.plant(ClassIP, p.ip))
	case "card":
		return d.quote(e.plant(ClassCard, p.card))
	case "text", "text_agent", "text_note":
		return d.quote(e.text(name))
	}
	return e.harmless(d, name)
}

func (e *event) plant(class Class, text string) string {
	e.planted = append(e.planted, Identifier{class, text})
	return text
}

// fullName comes in capitals from the till.
func (e *event) fullName() string {
	e.plant(ClassName, e.person.first)
	e.plant(ClassName, e.person.last)
	name := e.person.first + " " + e.person.last
	if e.channel == POS {
		name = strings.ToUpper(name)
	}
	return e.plant(ClassName, name)
}

// text is what people say and write, with identifiers in the middle of it.
func (e *event) text(name string) string {
	p := e.person
	e.plant(ClassName, p.first)
	e.plant(ClassName, p.last)
	e.plant(ClassPhone, p.phone)
	e.plant(ClassEmail, p.email)
	full, number := e.plant(ClassName, p.first+" "+p.last), e.channelPhone()
	switch name {
	case "text_agent":
		return e.plant(ClassText, fmt.Sprintf("Merci, je note %s et je rappelle %s demain. Dossier n° %d", p.email, full, e.number))
	case "text_note":
		return e.plant(ClassText, fmt.Sprintf("Rappeler %s (%s) avant 18 h.\nPréfère le courriel : %s", full, number, p.email))
	}
	return e.plant(ClassText, fmt.Sprintf("Bonjour, c'est %s, ma commande \"%d\" n'est pas arrivée. Mon numéro : %s, ou bien %s", full, e.number, number, p.email))
}

// channelPhone is the number as people say it, which is not as the software of the call center writes it.
func (e *event) channelPhone() string {
	n := e.person.phone
	return e.plant(ClassPhone, strings.Join([]string{"0" + n[:1], n[1:3], n[3:5], n[5:7], n[7:]}, " "))
}

// harmless gives what identifies nobody and has to come out as it went in.
func (e *event) harmless(d dialect, name string) string {
	switch name {
	case "event":
		return d.quote([]string{"Order Completed", "Product Viewed", "Cart Updated", "Search"}[e.number/5%4])
	case "message_id":
		return d.quote(e.channel.String() + "-" + strconv.Itoa(e.number))
	case "time":
		return d.quote(e.time.Format("2006-01-02T15:04:05.000Z07:00"))
	case "user_agent":
		return d.quote([]string{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"}[e.number%2])
	case "tier":
		return d.quote([]string{"bronze", "silver", "gold"}[e.number%3])
	case "order":
		return d.quote(fmt.Sprintf("CMD-%06d", e.number))
	case "sku":
		return d.quote(fmt.Sprintf("SKU-%04d", e.number*13%9000+1000))
	case "store":
		return d.quote("/shop/pos/lyon-2")
	case "price":
		return fmt.Sprintf("%d.%02d", e.number*7%180+4, e.number%10*10)
	case "number":
		return strconv.Itoa(e.number%400 + 1)
	}
	panic("demo: no value for the place " + name + " of an envelope")
}

// key is what each channel's producer partitions by; a visitor of the web site who is not logged in has none.
func (e *event) key() []byte {
	switch e.channel {
	case Web:
		if e.number%10 == 5 {
			return nil
		}
		return []byte(e.plant(ClassCustomer, e.person.customer))
	case Mobile:
		return []byte(e.plant(ClassDevice, e.person.device))
	case POS:
		return []byte(e.plant(ClassCustomer, e.person.customer))
	case CallCenter:
		return []byte(e.plant(ClassPhone, "+33"+e.person.phone))
	default:
		return []byte(e.plant(ClassEmail, e.person.email))
	}
}

func (e *event) headers() []record.Header {
	headers := []record.Header{{Name: []byte("trace-id"), Value: []byte(fmt.Sprintf("%016x", e.number*0x9E3779B1))}}
	add := func(name, value string) {
		headers = append(headers, record.Header{Name: []byte(name), Value: []byte(value)})
	}
	switch e.channel {
	case Web:
		add("x-user-id", e.plant(ClassCustomer, e.person.customer))
	case CallCenter:
		add("ce_specversion", "1.0")
		add("ce_type", "shop.call.ended")
		add("ce_subject", e.plant(ClassPhone, "0"+e.person.phone))
	case Email:
		add("content-type", "application/json")
		add("x-recipient", e.plant(ClassEmail, capitals(e.person.email)))
	}
	return headers
}
