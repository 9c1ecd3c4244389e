package config

import (
	"fmt"
	"strings"
	"time"

	"voile/crypto/normalize"
)

// check looks for what is wrong between settings that are right each for itself. What is broken already is left alone,
// so that one mistake gives one message.
func (w *walker) check(c *Config) {
	w.checkNames(c)
	w.checkTopics(c)
	w.takeProfiles(c)
	w.checkDomains(c)
	w.checkIntervals(c)
	for i := range c.Routes {
		for j := range c.Routes[i].Fields {
			w.checkRule(c, &c.Routes[i].Fields[j])
		}
		w.checkOverlaps(c.Routes[i].Fields, fmt.Sprintf("routes[%d].fields", i))
		w.checkGuard(c, &c.Routes[i], fmt.Sprintf("routes[%d]", i))
	}
}

func checkVault(w *walker, at spot, v *Vault) {
	v.Address = strings.TrimRight(v.Address, "/")
	if v.TLS != nil && strings.HasPrefix(v.Address, "http:") {
		w.report(w.at(at.path+".tls"), faultf("TLS settings for an address that begins with http://").hintf("write https:// in vault.address, or leave tls out"))
	}
	if v.Transit.Key == v.Transit.QuarantineKey && !w.broken[at.path+".transit"] {
		w.report(w.at(at.path+".transit.quarantine_key"), faultf("the same key as vault.transit.key").
			hintf("name another: who may use the one must not open what is sealed under the other"))
	}
	if v.Keysets.Path == v.Quarantine.Path && !w.broken[at.path+".keysets"] && !w.broken[at.path+".quarantine"] {
		w.report(w.at(at.path+".quarantine.path"), faultf("the same folder as vault.keysets.path").hintf("name another, so that rights can differ"))
	}
}

func checkDomain(w *walker, at spot, d *Domain) {
	if w.broken[at.path] {
		return
	}
	switch {
	case d.Method == Encrypt && d.Value != "":
		w.report(w.at(at.path+".value"), faultf("encrypt takes the value as it is").hintf("leave value out"))
		return
	case d.Method == Encrypt && d.Region != "":
		w.report(w.at(at.path+".region"), faultf("encrypt takes the value as it is").hintf("leave region out"))
		return
	case d.Method == Encrypt:
		return
	case d.Value == "":
		d.Value = "text"
	}
	switch needs := normalize.NeedsRegion(d.Value); {
	case needs && d.Region == "":
		w.report(at.member("region", at.pos), faultf("missing: value: %s needs it", d.Value).hintf("for example region: FR"))
	case !needs && d.Region != "":
		w.report(w.at(at.path+".region"), faultf("only value: phone takes a region").hintf("leave region out"))
	default:
		if _, err := normalize.New(d.Value, d.Region); err != nil {
			w.report(w.at(at.path+".region"), faultf("%q is no country with telephone numbers", d.Region).hintf("an ISO 3166 code, such as FR"))
		}
	}
}

// checkNames gives each route its group and finds names that two routes share.
func (w *walker) checkNames(c *Config) {
	names := map[string]int{}
	for i := range c.Routes {
		r := &c.Routes[i]
		at := fmt.Sprintf("routes[%d]", i)
		if r.Group == "" && r.Name != "" {
			r.Group = "voile-" + r.Name
		}
		if r.QuarantineTopic == "" {
			r.QuarantineTopic = c.Quarantine.Topic
		}
		if r.Name == "" {
			continue
		}
		if first, ok := names[r.Name]; ok {
			w.report(w.at(at+".name"), faultf("routes[%d] has the same name", first).hintf("name one of them differently"))
			continue
		}
		names[r.Name] = i
	}
}

// The commit intervals of routes that name none. A transaction that stays open holds up readers, so it is short; an offset
// more or less costs the next owner of a partition only a repetition.
const (
	exactlyOnceInterval = 100 * time.Millisecond
	atLeastOnceInterval = time.Second
)

// transactionMargin is how many commit intervals fit into the transaction timeout: one for the records, the rest for
// brokers that answer slowly, so that a transaction does not end before its commit.
const transactionMargin = 3

// checkIntervals gives each route its commit interval and finds the one that leaves a transaction the least time.
func (w *walker) checkIntervals(c *Config) {
	longest := -1
	for i := range c.Routes {
		r := &c.Routes[i]
		if r.CommitInterval == 0 {
			r.CommitInterval = exactlyOnceInterval
			if r.Delivery == DeliveryAtLeastOnce {
				r.CommitInterval = atLeastOnceInterval
			}
		}
		if r.Delivery == DeliveryExactlyOnce && (longest < 0 || r.CommitInterval > c.Routes[longest].CommitInterval) {
			longest = i
		}
	}
	if longest < 0 || w.broken["limits"] || w.broken[fmt.Sprintf("routes[%d]", longest)] {
		return
	}
	interval := c.Routes[longest].CommitInterval
	if least := transactionMargin * interval; c.Limits.TransactionTimeout < least {
		w.report(w.at("limits.transaction_timeout"), faultf("too short for routes[%d].commit_interval, %s", longest, formatDuration(interval)).
			hintf("at least %s, three times as long", formatDuration(least)))
	}
}

