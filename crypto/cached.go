package crypto

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"

	"voile/crypto/tokencache"
)

// Cached returns the domain with its latest tokens kept in cache: a value that comes back gets the same token as ever, byte by byte,
// without the cipher. Two calls share nothing of what is kept, even under one cache, so that a keyset that was read again never gives
// a token of the former key.
//
// The domain itself is returned for the nil cache, and for the methods that gain nothing (hash, whose cipher costs no
// more than a cache) or must not be kept (encrypt, of which every token is new).
//
// A cache holds values in the clear, for as long as nothing displaces them: docs/adr/0030-token-cache.md.
func (d *Domain) Cached(cache *tokencache.Cache) *Domain {
	siv, ok := d.mech.(*sivMechanism)
	if !ok {
		return d
	}
	kept := cache.Open()
	if kept == nil {
		return d
	}
	m := &cachedMechanism{sivMechanism: siv, kept: kept}
	m.prefix[0] = prefixByte
	for _, k := range d.keys {
		if k.Primary {
			binary.BigEndian.PutUint32(m.prefix[1:], k.ID)
		}
	}
	return &Domain{
		params: d.params, norm: d.norm, mech: m, head: d.head, keys: d.keys, keyset: d.keyset,
		pool: sync.Pool{New: func() any { return new(scratch) }},
	}
}

// cachedMechanism is tokenize, with a cache before the cipher. Kept are the padded value and what follows the prefix in the token's bytes:
// the synthetic IV and the ciphertext, which is as long as the padded value.
type cachedMechanism struct {
	*sivMechanism
	kept   *tokencache.Keyset
	prefix [prefixLen]byte // of the primary key
}

func (m *cachedMechanism) seal(work *[]byte, plaintext []byte) ([]byte, error) {
	size := blockSize(len(plaintext))
	if size > tokencache.MaxKey {
		return m.sivMechanism.seal(work, plaintext)
	}
	// Room for everything at once: memory that is grown out of would keep the plaintext.
	in := slices.Grow(*work, size+prefixLen+sivLen+size)
	in = appendPadded(in, plaintext, size)
	padded := in
	in = append(in, m.prefix[:]...)
	in, found, wanted := m.kept.Get(in, padded)
	*work = in
	if found {
		return in[size:], nil
	}
	raw, err := m.daead.EncryptDeterministically(padded, m.ad)
	if err == nil && wanted && len(raw) == prefixLen+sivLen+size && bytes.HasPrefix(raw, m.prefix[:]) {
		m.kept.Put(padded, raw[prefixLen:])
	}
	return raw, err
}
