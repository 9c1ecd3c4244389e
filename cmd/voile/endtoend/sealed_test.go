package endtoend

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/crypto"
	"voile/crypto/vault"
	"voile/internal/kafkatest"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
)

// planted is in every text that must not be seen outside the seal.
const planted = "planted"

// routeConfig is a further route for flowConfig, of the same shape, with a quarantine topic of its own.
func routeConfig(name string, more ...string) string {
	return fmt.Sprintf(`
  - name: %[1]s
    from: [%[1]s.raw]
    to: %[1]s
    quarantine: {topic: %[1]s.q}
    fields:
      - {key: true, domain: customer-email}
      - {path: $.email, domain: customer-email, required: true}
`, name) + strings.Join(append(more, ""), "\n")
}

// operator logs in to Vault as somebody who may do everything.
func (s *site) operator(t *testing.T) *vault.Client {
	t.Helper()
	client, err := vault.Open(t.Context(), vault.Options{Address: s.vault.Address,
		Auth: vault.Auth{Token: func() (string, error) { return s.vault.RootToken, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// opener opens what is sealed, as an operator does, and never a proxy.
func (s *site) opener(t *testing.T) *crypto.Opener {
	t.Helper()
	opener, err := s.operator(t).LoadOpener(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return opener
}

// sealed is an opened entry, and the records of the quarantine topic that it lay in.
type sealed struct {
	*quarantine.Entry
	parts []*kgo.Record
}

// unseal opens all that is in a quarantine topic, in its order, and demands that it is whole and that nothing of it is
// readable without the key.
func unseal(t *testing.T, s *site, opener *crypto.Opener, topic string) (entries []sealed) {
	t.Helper()
	parts, raw := map[string][]*quarantine.Part{}, map[string][]*kgo.Record{}
	var order []string
	for _, r := range kafkatest.ReadAll(t, s.brokers, topic, true) {
		if text := textOf(r); bytes.Contains(text, []byte(planted)) {
			t.Fatalf("%s/%d at offset %d: a planted value is in the clear", topic, r.Partition, r.Offset)
		}
		part, err := quarantine.Open(opener, recordOf(r))
		if err != nil {
			t.Fatalf("%s/%d at offset %d: %v", topic, r.Partition, r.Offset, err)
		}
		id := part.ID()
		if parts[id] == nil {
			order = append(order, id)
		}
		parts[id], raw[id] = append(parts[id], part), append(raw[id], r)
	}
	for _, id := range order {
		e, err := quarantine.Join(parts[id])
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, sealed{e, raw[id]})
	}
	return entries
}

// textOf is all that a record shows.
func textOf(r *kgo.Record) []byte {
	text := slices.Concat(r.Key, []byte("\n"), r.Value)
	for _, h := range r.Headers {
		text = fmt.Appendf(text, "\n%s: %s", h.Key, h.Value)
	}
	return text
}

func recordOf(r *kgo.Record) *record.Record {
	out := &record.Record{Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, record.Header{Name: []byte(h.Key), Value: h.Value})
	}
	return out
}

// same says how a record differs from the one that it should be, null told from empty; "" not at all.
func same(got, want *record.Record) string {
	equal := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
	switch {
	case got == nil:
		return "there is no record"
	case got.Offset != want.Offset:
		return "the offset"
	case got.Timestamp != want.Timestamp:
		return "the timestamp"
	case !equal(got.Key, want.Key):
		return "the key"
	case !equal(got.Value, want.Value):
		return "the value"
	case !slices.EqualFunc(got.Headers, want.Headers, func(a, b record.Header) bool {
		return equal(a.Name, b.Name) && equal(a.Value, b.Value)
	}):
		return "the headers"
	}
	return ""
}

// changed: a part whose headers or key were changed in any way does not open.
func changed(t *testing.T, opener *crypto.Opener, part *kgo.Record) {
	t.Helper()
	if _, err := quarantine.Open(opener, recordOf(part)); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, change func(*record.Record)) {
		r := recordOf(part)
		r.Key = bytes.Clone(r.Key)
		change(r)
		if _, err := quarantine.Open(opener, r); !errors.Is(err, quarantine.ErrRefused) {
			t.Errorf("%s: %v, want a refusal", what, err)
		}
	}
	for i, h := range part.Headers {
		refused("another "+h.Key, func(r *record.Record) { r.Headers[i].Value = append(bytes.Clone(h.Value), '0') })
		refused("another name than "+h.Key, func(r *record.Record) { r.Headers[i].Name = []byte("voile-x") })
		refused("no "+h.Key, func(r *record.Record) { r.Headers = slices.Delete(r.Headers, i, i+1) })
	}
	refused("a header more", func(r *record.Record) { r.Headers = append(r.Headers, record.Header{Name: []byte("x")}) })
	refused("another key", func(r *record.Record) { r.Key[0]++ })
}
