package config

import "voile/pipeline/jsonpath"

// A ShiftDate moves a date by a number of days that is the same for all dates of one subject. Action.Domain has its domain.
type ShiftDate struct {
	Subject jsonpath.Path // singular, in the record's value
	Days    int           // the most days, from 1 to maxShift
}

// A shiftDateText is a shift as the file writes it.
type shiftDateText struct {
	domain  string
	subject pathText
	days    int
}

// maxShift is ten years, beyond which a shift tells nothing that redact does not.
const maxShift = 3650

var shiftDateForm = &section[shiftDateText]{
	title: "Shift of dates",
	doc: "Under `routes[].fields[].shift_date`: a date moves by whole days, all dates of one person by the same number, so that the time between two of them stays right. It takes the dates that " +
		"`generalize` with `date` takes, to the day at least, and keeps their form and time of day; another value sends the record to quarantine. The number is drawn from −days to days without 0, each as " +
		"likely as the others, by the domain's key and the subject. The subject is read in the record's value as it came, whatever other rules do to it, wherever the date stands; a record in which " +
		"it is missing, twice there, null, empty, an object or an array, or not understood by the domain's normalizer goes to quarantine. With `on_invalid: redact` the date is redacted instead. Weekday and season of a date are no longer right. " +
		"A second pass shifts again, by another number where a rule has changed the subject. A new key of the domain gives a person another number too: the time between a date before and one after that is no longer right.",
	settings: []setting[shiftDateText]{
		set("domain", textForm("the name of a domain", nil, nil), func(s *shiftDateText) *string { return &s.domain },
			about{doc: "The domain whose key and normalizer decide, of method `hash`. Rules that name the same one shift one person's dates by the same number, in every channel.", required: true, example: "person-shift"}),
		set("subject", pathForm, func(s *shiftDateText) *pathText { return &s.subject },
			about{doc: "Where the record's value names the person: a path that selects one place at most.", required: true, example: "$.userId"}),
		set("days", integerForm(1, maxShift), func(s *shiftDateText) *int { return &s.days },
			about{doc: "The most days that a date moves, to either side.", required: true, example: "30"}),
	},
	after: checkShiftDate,
}

func checkShiftDate(w *walker, at spot, s *shiftDateText) {
	if subject := at.path + ".subject"; s.subject.set && !w.broken[subject] && !s.subject.path.Singular() {
		w.report(w.at(subject), faultf("%s may select more than one value", s.subject.path).hintf("name one: members and indices only, such as $.userId"))
	}
}
