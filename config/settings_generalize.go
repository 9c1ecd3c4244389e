package config

var generalizeForm = &section[Generalize]{
	title: "Generalize",
	doc: "Under `routes[].fields[].generalize`: exactly one of these. What is finer than its class does not get out, equal classes give equal results, and the form is " +
		"kept. A result gives itself again, so that a replay changes nothing. A value that is not understood goes to quarantine with its record, or is redacted " +
		"(`on_invalid`); it never passes as it is.",
	choices: []choice{{of: []string{"ip", "date"}, named: "generalization"}},
	settings: []setting[Generalize]{
		set("ip", trueOr[Prefixes]{prefixesForm}, func(g *Generalize) **Prefixes { return &g.IP },
			about{doc: "IPv4 and IPv6 addresses, and lists of them with commas, to the address of their network. `true` is the two defaults. A port becomes 0, " +
				"an IPv6 zone goes. An IPv4 address inside an IPv6 one (mapped, 6to4) is cut like one.", example: "{v4: 24, v6: 48}"}),
		set("date", enumForm("day", "month", "quarter", "year"), func(g *Generalize) *string { return &g.Date },
			about{doc: "ISO 8601 dates and times, and counts of seconds, milli-, micro- or nanoseconds since 1970, to the beginning of the unit. Layout and offset stay; " +
				"an ISO time is cut by its own clock, a count in UTC. Eight digits that are a date of 1800 to 2199 are one (`20260302`), four are a year. " +
				"Milliseconds within 47 days of 1970 are taken for seconds.", example: "month"}),
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
