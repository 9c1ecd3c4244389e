package live

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"voile/pipeline/wire"
)

// judgeGroups judges whether each group can be joined, and who is in it.
func (l *look) judgeGroups(answers map[string]groupAnswer) (findings []Finding) {
	for _, name := range l.groupNames() {
		findings = append(findings, l.judgeGroup(name, answers[name]))
	}
	return findings
}

func (l *look) judgeGroup(name string, answer groupAnswer) Finding {
	const check = "kafka.group"
	subject := "group " + name
	acl := ACL{Operation: "Read", Type: "group", Name: name}
	g := answer.state
	switch {
	case wire.Forbidden(answer.err), answer.err == nil && g.Allowed.Known() && !g.Allowed.Has(wire.Read):
		return failed(check, subject, Stops, l.principal+" may not join it, nor commit", "allow it").allow(acl)
	case answer.err != nil:
		detail, do := explain(answer.err)
		return failed(check, subject, atStart(answer.err), detail, do)
	case len(g.Members) == 0 && !g.Allowed.Known():
		return unseen(check, subject, "nobody is in it; the broker does not tell whether "+l.principal+" may join it", "")
	case len(g.Members) == 0:
		return well(check, subject, "may join and commit; nobody is in it")
	case g.Type != "consumer":
		return failed(check, subject, Stops, fmt.Sprintf("is in use by %s, which speaks the protocol %q", who(g.Members), g.Type), "name another group in the route")
	case g.Assignor != "" && !slices.Contains(wire.Assignors(), g.Assignor):
		return failed(check, subject, Stops, fmt.Sprintf("is in use by %s with the assignor %q; voile has %s", who(g.Members), g.Assignor, strings.Join(wire.Assignors(), ", ")),
			"name another group in the route")
	}
	if strangers := l.strangers(name, g.Members); len(strangers) > 0 {
		return warning(check, subject, fmt.Sprintf("is in use by %s, which reads other topics (%s)", who(strangers), quoted(strangers[0].Topics)),
			"name another group in the route, unless that is voile with an older configuration")
	}
	return well(check, subject, "may join and commit; "+count(len(g.Members), "member"))
}

// strangers are members that read nothing of what the group's routes read.
func (l *look) strangers(group string, members []wire.Member) (out []wire.Member) {
	var ours []string
	for _, r := range l.config.Routes {
		if r.Group == group {
			ours = append(ours, r.From...)
		}
	}
	for _, m := range members {
		if len(m.Topics) > 0 && !slices.ContainsFunc(m.Topics, func(t string) bool { return slices.Contains(ours, t) }) {
			out = append(out, m)
		}
	}
	return out
}

// quoted lists the first of some names that somebody else chose, who may have chosen anything.
func quoted(names []string) string {
	const most = 5
	var out []string
	for _, name := range names[:min(len(names), most)] {
		out = append(out, strconv.Quote(name))
	}
	if len(names) > most {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// who names the first of some members, and how many more there are.
func who(members []wire.Member) string {
	text := fmt.Sprintf("client %q at %s", members[0].ClientID, strings.TrimPrefix(members[0].Host, "/"))
	if n := len(members) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
