package generalize_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"voile/pipeline/generalize"
)

var units = []generalize.Unit{generalize.Day, generalize.Month, generalize.Quarter, generalize.Year}

func TestDate(t *testing.T) {
	day, month, quarter, year := generalize.Date{To: generalize.Day}, generalize.Date{To: generalize.Month}, generalize.Date{To: generalize.Quarter}, generalize.Date{To: generalize.Year}
	check(t, []generalization{
		{"a time to the day", day, "2026-03-02T07:00:06.123Z", "2026-03-02T00:00:00.000Z"},
		{"to the month", month, "2026-03-02T07:00:06.000Z", "2026-03-01T00:00:00.000Z"},
		{"to the quarter", quarter, "2026-12-31T07:00:06Z", "2026-10-01T00:00:00Z"},
		{"to the year", year, "2026-03-02T07:00:06Z", "2026-01-01T00:00:00Z"},
		{"an offset stays, and its clock counts", month, "2026-03-01T00:30:00+02:00", "2026-03-01T00:00:00+02:00"},
		{"an offset without a colon", day, "2026-03-02T07:00:06-0330", "2026-03-02T00:00:00-0330"},
		{"an offset of hours", day, "2026-03-02 07:00:06.5+01", "2026-03-02 00:00:00.0+01"},
		{"no offset", day, "2026-03-02T07:00", "2026-03-02T00:00"},
		{"as databases write it", day, "2026-03-02 07:00:06.123456 UTC", "2026-03-02 00:00:00.000000 UTC"},
		{"a decimal comma", day, "2026-03-02T07:00:06,5Z", "2026-03-02T00:00:00,0Z"},
		{"a leap second", day, "2016-12-31t23:59:60z", "2016-12-31t00:00:00z"},
		{"basic", month, "20260302T070006Z", "20260301T000000Z"},
		{"a date to the day", day, "2026-03-02", "2026-03-02"},
		{"a date to the month", month, "1984-11-30", "1984-11-01"},
		{"a date to the quarter", quarter, "1984-11-30", "1984-10-01"},
		{"a date to the year", year, " 1984-11-30 ", "1984-01-01"},
		{"a basic date", quarter, "19841130", "19841001"},
		{"a month to the day", day, "1984-11", "1984-11"},
		{"a month to the quarter", quarter, "1984-11", "1984-10"},
		{"a year to the month", month, "1984", "1984"},
		{"29 February", month, "2024-02-29", "2024-02-01"},
		{"seconds", month, "1772434806", "1772323200"},
		{"seconds with a fraction", day, "1772434806.123", "1772409600.000"},
		{"milliseconds", month, "1772434806000", "1772323200000"},
		{"microseconds", year, "1772434806123456", "1767225600000000"},
		{"nanoseconds", quarter, "1772434806123456789", "1767225600000000000"},
		{"before 1970", year, "-1", "-31536000"},
		{"just before 1970", day, "-0.5", "-86400.0"},
		{"milliseconds before 1970", month, "-14182940001", "-15897600000"},
		{"1970 in milliseconds", year, "14182940000", "0"},
		{"milliseconds that would become seconds", month, "4122444800", ""},
		{"29 February of a usual year", month, "2026-02-29", ""},
		{"month 13", month, "2026-13-01", ""},
		{"day 0", month, "2026-01-00", ""},
		{"hour 24", day, "2026-01-01T24:00:00Z", ""},
		{"an hour alone", day, "2026-01-01T07", ""},
		{"a time without its date", day, "07:00:06", ""},
		{"a zone's name", day, "2026-03-02T07:00:06+01:00[Europe/Paris]", ""},
		{"an offset of 24 hours", day, "2026-03-02T07:00:06+24:00", ""},
		{"a fraction of 13 digits", day, "2026-03-02T07:00:06.1234567890123Z", ""},
		{"day and month in some order", day, "03/02/2026", ""},
		{"a name", day, "2026-03-02Ana", ""},
		{"a name of a month", day, "2 March 2026", ""},
		{"an exponent", day, "1.772434806e9", ""},
		{"a count that is too large", day, "9223372036854775807", ""},
		{"a number of 20 digits", day, "17724348061234567890", ""},
		{"a leading zero", day, "01772434806", ""},
		{"a plus", day, "+1772434806", ""},
		{"a point and nothing behind it", day, "1772434806.", ""},
		{"nothing", day, "", ""},
	})
}

// FuzzDate: any text is cut once for all, and only digits of it change; a time in every layout comes out as the package
// time cuts it.
func FuzzDate(f *testing.F) {
	f.Add("2026-03-02T07:00:06.000Z", int64(1772434806))
	f.Add("20260302", int64(-1))
	f.Add("-0.5", int64(14182940))
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		for _, u := range units {
			g := generalize.Date{To: u}
			idempotent(t, g, text)
			at := time.Unix(seconds%4_000_000_000, 0).UTC()
			if y := at.Year(); y < 1900 || y > 2099 {
				return
			}
			want := begin(at, u)
			for _, layout := range []string{time.DateOnly, "20060102", "2006-01-02T15:04:05.000Z07:00", "20060102T150405Z", "2006-01-02 15:04:05.999999999-0700", "2006-01-02 15:04 UTC"} {
				in := at.Format(layout)
				if have, ok := g.Append(nil, []byte(in)); !ok || string(have) != want.Format(layout) {
					t.Fatalf("%s to the %s: have %s, %v, want %s", in, u, have, ok, want.Format(layout))
				}
			}
			in := strconv.FormatInt(at.Unix(), 10)
			if _, err := time.Parse("20060102", in); err == nil || len(in) == 4 {
				continue
			}
			if have, ok := g.Append(nil, []byte(in)); !ok || string(have) != fmt.Sprint(want.Unix()) {
				t.Fatalf("%s to the %s: have %s, %v, want %d", in, u, have, ok, want.Unix())
			}
		}
	})
}

func begin(at time.Time, u generalize.Unit) time.Time {
	y, m, d := at.Date()
	switch u {
	case generalize.Month:
		d = 1
	case generalize.Quarter:
		m, d = (m-1)/3*3+1, 1
	case generalize.Year:
		m, d = 1, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
