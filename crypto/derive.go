package crypto

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// DeriveLen is how many bytes [Domain.Derive] gives.
const DeriveLen = hashLen

// deriveLabel separates what Derive computes from the values' inputs, which begin with a byte 0, and from the check's
// (checkLabel): none of the three is the beginning of another.
const deriveLabel = "vh1-derive"

// errNoPRF is the answer of methods that have no PRF. The configuration refuses such a use of a domain, so it is a mistake
// of the program.
var errNoPRF = errors.New("only a domain of method hash derives")

// Derive appends DeriveLen bytes to dst that depend on the domain's key, on the domain, on label and on plaintext, and on
// nothing else. They are what a transform makes a token of its own shape from, or a shift, or a choice. Who has no key
// cannot tell them from random ones, and those of one label say nothing about those of another or about the domain's
// tokens:
//
//	PRF("vh1-derive" ‖ uvarint(len(label)) ‖ label ‖ len(ad) ‖ ad ‖ plaintext)
//
// ad is the associated data of the domain's tokens, its length four bytes, big-endian. Read from the left, each length says
// where the next part begins, so two different lists of label, domain and plaintext never give the same bytes.
//
// plaintext MUST be what Normalize gave. label MUST be a constant of the program, one per use: two uses of one label give
// equal values equal bytes. The key is the primary one, so a rotation of the keyset changes what is derived, as it does the
// tokens. Only a domain of method hash derives; the error says nothing about plaintext.
func (d *Domain) Derive(dst []byte, label string, plaintext []byte) ([]byte, error) {
	m, ok := d.mech.(*prfMechanism)
	if !ok {
		return dst, fmt.Errorf("crypto: domain %q: derive: %w", d.params.Domain, errNoPRF)
	}
	if label == "" {
		return dst, fmt.Errorf("crypto: domain %q: derive: no label", d.params.Domain)
	}
	s := d.scratch()
	defer d.release(s)
	out, err := m.derive(&s.work, label, plaintext)
	if err != nil {
		return dst, fmt.Errorf("crypto: domain %q: derive: %w", d.params.Domain, err)
	}
	return append(dst, out...), nil
}

func (m *prfMechanism) derive(work *[]byte, label string, plaintext []byte) ([]byte, error) {
	// Room for everything at once: memory that is grown out of would keep the plaintext.
	in := slices.Grow(*work, len(deriveLabel)+binary.MaxVarintLen64+len(label)+len(m.ad)+len(plaintext))
	in = append(in, deriveLabel...)
	in = binary.AppendUvarint(in, uint64(len(label)))
	in = append(in, label...)
	in = append(append(in, m.ad...), plaintext...)
	*work = in
	return m.prfs[binary.BigEndian.Uint32(m.prefix[1:])].ComputePRF(in, DeriveLen)
}
