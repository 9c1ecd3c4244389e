package demo

import "strings"

// A Channel is one of the five ways in which the shop meets its customers.
type Channel int

// The channels, in the order in which the demo shows them.
const (
	Web Channel = iota
	Mobile
	POS
	CallCenter
	Email
)

// Channels lists them.
func Channels() []Channel { return []Channel{Web, Mobile, POS, CallCenter, Email} }

// String is the channel's name, which is also the name of its route in Config.
func (c Channel) String() string {
	return [...]string{"web", "mobile", "pos", "callcenter", "email"}[c]
}

// Source and Sink are the topics of the channel's route.
func (c Channel) Source() string { return "events." + c.String() + ".raw" }

// Sink is the topic with the tokens.
func (c Channel) Sink() string { return "events." + c.String() }

// envelopes are the events' JSON, with a ${name} for each value that differs from event to event: in the manner of
// the SDKs that are common in each channel. The lines are joined without their indentation.
var envelopes = [...]string{
	Web: compact(`{"type":"track","event":${event},"messageId":${message_id},"timestamp":${time},"userId":${customer},
		"anonymousId":${device},"channel":"browser","context":{"ip":${ip},"userAgent":${user_agent},"locale":"fr-FR",
		"timezone":"Europe/Paris","page":{"path":"/checkout/${number}","title":"Votre panier","url":"https://shop.example/checkout/${number}",
		"referrer":"https://www.shop.example/soldes"},"campaign":{"name":"soldes-hiver","source":"newsletter","medium":"link"},
		"traits":{"email":${email},"phone":${phone},"firstName":${first},"lastName":${last},"plan":${tier}},
		"library":{"name":"shop-tag","version":"3.1.0"},"screen":{"width":1920,"height":1080,"density":2}},
		"properties":{"order_id":${order},"currency":"EUR","revenue":${price},"coupon":null,
		"products":[{"sku":${sku},"name":"lampe \"Lune\"","quantity":2,"price":${price}},{"sku":"SKU-0042","name":"vase","quantity":1,"price":9.90}],
		"recipients":[{"phone":${phone_other},"gift":true}],"message":${text}},"integrations":{"All":true},"sentAt":${time}}`),
	Mobile: compact(`{"userId":${customer},"type":"screen","name":${event},"messageId":${message_id},"originalTimestamp":${time},
		"context":{"ip":${ip},"device":{"id":${device},"advertisingId":${advertising},"model":"Pixel 12","manufacturer":"Google","type":"android"},
		"app":{"name":"Boutique","version":"7.1.0","build":"70100","namespace":"example.shop.app"},
		"os":{"name":"Android","version":"17"},"screen":{"density":420,"width":1080,"height":2400},
		"network":{"carrier":"Réseau de test","wifi":true,"bluetooth":false},"locale":"fr-FR","timezone":"Europe/Paris",
		"library":{"name":"shop-kotlin","version":"2.4.1"}},
		"traits":{"email":${email},"phone":${phone},"firstName":${first},"lastName":${last},"opt_in":true,"loyalty":{"tier":${tier},"points":${number}}},
		"properties":{"cart_value":${price},"items":${number},"first_open":false,"order_no":123456789012345678901234567890},"sentAt":${time}}`),
	POS: compact(`{"specversion":"1.0","id":${message_id},"source":${store},"type":"shop.pos.sale","time":${time},"datacontenttype":"application\/json",
		"subject":${customer},"partitionkey":${customer},"data":{"store":${store},"ticket":${number},"register":4,
		"customer":{"loyalty_id":${customer},"name":${full_name},"email":${email},"phone":${phone},"segment":${tier}},
		"lines":[{"sku":${sku},"label":"Tasse \u0022Brume\u0022","qty":2,"price":${price},"vat":20},{"sku":"SKU-0042","label":"Vase","qty":1,"price":9.90,"vat":20}],
		"payment":{"type":"card","card":${card},"contactless":true,"amount":${price}},"discounts":[],"returned":null,"total":1.0E+2}}`),
	CallCenter: spaced(`{"call_id": ${message_id}, "queue": "sav", "started_at": ${time}, "wait_s": ${number}, "talk_s": 283,
		"caller": {"ani": ${phone}, "email": ${email}, "name": ${full_name}, "language": "fr", "vip": false},
		"agent": {"desk": 12, "team": "Lyon", "skills": ["retours", "livraison"]},
		"reason": {"code": "R-17", "label": "colis en retard", "order": ${order}, "amount": ${price}},
		"ivr": [{"menu": 1, "key": "2"}, {"menu": 4, "key": "1"}],
		"transcript": [{"who": "client", "t": 1.5, "text": ${text}}, {"who": "agent", "t": 9, "text": ${text_agent}}],
		"notes": ${text_note}, "satisfaction": null, "resolved": true}`),
	Email: compact(`{"id":${message_id},"type":"shop.mail.opened","source":"/shop/email","time":${time},
		"data":{"mail":{"campaign":"soldes-hiver","template":"relance-panier-3","subject":"Votre panier vous attend",
		"to":[{"address":${email},"name":${full_name}}],"opens":${number},"links":["https://shop.example/soldes","https://shop.example/panier"],
		"size":48213,"dkim":"pass","spf":"pass"},"sms_fallback":${phone},
		"client":{"ip":${ip},"agent":${user_agent},"proxy":false,"name":"Courrier"},
		"mta":{"pool":"eu-1","relay":"mta-1.example.net","tries":1,"tls":"TLSv1.3","queue_ms":${number}},"list":{"id":"newsletter-fr","double_opt_in":true},
		"tracking":{"pixel":true,"revenue":${price},"order":${order},"tier":${tier}}}}`),
}

// compact joins the lines of an envelope.
func compact(lines string) string { return strings.Join(strings.Split(lines, "\n\t\t"), "") }

// spaced does it for an SDK that writes a space after commas.
func spaced(lines string) string { return strings.Join(strings.Split(lines, "\n\t\t"), " ") }
