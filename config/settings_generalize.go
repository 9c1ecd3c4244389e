package config

import (
	"fmt"
	"time"

	"voile/pipeline/generalize"
)

var generalizeForm = &section[Generalize]{
	title: "Generalize",
	doc: "Under `routes[].fields[].generalize`: exactly one of these. What is finer than its class does not get out, equal classes give equal results, and the form is " +
		"kept. A result gives itself again, so that a replay changes nothing. A value that is not understood goes to quarantine with its record, or is redacted " +
		"(`on_invalid`); it never passes as it is.",
	choices: []choice{{of: []string{"ip", "date", "age", "number", "geo", "postcode", "user_agent", "url"}, named: "generalization"}},
	settings: []setting[Generalize]{
		set("ip", switchable[Prefixes]{prefixesForm, flag}, func(g *Generalize) **Prefixes { return &g.IP },
			about{doc: "IPv4 and IPv6 addresses, and lists of them with commas, to the address of their network. `true` is the two defaults. A port becomes 0, " +
				"an IPv6 zone goes. An IPv4 address inside an IPv6 one (mapped, 6to4) is cut like one.", example: "{v4: 24, v6: 48}"}),
		set("date", enumForm("day", "month", "quarter", "year"), func(g *Generalize) *string { return &g.Date },
			about{doc: "ISO 8601 dates and times, and counts of seconds, milli-, micro- or nanoseconds since 1970, to the beginning of the unit. Layout and offset stay; " +
				"an ISO time is cut by its own clock, a count in UTC. Eight digits that are a date of 1800 to 2199 are one (`20260302`), four are a year. " +
				"Milliseconds within 47 days of 1970 are taken for seconds.", example: "month"}),
		set("age", optional[Ages]{agesForm}, func(g *Generalize) **Ages { return &g.Age },
			about{doc: "A date of birth, in the forms of `date`, to the band of the person's age: `<18`, `18-24` (from the 18th birthday to the day before the 25th), `65+`. " +
				"A month or a year counts as its first day. A date in the future, or 150 years back, is not understood.", example: "{bands: [18, 25, 35, 50, 65]}"}),
		set("number", optional[Numbers]{numbersForm}, func(g *Generalize) **Numbers { return &g.Number },
			about{doc: "Numbers, and texts that are one, to a step, between two bounds, or to a band. Arithmetic is decimal and exact. `1,234` and `12,5` are not understood.",
				example: "{step: 10, min: 0, max: 200}"}),
		set("geo", optional[Coordinates]{coordinatesForm}, func(g *Generalize) **Coordinates { return &g.Geo },
			about{doc: "Coordinates in decimal degrees: a number, a text that is one, or a pair `latitude,longitude`.", example: "{digits: 2}"}),
		set("postcode", optional[Postcode]{postcodeForm}, func(g *Generalize) **Postcode { return &g.Postcode },
			about{doc: "The first letters and digits of a postal code, as a text, in capitals, without spaces and dashes. A JSON number has lost the zeros in front. " +
				"What begins with four letters is not understood, nor are three or less alone where fewer are kept.", example: "{keep: 2}"}),
		set("user_agent", flag, func(g *Generalize) *bool { return &g.UserAgent },
			about{doc: "A User-Agent to a family that voile knows and its major version, such as `Firefox 128`, `Mobile Safari 17`, `bot`; `other` for any other text.", example: "true"}),
		set("url", enumForm(URLOrigin, URLWithoutQuery), func(g *Generalize) *string { return &g.URL },
			about{doc: "`origin`: scheme, host and port. `without_query`: the path too, with all that it may say, but neither query nor fragment. User and password go in any case. " +
				"Absolute URLs, and those that begin with `//`; `without_query` also takes those that begin with `/`.", example: "origin"}),
	},
}

var prefixesForm = &section[Prefixes]{
	title: "Generalize addresses",
	doc:   "Under `routes[].fields[].generalize.ip`: how many bits stay.",
	settings: []setting[Prefixes]{
		set("v4", integerForm(0, 31), func(p *Prefixes) *int { return &p.V4 }, about{doc: "Bits of an IPv4 address.", fallback: "24"}),
		set("v6", integerForm(0, 64), func(p *Prefixes) *int { return &p.V6 },
			about{doc: "Bits of an IPv6 address. Providers give a household 48 to 64 of them, so 48 can still be one.", fallback: "48"}),
	},
}

