package discover

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Topic is what was seen in one topic.
type Topic struct {
	Name string
	*Report
}

// Configuration writes the domains and the routes that the findings propose, as the end of a configuration whose beginning, with
// `kafka` and `vault`, is head. region is the country of phone numbers. Of the known domains those are taken that fit. It is empty
// where no rule is proposed.
func Configuration(head string, topics []Topic, region string, known []Domain) string {
	var domains []Domain
	var routes strings.Builder
	used := map[string]bool{}
	known = append(slices.Clone(known), spelledAlike(topics, known)...)
	for _, t := range topics {
		writeRoute(&routes, t, sinkOf(t.Name, topics), region, known, &domains, used)
	}
	if routes.Len() == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(head)
	if len(domains) > 0 {
		writeDomains(&b, domains)
	}
	b.WriteString("\nroutes:\n" + routes.String())
	return b.String()
}

func writeDomains(b *strings.Builder, domains []Domain) {
	slices.SortFunc(domains, func(a, b Domain) int { return strings.Compare(a.Name, b.Name) })
	width := 0
	for _, d := range domains {
		width = max(width, len(d.Name))
	}
	b.WriteString("\ndomains:\n")
	for _, d := range domains {
		fmt.Fprintf(b, "  %-*s {method: %s", width+1, d.Name+":", d.Method)
		if d.Value != "" {
			b.WriteString(", value: " + d.Value)
		}
		if d.Region != "" {
			b.WriteString(", region: " + d.Region)
		}
		b.WriteString("}\n")
	}
}

// specific are the normalizers that say what kind of value a domain holds.
var specific = map[string]bool{"email": true, "phone": true, "iban": true, "card": true, "nir": true, "siren": true, "siret": true, "vat": true, "ip": true}

// spelledAlike gives the domains that have UUIDs somewhere, and so their normalizer everywhere: it leaves other values as `trimmed` does.
func spelledAlike(topics []Topic, known []Domain) (domains []Domain) {
	for _, t := range topics {
		for _, f := range t.Findings {
			if f.Rule == nil || f.Rule.Domain == nil || f.Rule.Domain.Value != "uuid" {
				continue
			}
			named := func(d Domain) bool { return d.Name == f.Rule.Domain.Name }
			if !slices.ContainsFunc(known, named) && !slices.ContainsFunc(domains, named) {
				domains = append(domains, *f.Rule.Domain)
			}
		}
	}
	return domains
}

// adopt gives the known domain that stands for a proposed one: the one of its name, or one with the same normalizer, where that says
// what kind of value it is.
func adopt(d Domain, known []Domain) Domain {
	for _, k := range known {
		if k.Name == d.Name && k.Method != "encrypt" {
			return k
		}
	}
	for _, k := range known {
		if k.Value == d.Value && k.Method != "encrypt" && specific[d.Value] {
			return k
		}
	}
	return d
}

// writeRoute writes the route of a topic, and adds what domains it needs.
func writeRoute(b *strings.Builder, t Topic, sink, region string, known []Domain, domains *[]Domain, used map[string]bool) {
	var rules strings.Builder
	findings := slices.Clone(t.Findings)
	order(findings)
	found := false
	for _, f := range findings {
		about := fmt.Sprintf("%s, %s: %s of the records", f.Kind, f.Why, Percent(f.Share))
		if f.Rule == nil {
			fmt.Fprintf(&rules, "      # Look at %s: %s\n", printable(f.Place.String()), about)
			continue
		}
		found = true
		rule := *f.Rule
		if rule.Domain != nil {
			d := *rule.Domain
			if d.Value == "phone" {
				d.Region = region
			}
			d = adopt(d, known)
			if rule.Domain = &d; !slices.Contains(*domains, d) {
				*domains = append(*domains, d)
			}
		}
		fmt.Fprintf(&rules, "      - {%s}  # %s\n", rule.write(f.Place), about)
	}
	if !found {
		return
	}
	fmt.Fprintf(b, "  - name: %s\n    from: [%s]\n    to: %s\n    fields:\n%s", routeName(t.Name, used), scalar(t.Name), scalar(sink), rules.String())
}

