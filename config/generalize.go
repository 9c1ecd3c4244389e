package config

import "time"

// A Generalize says what a value is made less exact to. Exactly one of its members is set.
type Generalize struct {
	IP        *Prefixes    // the network of an address
	Date      string       // the beginning of the day, month, quarter or year
	Age       *Ages        // the band of somebody's age, of the date of birth
	Number    *Numbers     // a rounded number, or its band
	Geo       *Coordinates // rounded coordinates, or a geohash
	Postcode  *Postcode    // the first characters of a postal code
	UserAgent bool         // family and major version
	URL       string       // URLOrigin or URLWithoutQuery
}

// Prefixes are how many bits of an address stay.
type Prefixes struct {
	V4 int // 0 to 31
	V6 int // 0 to 64
}

// Ages are bands of ages.
type Ages struct {
	Bands []int     // in years, ascending, at least one
	At    time.Time // the day at which somebody has the age, in UTC; zero: the record's timestamp
}

// Numbers are what a number becomes: Bands, at least one bound, ascending; or, without them, a multiple of Step between Min and
// Max, which are multiples of it too. All are decimal numbers in the spelling of the file, empty where there is none.
type Numbers struct {
	Step, Min, Max string
	Bands          []string
}

// Coordinates are rounded to Digits behind the point, 0 to 3, or become a geohash of Geohash characters, 1 to 7. Exactly one
// is set.
type Coordinates struct {
	Digits  *int
	Geohash int
}

// A Postcode keeps the first Keep letters and digits, 1 to 6.
type Postcode struct{ Keep int }

// The values of Generalize.URL.
const (
	URLOrigin       = "origin"
	URLWithoutQuery = "without_query"
)
