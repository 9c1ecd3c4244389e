package config

// A Generalize says what a value is made less exact to. Exactly one of its members is set.
type Generalize struct {
	IP   *Prefixes // the network of an address
	Date string    // the beginning of the day, month, quarter or year
}

// Prefixes are how many bits of an address stay.
type Prefixes struct {
	V4 int // 0 to 31
	V6 int // 0 to 64
}
