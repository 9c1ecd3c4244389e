package config

// domainSetting is where a rule names its domain.
func domainSetting(r *Rule) string {
	if r.Action.Kind == Pseudonymize {
		return r.Setting + ".domain"
	}
	return r.Setting + "." + r.Action.Kind.String() + ".domain"
}

// checkKeyed looks at what a rule makes from the key of its domain d.
func (w *walker) checkKeyed(r *Rule, d Domain) {
	what := ""
	switch {
	case r.Action.Shape != nil:
		what = "as"
	case r.Action.Kind == PickOne || r.Action.Kind == ShiftDates:
		what = r.Action.Kind.String()
	default:
		return
	}
	if w.broken["domains."+d.Name] {
		return
	}
	email := r.Action.Shape != nil && r.Action.Shape.Form == ShapeEmail
	switch {
	case d.Method != Hash:
		value := d.Value
		if email || value == "" {
			value = map[bool]string{true: "email", false: "text"}[email]
		}
		w.report(w.at(domainSetting(r)), faultf("%s works from the key of a domain of method hash, and this one has %s", what, d.Method).
			hintf("describe one for it: {method: hash, value: %s}", value))
	case email && d.Value != "email":
		w.report(w.at(domainSetting(r)), faultf("as: email takes an address apart, and this domain has value: %s", d.Value).hintf("use a domain with value: email"))
	}
}
