package main

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"voile/crypto"
	"voile/crypto/vault"
)

func TestPrintStatus(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	s := vault.Status{
		TransitKeys: []vault.TransitStatus{{Path: "transit/keys/voile", Version: 3}, {Path: "transit/keys/voile-quarantine", Err: errors.New("x")}},
		Domains: []vault.DomainStatus{
			{Params: crypto.Params{Domain: "customer-phone", Method: crypto.Tokenize, Normalizer: "phone", Region: "FR"}, Created: now.Add(-50 * time.Hour),
				Opened: true, Keys: []crypto.Key{{ID: 4294967295, Enabled: true, Primary: true}, {ID: 7, Enabled: true}, {ID: 8}}},
			{Params: crypto.Params{Domain: "free-text", Method: crypto.Encrypt, Normalizer: "text"}, Err: errors.New("x")},
		},
		Quarantine: []vault.QuarantineStatus{{Kind: crypto.KindQuarantinePrivate, Created: now}, {Kind: crypto.KindQuarantinePublic, Created: now, Opened: true, Keys: []crypto.Key{{ID: 9, Enabled: true, Primary: true}}}},
	}
	const want = `TRANSIT KEY                    VERSION
transit/keys/voile             3
transit/keys/voile-quarantine  -

KEYSET             METHOD    VALUE     KEY IDS                     AGE     CREATED
customer-phone     tokenize  phone FR  4294967295*, 7, 8 (off)     2 days  2026-02-28
free-text          encrypt   text      -                           -       -
quarantine private seal      -         not opened                  now     2026-03-02
quarantine public  seal      -         9*                          now     2026-03-02
`
	var out bytes.Buffer
	if err := printStatus(&out, s, now); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); squeeze(got) != squeeze(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The shape is documented, and what reads it relies on it.
func TestPrintStatusJSON(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	s := vault.Status{
		TransitKeys: []vault.TransitStatus{{Path: "transit/keys/voile", Version: 3}, {Path: "transit/keys/voile-quarantine", Err: errors.New("not <found>")}},
		Domains: []vault.DomainStatus{
			{Params: crypto.Params{Domain: "customer-phone", Method: crypto.Tokenize, Normalizer: "phone", NormalizerVersion: 1, Region: "FR"}, Path: "secret/data/voile/keysets/customer-phone",
				Created: at, Version: 2, Opened: true, Keys: []crypto.Key{{ID: 4294967295, Enabled: true, Primary: true}, {ID: 8}}},
			{Params: crypto.Params{Domain: "free-text", Method: crypto.Encrypt, Normalizer: "text", NormalizerVersion: 1}, Path: "secret/data/voile/keysets/free-text", Err: errors.New("x")},
		},
		Quarantine: []vault.QuarantineStatus{{Kind: crypto.KindQuarantinePrivate, Path: "secret/data/voile/quarantine/private", Created: at, Version: 1}},
	}
	const want = `{
  "transit_keys": [
    {
      "path": "transit/keys/voile",
      "version": 3
    },
    {
      "path": "transit/keys/voile-quarantine",
      "error": "not <found>"
    }
  ],
  "keysets": [
    {
      "kind": "domain",
      "domain": "customer-phone",
      "method": "tokenize",
      "normalizer": "phone",
      "normalizer_version": 1,
      "region": "FR",
      "path": "secret/data/voile/keysets/customer-phone",
      "version": 2,
      "created": "2026-03-02T12:00:00Z",
      "opened": true,
      "keys": [
        {
          "id": 4294967295,
          "primary": true,
          "enabled": true
        },
        {
          "id": 8,
          "primary": false,
          "enabled": false
        }
      ]
    },
    {
      "kind": "domain",
      "domain": "free-text",
      "method": "encrypt",
      "normalizer": "text",
      "normalizer_version": 1,
      "path": "secret/data/voile/keysets/free-text",
      "opened": false,
      "keys": [],
      "error": "x"
    },
    {
      "kind": "quarantine-private",
      "path": "secret/data/voile/quarantine/private",
      "version": 1,
      "created": "2026-03-02T12:00:00Z",
      "opened": false,
      "keys": []
    }
  ]
}
`
	var out bytes.Buffer
	if err := printStatusJSON(&out, s); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// squeeze makes runs of blanks one, because the width of columns is not what is tested.
func squeeze(text string) string {
	for _, blanks := range []string{"        ", "    ", "  ", "  ", "  "} {
		text = string(bytes.ReplaceAll([]byte(text), []byte(blanks), []byte(" ")))
	}
	return text
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "now", -time.Hour: "now", 61 * time.Second: "1 minute", 59 * time.Minute: "59 minutes",
		time.Hour: "1 hour", 47 * time.Hour: "1 day", 48 * time.Hour: "2 days",
	} {
		if got := age(d); got != want {
			t.Errorf("age(%v) = %q, want %q", d, got, want)
		}
	}
}
