package explain

import (
	"slices"

	"voile/config"
)

// build makes the page of a configuration.
func build(c *config.Config, l *language) *page {
	b := &builder{c: c, l: l, page: &page{language: l, title: l.texts[mTitle]}}
	b.say(mIntro)
	b.say(mPersonal)
	b.heading(2, l.say(mChannels))
	for i := range c.Routes {
		b.channel(&c.Routes[i])
	}
	b.domains()
	b.people()
	b.heading(2, l.say(mQuarantine))
	b.say(mQuarantineText, "topics", l.names(b.quarantines()))
	b.rights()
	b.heading(2, l.say(mRemains))
	b.say(mRemainsText)
	return b.page
}

type builder struct {
	c    *config.Config
	l    *language
	page *page
}

func (b *builder) add(block block) { b.page.blocks = append(b.page.blocks, block) }

func (b *builder) heading(rank int, text inline) { b.add(heading{rank, text}) }

func (b *builder) say(m message, places ...any) { b.add(paragraph{b.l.say(m, places...)}) }

// head gives the texts of a table's columns.
func (b *builder) head(columns ...message) []string {
	texts := make([]string, len(columns))
	for i, m := range columns {
		texts[i] = b.l.texts[m]
	}
	return texts
}

func (b *builder) channel(r *config.Route) {
	b.heading(3, b.l.say(mChannel, "name", name(r.Name)))
	b.say(mWay, "from", b.l.names(r.From), "to", name(r.To))
	t := table{head: b.head(mColumnField, mColumnDone, mColumnUndo, mColumnLinked)}
	for i := range r.Fields {
		t.add(b.place(&r.Fields[i]), b.treatment(r, &r.Fields[i]))
	}
	b.add(t)
	b.rest(&r.Guard)
}

// add puts a subject to those of which the same is said.
func (t *table) add(subject inline, cells []inline) {
	for i := range t.rows {
		if slices.EqualFunc(t.rows[i].cells, cells, func(a, b inline) bool { return slices.Equal(a, b) }) {
			t.rows[i].subjects = append(t.rows[i].subjects, subject)
			return
		}
	}
	t.rows = append(t.rows, row{[]inline{subject}, cells})
}

// place is what a rule takes, in words and as the configuration has it.
func (b *builder) place(r *config.Rule) inline {
	words := b.l.where(r)
	if len(r.Inside) == 0 && (r.Target == config.Header || r.Whole) {
		return words // which the selector only repeats
	}
	return b.l.say(mSelector, "place", words, "selector", name(r.Selector()))
}

// treatment is what is done with what a rule takes, whether it can be undone, and where else it is recognized.
func (b *builder) treatment(route *config.Route, r *config.Rule) []inline {
	d, _ := b.c.Domain(r.Action.Domain)
	done, undo := actionTexts[r.Action.Kind](b.l, &r.Action, d)
	if r.Required {
		done = append(done, b.l.say(mRequired)...)
	}
	if r.OnInvalid == config.InvalidRedact {
		done = append(done, b.l.say(mInvalidRedacted)...)
	}
	return []inline{done, undo, b.l.names(b.linked(route, r, d))}
}

// linked are the other channels in which equal values get equal tokens of the rule's domain.
func (b *builder) linked(route *config.Route, r *config.Rule, d config.Domain) (channels []string) {
	if r.Action.Kind != config.Pseudonymize || d.Method == config.Encrypt {
		return nil
	}
	return slices.DeleteFunc(b.channels(d.Name), func(name string) bool { return name == route.Name })
}

// channels are those in which a rule, or the guard, makes tokens of a domain.
func (b *builder) channels(domain string) (all []string) {
	for _, r := range b.c.Routes {
		byGuard := r.Guard.Mode == config.GuardTokenize && slices.ContainsFunc(r.Guard.Domains, func(d config.GuardDomain) bool { return d.Domain == domain })
		if byGuard || slices.ContainsFunc(r.Fields, func(f config.Rule) bool { return f.Action.Domain == domain }) {
			all = append(all, r.Name)
		}
	}
	return all
}

func (b *builder) domains() {
	if len(b.c.Domains) == 0 {
		return
	}
	b.heading(2, b.l.say(mDomains))
	b.say(mDomainsIntro)
	t := table{head: b.head(mColumnDomain, mColumnMethod, mColumnChannels)}
	for _, d := range b.c.Domains {
		method := map[string]message{config.Tokenize: mMethodTokenize, config.Hash: mMethodHash, config.Encrypt: mMethodEncrypt}[d.Method]
		t.add(name(d.Name), []inline{b.l.say(method), b.l.names(b.channels(d.Name))})
	}
	b.add(t)
}

// named are the domains of some methods.
func (b *builder) named(methods ...string) (names []string) {
	for _, d := range b.c.Domains {
		if slices.Contains(methods, d.Method) {
			names = append(names, d.Name)
		}
	}
	return names
}

// madeUp are the domains with whose keys rules make something that is no token, once each, in the order of the file.
func (b *builder) madeUp() (names []string) {
	used := map[string]bool{}
	for _, r := range b.c.Routes {
		for _, f := range r.Fields {
			if f.Action.Shape != nil || f.Action.Pick != nil {
				used[f.Action.Domain] = true
			}
		}
	}
	for _, d := range b.c.Domains {
		if used[d.Name] {
			names = append(names, d.Name)
		}
	}
	return names
}

func (b *builder) people() {
	b.heading(2, b.l.say(mPeople))
	b.say(mPeopleIntro)
	t := table{head: b.head(mColumnRole, mColumnCan)}
	role := func(called string, can inline) { t.add(name(called), []inline{can}) }
	reversible := b.named(config.Tokenize, config.Encrypt)
	if len(reversible) > 0 {
		role("reveal", b.l.say(mRoleReveal, "domains", b.l.names(reversible)))
	}
	if hashes := b.named(config.Hash); len(hashes) > 0 {
		role("token", b.l.say(mRoleToken, "domains", b.l.names(hashes)))
	}
	role("quarantine", b.l.say(mRoleQuarantine))
	proxy := b.l.say(mRoleProxy)
	if len(reversible) > 0 {
		proxy = append(proxy, b.l.say(mRoleProxyMore, "domains", b.l.names(reversible))...)
	}
	role("proxy", proxy)
	b.add(t)
}

// quarantines are the topics of what is set aside, each once.
func (b *builder) quarantines() (topics []string) {
	for _, r := range b.c.Routes {
		if !slices.Contains(topics, r.QuarantineTopic) {
			topics = append(topics, r.QuarantineTopic)
		}
	}
	return topics
}

func (b *builder) rights() {
	b.heading(2, b.l.say(mRights))
	if len(b.named(config.Tokenize, config.Hash)) > 0 {
		b.say(mRightsText)
	}
	if made := b.madeUp(); len(made) > 0 {
		b.say(mRightsShaped, "domains", b.l.names(made))
	}
	if encrypting := b.named(config.Encrypt); len(encrypting) > 0 {
		b.say(mRightsEncrypt, "domains", b.l.names(encrypting))
	}
	if len(b.c.Domains) > 0 {
		b.say(mRightsErase)
	}
}