// write writes the settings of a rule.
func (r *Rule) write(p Place) string {
	var b strings.Builder
	switch {
	case p.Key:
		b.WriteString("key: true")
	case p.Header != "":
		b.WriteString("header: " + scalar(p.Header))
	case p.Keys:
		b.WriteString("keys_of: " + scalar(p.Path))
	default:
		b.WriteString("path: " + scalar(p.Path))
	}
	writeInside(&b, p.Inside)
	action := r.Action
	if r.Domain != nil {
		action = "domain: " + r.Domain.Name
	}
	b.WriteString(", " + action)
	if r.Loose && (len(p.Inside) > 0 || action != redact) && !strings.Contains(action, "on_invalid") {
		b.WriteString(", on_invalid: redact")
	}
	return b.String()
}

func writeInside(b *strings.Builder, inside []Inside) {
	if len(inside) == 0 {
		return
	}
	in, rest := inside[0], inside[1:]
	if in.At == "" && len(rest) > 0 { // a codec, whose text is decoded again: one list of decoders
		rest = slices.Clone(rest)
		rest[0].In = slices.Concat(in.In, rest[0].In)
		writeInside(b, rest)
		return
	}
	b.WriteString(", in: [" + strings.Join(in.In, ", ") + "]")
	switch {
	case in.Keys:
		b.WriteString(", at: {keys_of: " + scalar(in.At) + "}")
	case len(rest) > 0:
		b.WriteString(", at: {path: " + scalar(in.At))
		writeInside(b, rest)
		b.WriteString("}")
	case in.At != "" && in.At != "$":
		b.WriteString(", at: " + scalar(in.At))
	}
}

var plain = regexp.MustCompile(`^[A-Za-z$_/][A-Za-z0-9$_./-]*$`)

// scalar writes a text in flow style YAML, between quotes unless it plainly needs none. What would be the name of a variable is escaped.
func scalar(text string) string {
	if plain.MatchString(text) && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(text)) {
		return text
	}
	return strconv.Quote(strings.ReplaceAll(text, "${", "$${"))
}

// printable takes out of a comment what could end it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '�'
	}, text)
}

// maxRouteName is how long the name of a route may be.
const maxRouteName = 63

// routeName makes the name of a route of that of its topic: small letters, digits and dashes.
func routeName(topic string, used map[string]bool) string {
	name := strings.Trim(notOfName.ReplaceAllString(strings.ToLower(topic), "-"), "-")
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		name = "route-" + name
	}
	name = strings.TrimRight(name[:min(len(name), maxRouteName-4)], "-")
	unique := name
	for i := 2; used[unique]; i++ {
		unique = name + "-" + strconv.Itoa(i)
	}
	used[unique] = true
	return unique
}

var notOfName = regexp.MustCompile(`[^a-z0-9]+`)

// maxTopic is how long the name of a topic may be in Kafka.
const maxTopic = 249

// sinkOf proposes where the records of a topic go: web.raw to web, others to tokens.NAME, and none to what is a source too.
func sinkOf(topic string, topics []Topic) string {
	isSource := func(name string) bool {
		return slices.ContainsFunc(topics, func(t Topic) bool { return t.Name == name })
	}
	if base, ok := strings.CutSuffix(topic, ".raw"); ok && base != "" && !isSource(base) {
		return base
	}
	sink := "tokens." + topic
	for isSource(sink) {
		sink = "tokens." + sink
	}
	return sink[:min(len(sink), maxTopic)]
}

// Percent writes a share for people.
func Percent(share float64) string {
	switch {
	case share <= 0:
		return "0 %"
	case share < 0.01:
		return "< 1 %"
	case share < 1 && share > 0.99:
		return "99 %"
	}
	return strconv.Itoa(int(share*100+0.5)) + " %"
}