var agesForm = &section[Ages]{
	title: "Generalize to ages",
	doc:   "Under `routes[].fields[].generalize.age`.",
	settings: []setting[Ages]{
		set("bands", listForm[int]{of: integerForm(1, 120), what: "a list of whole numbers"}, func(a *Ages) *[]int { return &a.Bands },
			about{doc: "Where the bands begin, in years, ascending. A person below the first is in a band of its own.", example: "[18, 25, 35, 50, 65]", required: true}),
		set("at", dayForm, func(a *Ages) *time.Time { return &a.At },
			about{doc: "The day at which the age counts, so that a person stays in one band in all records. Without it that is the record's timestamp, in UTC; a record without one " +
				"is not understood.", instead: "the record's timestamp", example: "2026-01-01"}),
	},
	after: func(w *walker, at spot, a *Ages) {
		for i, b := range a.Bands {
			if here := fmt.Sprintf("%s.bands[%d]", at.path, i); i > 0 && b <= a.Bands[i-1] && !w.broken[at.path+".bands"] {
				w.report(w.at(here), notAscending())
			}
		}
	},
}

var numbersForm = &section[Numbers]{
	title: "Generalize numbers",
	doc: "Under `routes[].fields[].generalize.number`: `step`, `min` and `max` in any combination, or `bands`. A JSON number stays one, but for bands. Numbers beyond 10^13 may be " +
		"not understood, unless `min` or `max` takes them, or bands.",
	settings: []setting[Numbers]{
		set("step", positiveForm, func(n *Numbers) *string { return &n.Step },
			about{doc: "To the nearest multiple; from the middle away from 0. The result has as many digits behind the point as the step is written with.", example: "0.5"}),
		set("min", decimalForm, func(n *Numbers) *string { return &n.Min },
			about{doc: "What is below becomes this (bottom coding). A multiple of `step`.", example: "0"}),
		set("max", decimalForm, func(n *Numbers) *string { return &n.Max },
			about{doc: "What is above becomes this (top coding). A multiple of `step`. **Without `step`, what is between stays as exact as it is.**", example: "200"}),
		set("bands", listForm[string]{of: decimalForm, what: "a list of numbers"}, func(n *Numbers) *[]string { return &n.Bands },
			about{doc: "Where the bands begin, ascending. The result is a text: `<18`, `18-25` (from 18 to below 25), `65+`.", example: "[18, 25, 65]"}),
	},
	after: checkNumbers,
}

func checkNumbers(w *walker, at spot, n *Numbers) {
	rounds := n.Step != "" || n.Min != "" || n.Max != ""
	switch {
	case w.broken[at.path]:
	case len(n.Bands) > 0 && rounds:
		w.report(w.at(at.path+".bands"), faultf("bands beside step, min or max").hintf("keep bands, or the others"))
	case len(n.Bands) == 0 && !rounds:
		w.report(at, faultf("no settings").hintf("write step, min or max, or bands"))
	case !rounds:
		for i := 1; i < len(n.Bands); i++ {
			if _, ok := generalize.NewBands(n.Bands[i-1 : i+1]); !ok {
				w.report(w.at(fmt.Sprintf("%s.bands[%d]", at.path, i)), notAscending())
			}
		}
	default:
		for _, bound := range []struct{ name, text string }{{"min", n.Min}, {"max", n.Max}} {
			if _, ok := generalize.NewNumber(n.Step, bound.text, ""); !ok && n.Step != "" {
				w.report(w.at(at.path+"."+bound.name), faultf("%s is no multiple of step, which is %s", bound.text, n.Step).hintf("write a multiple, which rounding leaves as it is"))
			}
		}
		if n.Min == "" || n.Max == "" {
			return
		}
		if _, ok := generalize.NewNumber("", n.Min, n.Max); !ok {
			w.report(w.at(at.path+".max"), faultf("not above min").hintf("write a number greater than %s", n.Min))
		}
	}
}

func notAscending() *fault {
	return faultf("not above the bound before it").hintf("write the bounds in ascending order")
}

var coordinatesForm = &section[Coordinates]{
	title:   "Generalize coordinates",
	doc:     "Under `routes[].fields[].generalize.geo`: exactly one of these.",
	choices: []choice{{of: []string{"digits", "geohash"}, named: "generalization"}},
	settings: []setting[Coordinates]{
		set("digits", optional[int]{integerForm(0, 3)}, func(c *Coordinates) **int { return &c.Digits },
			about{doc: "Digits behind the point, rounded: 3 are some 110 m from north to south, 2 a kilometer, 1 eleven. A JSON number stays one.", example: "2"}),
		set("geohash", quietZero(integerForm(1, 7)), func(c *Coordinates) *int { return &c.Geohash },
			about{doc: "Characters of a geohash: of one that is cut, or of a pair that becomes one. 5 are a field of 5 km, 6 one of 1.2 km by 600 m. Any text of at most 12 characters of the geohashes' " +
				"alphabet (digits, letters without a, i, l, o) is taken for one; a JSON number is not understood.", example: "5"}),
	},
}

var postcodeForm = &section[Postcode]{
	title: "Generalize postal codes",
	doc:   "Under `routes[].fields[].generalize.postcode`.",
	settings: []setting[Postcode]{
		set("keep", integerForm(1, 6), func(p *Postcode) *int { return &p.Keep }, about{doc: "Letters and digits that stay.", example: "2", required: true}),
	},
}
