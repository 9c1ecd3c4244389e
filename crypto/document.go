package crypto

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// DocumentFormat is the format of keyset documents that this program writes, and the newest that it reads.
const DocumentFormat = 1

// MaxDocumentSize bounds a document's JSON in bytes. A keyset of a hundred keys takes a tenth of it.
const MaxDocumentSize = 256 << 10

// A Kind says what a document's keyset is for. It is part of the associated data, so that one can never be put in the
// place of another.
type Kind string

// The kinds of keyset documents.
const (
	KindDomain            Kind = "domain"
	KindQuarantinePublic  Kind = "quarantine-public"  // seals; wrapped too, or its writer could have every record sealed to himself
	KindQuarantinePrivate Kind = "quarantine-private" // opens; wrapped by a Transit key of its own
)

// Errors of a document that a caller may want to tell apart.
var (
	// ErrNewerFormat means that a later release of voile wrote the document.
	ErrNewerFormat = errors.New("crypto: keyset document of a newer format")
	// ErrDisagree means that configuration and document describe different tokens.
	ErrDisagree = errors.New("crypto: configuration and keyset document disagree")
	// ErrUnwrap means that the keyset did not open: the key encryption key refused it or could not be asked, or some
	// member of the document was changed.
	ErrUnwrap = errors.New("crypto: the keyset does not open")
)

// A Document is one wrapped keyset as it lies in Vault, one JSON object:
//
//	{"format": 1, "domain": "customer-email", "method": "tokenize", "normalizer": "email", "normalizer_version": 1,
//	 "region": "", "created": "2026-01-31T12:00:00Z", "keyset": "<base64>"}
//	{"format": 1, "kind": "quarantine-public", "created": "2026-01-31T12:00:00Z", "keyset": "<base64>"}
//
// keyset is Tink's encrypted keyset with all other members as associated data: a document of which anything was changed
// does not open. The order of the members and white space mean nothing.
type Document struct {
	Kind    Kind
	Params  Params    // of KindDomain, else zero
	Created time.Time // whole seconds, UTC
	wrapped []byte    // Tink's EncryptedKeyset, binary; nil until Wrap
}

// NewDomainDocument returns the document of a domain, without a keyset yet.
func NewDomainDocument(p Params, created time.Time) (*Document, error) {
	return (&Document{Kind: KindDomain, Params: p, Created: created.UTC().Truncate(time.Second)}).valid()
}

// NewQuarantineDocument returns the document of a quarantine keyset, without a keyset yet.
func NewQuarantineDocument(k Kind, created time.Time) (*Document, error) {
	if k == KindDomain {
		return nil, errors.New("crypto: a domain's document is no quarantine document")
	}
	return (&Document{Kind: k, Created: created.UTC().Truncate(time.Second)}).valid()
}

// valid returns d if it is.
func (d *Document) valid() (*Document, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	return d, nil
}

// name says in errors which document it is.
func (d *Document) name() string {
	if d.Kind == KindDomain {
		return fmt.Sprintf("keyset document of domain %q", d.Params.Domain)
	}
	return fmt.Sprintf("%s keyset document", d.Kind)
}

func (d *Document) validate() error {
	switch d.Kind {
	case KindDomain:
		if err := d.Params.validate(); err != nil {
			return err
		}
	case KindQuarantinePublic, KindQuarantinePrivate:
		if d.Params != (Params{}) {
			return fmt.Errorf("crypto: %s: has the members of a domain", d.name())
		}
	default:
		return errors.New("crypto: keyset document: unknown kind: want quarantine-public, quarantine-private, or none for a domain")
	}
	if y := d.Created.Year(); y < 1970 || y > 9999 {
		return fmt.Errorf("crypto: %s: created is no time that RFC 3339 can write", d.name())
	}
	return nil
}

// created returns the text of the creation time, which is bound as it stands.
func (d *Document) created() string { return d.Created.Format(time.RFC3339) }

// associatedData returns every member but keyset, injectively encoded. The kind stands first behind the label and fixes
// how many fields follow.
func (d *Document) associatedData() []byte {
	fields := []string{"voile keyset document", strconv.Itoa(DocumentFormat), string(d.Kind)}
	if d.Kind == KindDomain {
		p := d.Params
		fields = append(fields, p.Domain, string(p.Method), p.Normalizer, strconv.Itoa(p.NormalizerVersion), p.Region)
	}
	return appendFields(nil, append(fields, d.created())...)
}

// checkKeyset says whether h holds what a document of this kind is for.
func (d *Document) checkKeyset(h *keyset.Handle) error {
	switch d.Kind {
	case KindQuarantinePublic:
		return checkKeyset(h, hpkePublicType, tinkpb.OutputPrefixType_TINK)
	case KindQuarantinePrivate:
		return checkKeyset(h, hpkePrivateType, tinkpb.OutputPrefixType_TINK)
	}
	return checkMethodKeyset(h, d.Params.Method)
}

