package discover

import (
	"strings"

	"voile/pipeline/detect"
)

// The kinds that only names tell, beside those of package detect.
const (
	nothing       Kind = "-" // no identifier
	ip            Kind = "ip"
	firstName     Kind = "first_name"
	lastName      Kind = "last_name"
	personName    Kind = "person_name"
	username      Kind = "username"
	userID        Kind = "user_id"
	loyaltyID     Kind = "loyalty_id"
	deviceID      Kind = "device_id"
	anonymousID   Kind = "anonymous_id"
	sessionID     Kind = "session_id"
	nationalID    Kind = "national_id"
	birthDate     Kind = "birth_date"
	street        Kind = "street"
	postcode      Kind = "postcode"
	latitude      Kind = "latitude"
	longitude     Kind = "longitude"
	userAgent     Kind = "user_agent"
	secret        Kind = "secret"
	freeText      Kind = "free_text"
	recurringUUID Kind = "uuid" // one that comes again, as that of a person or a device does
)

// A treatment is what is proposed for a kind: a domain, or an action without a key.
type treatment struct {
	detected bool // a detector knows it: a name alone is not believed
	domain   string
	method   string
	value    string               // the normalizer
	action   string               // in the words of a rule, where there is no domain
	fits     func(*evidence) bool // whether the texts can be what the name says; nil: whatever they are
}

// treatments has every kind that the dictionary may name. Kinds of package detect that are not here are hashed in a domain of their own.
var treatments = map[Kind]treatment{
	nothing:  {},
	freeText: {},

	"email":          {detected: true, domain: "customer-email", method: "tokenize", value: "email"},
	"phone":          {detected: true, domain: "customer-phone", method: "tokenize", value: "phone"},
	"iban":           {detected: true, domain: "customer-iban", method: "tokenize", value: "iban"},
	"card":           {detected: true, domain: "payment-card", method: "hash", value: "card"},
	"nir":            {detected: true, domain: "customer-nir", method: "hash", value: "nir"},
	"siren":          {detected: true, domain: "company-siren", method: "hash", value: "siren"},
	"siret":          {detected: true, domain: "company-siret", method: "hash", value: "siret"},
	"vat":            {detected: true, domain: "company-vat", method: "hash", value: "vat"},
	nationalID:       {domain: "national-id", method: "hash", value: "trimmed", fits: hasDigits},
	ip:               {detected: true, domain: "client-ip", method: "hash", value: "ip"},
	"mac":            {detected: true, domain: "device-mac", method: "hash", value: "trimmed"},
	"imei":           {detected: true, domain: "device-imei", method: "hash", value: "trimmed"},
	"advertising_id": {domain: "advertising-id", method: "hash", value: "trimmed"},
	deviceID:         {domain: "device-id", method: "hash", value: "trimmed"},
	anonymousID:      {domain: "anonymous-id", method: "hash", value: "trimmed"},
	sessionID:        {domain: "session-id", method: "hash", value: "trimmed"},
	recurringUUID:    {domain: "recurring-id", method: "hash", value: "trimmed"},
	userID:           {domain: "customer-id", method: "hash", value: "trimmed"},
	loyaltyID:        {domain: "loyalty-id", method: "hash", value: "trimmed"},
	username:         {domain: "customer-login", method: "hash", value: "trimmed"},
	firstName:        {domain: "customer-first-name", method: "tokenize", value: "name", fits: hasLetters},
	lastName:         {domain: "customer-last-name", method: "tokenize", value: "name", fits: hasLetters},
	personName:       {domain: "customer-name", method: "tokenize", value: "name", fits: hasLetters},
	birthDate:        {action: "generalize: {date: year}, on_invalid: redact", fits: hasDates},
	postcode:         {action: "generalize: {postcode: {keep: 2}}, on_invalid: redact", fits: hasDigits},
	latitude:         {action: "generalize: {geo: {digits: 2}}, on_invalid: redact", fits: hasDigits},
	longitude:        {action: "generalize: {geo: {digits: 2}}, on_invalid: redact", fits: hasDigits},
	"geo":            {detected: true, action: "generalize: {geo: {digits: 2}}, on_invalid: redact"},
	userAgent:        {action: "generalize: {user_agent: true}, on_invalid: redact", fits: hasLetters},
	street:           {action: redact, fits: hasLetters},
	secret:           {action: redact},
	"jwt":            {detected: true, action: redact},
}

const redact = "redact: true"

// treat gives the treatment of any kind.
func treat(k Kind) treatment {
	if t, ok := treatments[k]; ok {
		return t
	}
	return treatment{detected: true, domain: dashed(k), method: "hash", value: "trimmed"}
}

// owned gives a domain for a kind that has none, where only a domain can stand: for a key and for the name of a member.
func (t treatment) owned(k Kind) treatment {
	if t.domain == "" {
		t = treatment{domain: dashed(k), method: "hash", value: "trimmed"}
	}
	return t
}

func dashed(k Kind) string { return strings.ReplaceAll(string(k), "_", "-") }

// hard says that each single hit of a kind counts: its detector's check is not met by chance.
func hard(k Kind) bool { return k == ip || !detect.Kind(k).Weak() }

// uuids are kinds whose values often are UUIDs, so that the name tells which one it is.
func uuids(k Kind) bool {
	switch k {
	case "uuid", "advertising_id", deviceID, anonymousID, sessionID, userID:
		return true
	}
	return false
}

// agrees says that a member's name speaks of a kind, if only in general.
func (n name) agrees(k Kind) bool {
	if n.kind != nationalID {
		return n.kind == k
	}
	switch detect.Kind(k) {
	case detect.BENational, detect.DETaxID, detect.PLPESEL, detect.ESDNI, detect.UKNINO, detect.USSSN, detect.NLBSN, detect.UKNHS, detect.ITFiscalCode, detect.NIR:
		return true
	}
	return false
}

func isPerson(k Kind) bool { return k == personName || k == lastName || k == firstName }

func hasLetters(e *evidence) bool { return e.share(e.letters) >= half }
func hasDates(e *evidence) bool   { return e.share(e.dated) >= half }
func hasDigits(e *evidence) bool  { return e.share(e.digits) >= half }
