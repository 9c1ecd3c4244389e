package crypto

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// ErrNoEqualTokens means that the tokens of a value cannot be made again, because each is new.
var ErrNoEqualTokens = errors.New("crypto: method encrypt gives equal values different tokens: those of a value cannot be made again")

// UnderEachKey returns the domain once for each key of its keyset that is enabled, each of which makes its tokens under that key:
// first d itself, then the others in the keyset's order. A value has had one token under each key that was ever the primary one,
// and these are all of them that the keyset can still make. Method encrypt is refused with [ErrNoEqualTokens].
func (d *Domain) UnderEachKey() ([]*Domain, error) {
	if d.params.Method == Encrypt {
		return nil, fmt.Errorf("domain %q: %w", d.params.Domain, ErrNoEqualTokens)
	}
	all := []*Domain{d}
	for _, k := range d.keys {
		if k.Primary || !k.Enabled {
			continue
		}
		// Only the mark of the primary key moves. The keyset in Vault is not touched.
		manager := keyset.NewManagerFromHandle(d.keyset)
		if err := manager.SetPrimary(k.ID); err != nil {
			return nil, fmt.Errorf("crypto: domain %q: %w", d.params.Domain, err)
		}
		h, err := manager.Handle()
		if err != nil {
			return nil, fmt.Errorf("crypto: domain %q: %w", d.params.Domain, err)
		}
		one, err := NewDomain(d.params, h)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return slices.Clip(all), nil
}