// Wrap encrypts the keyset of h under the key encryption key and puts it into the document.
func (d *Document) Wrap(h *keyset.Handle, kek tink.AEAD) error {
	if err := d.validate(); err != nil {
		return err
	}
	if err := d.checkKeyset(h); err != nil {
		return fmt.Errorf("crypto: %s: %w", d.name(), err)
	}
	var buf bytes.Buffer
	if err := h.WriteWithAssociatedData(keyset.NewBinaryWriter(&buf), kek, d.associatedData()); err != nil {
		return fmt.Errorf("crypto: %s: wrap the keyset: %w", d.name(), err)
	}
	d.wrapped = buf.Bytes()
	return nil
}

// Unwrap decrypts the document's keyset under the key encryption key. The error wraps [ErrUnwrap], and what kek said.
func (d *Document) Unwrap(kek tink.AEAD) (*keyset.Handle, error) {
	if d.wrapped == nil {
		return nil, fmt.Errorf("crypto: %s: holds no keyset", d.name())
	}
	k := &listeningAEAD{AEAD: kek}
	h, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(d.wrapped)), k, d.associatedData())
	switch {
	case k.err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrUnwrap, d.name(), k.err)
	case err != nil: // Tink's words say nothing more that helps
		return nil, fmt.Errorf("%w: %s: not a keyset", ErrUnwrap, d.name())
	}
	if err := d.checkKeyset(h); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnwrap, d.name(), err)
	}
	return h, nil
}

// listeningAEAD keeps the key encryption key's own error, of which Tink passes on only the text: a caller needs to know
// whether Vault refused or could not be reached.
type listeningAEAD struct {
	tink.AEAD
	err error
}

func (l *listeningAEAD) Decrypt(ciphertext, associatedData []byte) ([]byte, error) {
	plaintext, err := l.AEAD.Decrypt(ciphertext, associatedData)
	l.err = err
	return plaintext, err
}

// Disagree returns nil if a configuration that asks for p describes the document's tokens, else an error that wraps
// [ErrDisagree] and names both sides of every difference. Two proxies that normalize differently would silently give
// one person two tokens.
func (d *Document) Disagree(p Params) error {
	if err := p.validate(); err != nil {
		return err
	}
	if d.Kind != KindDomain {
		return fmt.Errorf("%w: domain %q finds a %s", ErrDisagree, p.Domain, d.name())
	}
	var diffs []string
	differ := func(what, configured, documented string) {
		if configured != documented {
			diffs = append(diffs, fmt.Sprintf("%s is %q in the configuration and %q in the document", what, configured, documented))
		}
	}
	differ("domain", p.Domain, d.Params.Domain)
	differ("method", string(p.Method), string(d.Params.Method))
	differ("normalizer", p.Normalizer, d.Params.Normalizer)
	differ("region", p.Region, d.Params.Region)
	if p.Normalizer == d.Params.Normalizer && p.NormalizerVersion != d.Params.NormalizerVersion {
		diffs = append(diffs, fmt.Sprintf("normalizer %s has version %d in this program and %d in the document", p.Normalizer, p.NormalizerVersion, d.Params.NormalizerVersion))
	}
	if diffs == nil {
		return nil
	}
	return fmt.Errorf("%w: domain %q: %s: equal values would get other tokens than before; set the configuration to what the document says, run the release of voile that wrote it, or use a new domain name",
		ErrDisagree, p.Domain, strings.Join(diffs, "; "))
}

// documentJSON is the JSON of a document. Its pointers tell what is missing from what is empty.
type documentJSON struct {
	Format            *int    `json:"format"`
	Kind              *Kind   `json:"kind,omitempty"`
	Domain            *string `json:"domain,omitempty"`
	Method            *Method `json:"method,omitempty"`
	Normalizer        *string `json:"normalizer,omitempty"`
	NormalizerVersion *int    `json:"normalizer_version,omitempty"`
	Region            *string `json:"region,omitempty"`
	Created           *string `json:"created"`
	Keyset            *string `json:"keyset"`
}

// Marshal returns the document's JSON.
func (d *Document) Marshal() ([]byte, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	if d.wrapped == nil {
		return nil, fmt.Errorf("crypto: %s: holds no keyset", d.name())
	}
	format, created, wrapped := DocumentFormat, d.created(), base64.StdEncoding.EncodeToString(d.wrapped)
	j := documentJSON{Format: &format, Created: &created, Keyset: &wrapped}
	if p := d.Params; d.Kind == KindDomain {
		j.Domain, j.Method, j.Normalizer, j.NormalizerVersion, j.Region = &p.Domain, &p.Method, &p.Normalizer, &p.NormalizerVersion, &p.Region
	} else {
		j.Kind = &d.Kind
	}
	out, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("crypto: %s: %w", d.name(), err)
	}
	if len(out) > MaxDocumentSize {
		return nil, fmt.Errorf("crypto: %s: %d bytes, more than the %d that a document may have: the keyset has too many keys", d.name(), len(out), MaxDocumentSize)
	}
	return out, nil
}

