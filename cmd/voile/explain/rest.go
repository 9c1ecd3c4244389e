package explain

import (
	"strconv"

	"voile/config"
)

// rest tells what becomes of what no rule of a channel takes.
func (b *builder) rest(g *config.Guard) {
	if g.Unlisted != config.UnlistedDeny {
		b.found(g, mRestUnseen, mRestReport, mRestRedact, mRestTokenize, mRestQuarantine)
		return
	}
	if g.OnUnlisted == config.UnlistedSeal {
		b.say(mListedQuarantine)
	} else {
		b.say(mListedRemove)
	}
	if len(g.Pass) == 0 {
		return
	}
	places := make([]inline, len(g.Pass))
	for i, p := range g.Pass {
		places[i] = b.l.passed(p)
	}
	b.say(mListedPass, "places", b.l.list(places, mAnd))
	b.found(g, messages, messages, mFoundRedact, mFoundTokenize, mFoundQuarantine)
}

// passed names what passes.
func (l *language) passed(p config.Pass) inline {
	switch p.Target {
	case config.Key:
		return l.say(mKey)
	case config.Header:
		return l.say(mHeader, "name", name(p.Header))
	}
	return name(p.Path.String())
}

// found tells what becomes of identifiers that the guard finds, by its mode; nothing where the message is none.
func (b *builder) found(g *config.Guard, off, report, redact, tokenize, quarantine message) {
	m := map[string]message{
		config.GuardReport: report, config.GuardRedact: redact, config.GuardTokenize: tokenize, config.GuardSeal: quarantine,
	}
	said, ok := m[g.Mode]
	if !ok {
		said = off
	}
	if said == messages {
		return
	}
	var tokens []inline
	for _, d := range g.Domains {
		tokens = append(tokens, b.l.say(mRestTokenOf, "kind", name(d.Kind), "domain", name(d.Domain)))
	}
	share := strconv.FormatFloat(g.Sample*100, 'f', -1, 64)
	b.say(said, "share", share+"\u00a0%", "tokens", b.l.list(tokens, mAnd))
}