// checkTopics finds topics in two places where they would feed each other, and routes that would steal each other's partitions.
func (w *walker) checkTopics(c *Config) {
	type reading struct{ group, topic string }
	sources, sinks, readers := map[string]string{}, map[string]string{}, map[reading]int{}
	for i := range c.Routes {
		r := &c.Routes[i]
		for j, topic := range r.From {
			if topic == "" {
				continue
			}
			at := fmt.Sprintf("routes[%d].from[%d]", i, j)
			if _, ok := sources[topic]; !ok {
				sources[topic] = at
			}
			if r.Group == "" {
				continue
			}
			first, ok := readers[reading{r.Group, topic}]
			if ok && first != i {
				w.report(w.at(at), faultf("routes[%d] reads this topic in the same group, so each would get a part of it", first).hintf("give the routes different groups"))
			}
			if !ok {
				readers[reading{r.Group, topic}] = i
			}
		}
	}
	for i := range c.Routes {
		to, at := c.Routes[i].To, fmt.Sprintf("routes[%d].to", i)
		if to == "" {
			continue
		}
		if source, ok := sources[to]; ok {
			w.report(w.at(at), faultf("the sink is also a source: %s", source).hintf("write to another topic"))
		}
		if _, ok := sinks[to]; !ok {
			sinks[to] = at
		}
	}
	quarantine := func(topic, at string) {
		if source, ok := sources[topic]; ok {
			w.report(w.at(at), faultf("the quarantine is also a source: %s", source).hintf("name another topic"))
		} else if sink, ok := sinks[topic]; ok {
			w.report(w.at(at), faultf("the quarantine is also a sink: %s", sink).hintf("name another topic"))
		}
	}
	if !w.broken["quarantine"] {
		quarantine(c.Quarantine.Topic, "quarantine.topic")
	}
	for i := range c.Routes {
		at := fmt.Sprintf("routes[%d].quarantine.topic", i)
		if _, own := w.places[at]; own && !w.broken[at] {
			quarantine(c.Routes[i].QuarantineTopic, at)
		}
	}
}

// checkDomains finds domains that no rule uses.
func (w *walker) checkDomains(c *Config) {
	used := map[string]bool{}
	for i := range c.Routes {
		for _, name := range c.Routes[i].domains() {
			used[name] = true
		}
	}
	if w.broken["routes"] {
		return // a rule that is broken may have meant it
	}
	for _, d := range c.Domains {
		if used[d.Name] || w.unknownDomain(c) {
			continue
		}
		at := spot{path: "domains"}.member(d.Name, w.places["domains."+d.Name])
		w.report(at, faultf("no rule uses this domain").hintf("leave it out, or name it in a rule"))
	}
}

// domains are the names of domains that a route uses, and "" for rules that use none.
func (r *Route) domains() []string {
	var names []string
	for i := range r.Fields {
		names = append(names, r.Fields[i].Action.Domain)
	}
	for _, d := range r.Guard.Domains {
		names = append(names, d.Domain)
	}
	return names
}

// unknownDomain says whether any rule names a domain that does not exist, which may have meant one that seems unused.
func (w *walker) unknownDomain(c *Config) bool {
	for i := range c.Routes {
		for _, name := range c.Routes[i].domains() {
			if _, ok := c.Domain(name); name != "" && !ok {
				return true
			}
		}
	}
	return false
}

// checkRule looks at one rule alone.
func (w *walker) checkRule(c *Config, r *Rule) {
	if w.broken[r.Setting] {
		return
	}
	d, ok := c.Domain(r.Action.Domain)
	if r.Action.Domain != "" && !ok {
		if w.broken["domains"] && len(c.Domains) == 0 {
			return
		}
		w.report(w.at(domainSetting(r)), noSuchDomain(c, r.Action.Domain))
		return
	}
	w.checkKeyed(r, d)
	if r.Target == Key {
		const why = "it would destroy partitioning and compaction by key"
		switch {
		case r.Action.Kind == Pseudonymize && d.Method == Encrypt:
			w.report(w.at(r.Setting+".domain"), faultf("a domain that encrypts cannot take a key: %s", why).hintf("use a domain with tokenize or hash"))
		case r.Action.Kind != Pseudonymize:
			w.report(w.at(r.Setting+"."+r.Action.Kind.String()), faultf("%s cannot take a key: %s", r.Action.Kind, why).hintf("use domain: with tokenize or hash"))
		}
	}
	if r.KeysOf {
		const why = "two members would get one name, or lose it"
		switch {
		case r.Action.Kind == Pseudonymize && d.Method == Encrypt:
			w.report(w.at(r.Setting+".domain"), faultf("a domain that encrypts cannot take names: nobody could find a member by its name").hintf("use a domain with tokenize or hash"))
		case r.Action.Kind != Pseudonymize:
			w.report(w.at(r.Setting), faultf("%s cannot take names: %s", r.Action.Kind, why).hintf("use domain: with tokenize or hash"))
		case len(r.Inside) > 0:
			w.report(w.at(r.Setting+".in"), faultf("keys_of takes names whole").hintf("leave in out"))
		}
	}
	if r.Target == Value && r.Action.Kind == Remove && r.Path.String() == "$" && len(r.Inside) == 0 {
		w.report(w.at(r.Setting+".path"), faultf("the whole value cannot be removed").hintf("use redact: true"))
	}
	if r.Required && r.Action.ToNull {
		w.report(w.at(r.Setting+".required"), faultf("what becomes null cannot be required: a second proxy would miss it").hintf("leave required out, or write redact: true"))
	}
	if r.Required && r.Action.Kind == Remove {
		w.report(w.at(r.Setting+".required"), faultf("what is removed cannot be required").hintf("leave required out"))
	}
}

// noSuchDomain is what is wrong with the name of a domain that nothing describes.
func noSuchDomain(c *Config, name string) *fault {
	names := make([]string, len(c.Domains))
	for i, d := range c.Domains {
		names[i] = d.Name
	}
	f := faultf("there is no such domain")
	switch meant := suggest(name, names); {
	case meant != "":
		return f.hintf("did you mean %q?", meant)
	case len(names) > 0 && len(names) <= 12:
		return f.hintf("the domains are %s", list(names))
	}
	return f.hintf("describe it under domains")
}