// ParseDocument reads a document strictly: every member there once and known, nothing behind the object. A document of a
// newer format is refused with [ErrNewerFormat] before anything else of it is looked at.
func ParseDocument(data []byte) (*Document, error) {
	if len(data) > MaxDocumentSize {
		return nil, fmt.Errorf("crypto: keyset document: %d bytes, more than the %d that a document may have", len(data), MaxDocumentSize)
	}
	members, err := documentMembers(data)
	if err != nil {
		return nil, fmt.Errorf("crypto: keyset document: %w", err)
	}
	j, err := decodeMembers(members)
	if err != nil {
		return nil, err
	}
	d := &Document{Kind: KindDomain}
	if j.Kind != nil {
		d.Kind = *j.Kind
	}
	if d.Kind == KindDomain {
		if j.Kind != nil || j.Domain == nil || j.Method == nil || j.Normalizer == nil || j.NormalizerVersion == nil || j.Region == nil {
			return nil, errors.New("crypto: keyset document: not all members of a domain's document, or no kind: want domain, method, normalizer, normalizer_version, region")
		}
		d.Params = Params{Domain: *j.Domain, Method: *j.Method, Normalizer: *j.Normalizer, NormalizerVersion: *j.NormalizerVersion, Region: *j.Region}
	} else if j.Domain != nil || j.Method != nil || j.Normalizer != nil || j.NormalizerVersion != nil || j.Region != nil {
		return nil, errors.New("crypto: keyset document: members of a domain beside a kind")
	}
	return d.fill(j)
}

// fill takes what every kind of document has, checks the whole, and returns it.
func (d *Document) fill(j documentJSON) (*Document, error) {
	if j.Created == nil || j.Keyset == nil {
		return nil, errors.New("crypto: keyset document: want created and keyset")
	}
	created, err := time.Parse(time.RFC3339, *j.Created)
	if d.Created = created.UTC(); err != nil || d.created() != *j.Created {
		return nil, errors.New("crypto: keyset document: created is no UTC time as 2026-01-31T12:00:00Z")
	}
	d.wrapped, err = base64.StdEncoding.Strict().DecodeString(*j.Keyset)
	if err != nil || len(d.wrapped) == 0 || strings.ContainsAny(*j.Keyset, "\r\n") {
		return nil, errors.New("crypto: keyset document: keyset is not base64")
	}
	return d.valid()
}

// documentMembers splits one JSON object. Its errors name no value.
func documentMembers(data []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	members := map[string]json.RawMessage{}
	for dec.More() {
		t, err := dec.Token()
		name, isName := t.(string)
		var value json.RawMessage
		if err != nil || !isName || dec.Decode(&value) != nil {
			return nil, fmt.Errorf("not JSON near byte %d", dec.InputOffset())
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("a member stands there twice, near byte %d", dec.InputOffset())
		}
		members[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("the JSON object does not end")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the JSON object at byte %d", dec.InputOffset())
	}
	return members, nil
}

// decodeMembers reads each member by its exact name; encoding/json alone would take Keyset for keyset.
func decodeMembers(members map[string]json.RawMessage) (documentJSON, error) {
	var j documentJSON
	if err := json.Unmarshal(members["format"], &j.Format); err != nil || j.Format == nil || *j.Format < 1 {
		return j, errors.New("crypto: keyset document: no format: want a number, as 1")
	}
	if *j.Format > DocumentFormat {
		return j, fmt.Errorf("%w: it has format %d, this program reads up to %d: run a newer release of voile", ErrNewerFormat, *j.Format, DocumentFormat)
	}
	delete(members, "format")
	targets := map[string]any{
		"kind": &j.Kind, "domain": &j.Domain, "method": &j.Method, "normalizer": &j.Normalizer,
		"normalizer_version": &j.NormalizerVersion, "region": &j.Region, "created": &j.Created, "keyset": &j.Keyset,
	}
	for name, value := range members {
		target, known := targets[name]
		if !known {
			return j, fmt.Errorf("crypto: keyset document: format %d has no member %.40q", DocumentFormat, name)
		}
		if json.Unmarshal(value, target) != nil || bytes.Equal(value, []byte("null")) {
			return j, fmt.Errorf("crypto: keyset document: %s is of the wrong type", name)
		}
	}
	return j, nil
}
