package kafkatest

import "testing"

// A port that has been let go may be given again at once: of many nodes two listeners had the same now and then.
func TestFreeAddressesAreDistinct(t *testing.T) {
	const n = 400
	addresses, err := freeAddresses(n)
	if err != nil {
		t.Fatal(err)
	}
	distinct := map[string]bool{}
	for _, a := range addresses {
		distinct[a] = true
	}
	if len(distinct) != n {
		t.Errorf("%d different addresses, want %d", len(distinct), n)
	}
}
