package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"voile/cmd/voile/live"
	"voile/crypto/vault"
)

// printFindings prints a table of all findings, below it what to do about each that is not well, then the commands.
func printFindings(w io.Writer, _ string, s surroundings) error {
	var b strings.Builder
	p, width := colors(w), terminalWidth(w)
	b.WriteByte('\n')
	printTable(&b, s.findings, p, width)
	printAdvice(&b, s.findings, p, width)
	printRemedies(&b, s, width)
	if live.Works(s.findings) {
		b.WriteString("\n`voile run` would work.\n")
	} else {
		b.WriteString("\n`voile run` would not work.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// word is a result in the table.
func word(r live.Result) string {
	switch r {
	case live.Failed:
		return "FAILED"
	case live.Unseen:
		return "not seen"
	}
	return string(r)
}

const (
	resultWidth = len("not seen") + 2
	// leastDetail is how narrow the column of details may get before it goes on a line of its own.
	leastDetail = 36
)

func printTable(b *strings.Builder, findings []live.Finding, p palette, width int) {
	subject := len("WHAT")
	for _, f := range findings {
		subject = max(subject, utf8.RuneCountInString(f.Subject))
	}
	subject += 2
	indent := resultWidth + subject
	ownLine := width > 0 && width-indent < leastDetail
	if ownLine {
		indent = resultWidth
	}
	if ownLine {
		fmt.Fprintf(b, "%s%-*sWHAT  DETAIL%s\n", p.dim, resultWidth, "RESULT", p.reset)
	} else {
		fmt.Fprintf(b, "%s%-*s%-*sDETAIL%s\n", p.dim, resultWidth, "RESULT", subject, "WHAT", p.reset)
	}
	for _, f := range findings {
		fmt.Fprintf(b, "%s%-*s%s", color(f.Result, p), resultWidth, word(f.Result), p.reset)
		what, detail := printable(f.Subject), printable(f.Detail)
		switch {
		case !ownLine:
			fmt.Fprintf(b, "%-*s%s\n", subject, what, wrap(detail, width, indent))
		case resultWidth+utf8.RuneCountInString(what+"  "+detail) <= width:
			fmt.Fprintf(b, "%s  %s\n", what, detail)
		default:
			fmt.Fprintf(b, "%s\n%s%s\n", what, strings.Repeat(" ", indent), wrap(detail, width, indent))
		}
	}
}

func color(r live.Result, p palette) string {
	switch r {
	case live.OK:
		return p.after
	case live.Failed:
		return p.before
	case live.Warning:
		return p.warning
	}
	return p.dim
}

// printAdvice says what to do about each finding that is not well, failures first; once for those that have it in common.
func printAdvice(b *strings.Builder, findings []live.Finding, p palette, width int) {
	for _, r := range []live.Result{live.Failed, live.Warning, live.Unseen} {
		var advice []string
		subjects := map[string][]string{}
		for _, f := range findings {
			if f.Result != r || f.Do == "" {
				continue
			}
			if subjects[f.Do] == nil {
				advice = append(advice, f.Do)
			}
			if subject := printable(f.Subject); !slices.Contains(subjects[f.Do], subject) {
				subjects[f.Do] = append(subjects[f.Do], subject)
			}
		}
		if len(advice) > 0 {
			fmt.Fprintf(b, "\n%s%s%s, what to do:\n", color(r, p), word(r), p.reset)
		}
		for _, do := range advice {
			fmt.Fprintf(b, "  %s:\n    %s\n", wrap(strings.Join(subjects[do], ", "), width, 2), wrap(printable(do), width, 4))
		}
	}
}

// printRemedies prints the commands. They stand on lines of their own as they are, to be copied.
func printRemedies(b *strings.Builder, s surroundings, width int) {
	r := s.remedies()
	copyable := func(title string, commands []string) {
		if len(commands) == 0 {
			return
		}
		fmt.Fprintf(b, "\n%s:\n", wrap(title, width, 0))
		for _, command := range commands {
			fmt.Fprintf(b, "%s\n", command)
		}
	}
	copyable("To give the rights that lack in Kafka"+s.placeholders(), r.acls)
	more := "To let this check see the settings of topics too"
	if len(r.acls) == 0 {
		more += s.placeholders()
	}
	copyable(more, r.moreACLs)
	if r.policy != "" {
		copyable(fmt.Sprintf("To give the rights that lack in Vault (%s stands for the name of the proxy's policy, which this replaces)", policyName(vault.RoleProxy)), []string{r.policy})
	}
}

// placeholders explains what in the commands the reader has to put in.
func (s surroundings) placeholders() string {
	var notes []string
	if s.config.Kafka.SASL != nil || s.config.Kafka.TLS != nil {
		notes = append(notes, live.AdminProperties+" holds an administrator's client settings")
	}
	switch presumed := live.Presumed(s.config); {
	case presumed == "":
	case s.principal == live.PrincipalUnknown:
		notes = append(notes, live.PrincipalUnknown+" stands for "+presumed)
	default:
		notes = append(notes, "the principal is "+presumed)
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}

// wrap breaks text at blanks so that it fits between column indent and width; a width of 0 has no end.
func wrap(text string, width, indent int) string {
	if width == 0 {
		return text
	}
	var b strings.Builder
	room := max(width-indent, 20)
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > room:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

// printable leaves out what a terminal would take for orders: names come from the brokers, too.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

// The JSON of `voile check --live --json`. docs/operations.md describes it: members may be added, none is renamed.
type findingsJSON struct {
	Configuration string        `json:"configuration"`
	Works         bool          `json:"works"`
	Failed        int           `json:"failed"`
	Warnings      int           `json:"warnings"`
	NotSeen       int           `json:"not_seen"`
	Principal     string        `json:"principal"`
	Findings      []findingJSON `json:"findings"`
	ACLCommands   []string      `json:"acl_commands"`
	MoreCommands  []string      `json:"advisory_acl_commands"`
	PolicyCommand string        `json:"policy_command"`
}

type findingJSON struct {
	Check   string    `json:"check"`
	Subject string    `json:"subject"`
	Result  string    `json:"result"`
	Detail  string    `json:"detail"`
	Do      string    `json:"do"`
	AtStart string    `json:"at_start"`
	ACLs    []aclJSON `json:"acls"`
	Missing []string  `json:"policy_lines"`
}

type aclJSON struct {
	Operation string `json:"operation"`
	Type      string `json:"resource_type"`
	Name      string `json:"resource_name"`
	Pattern   string `json:"pattern"`
}

func jsonOf(acl live.ACL) aclJSON {
	j := aclJSON{Operation: acl.Operation, Type: acl.Type, Name: acl.Name, Pattern: "literal"}
	if acl.Prefixed {
		j.Pattern = "prefixed"
	}
	return j
}

func printFindingsJSON(w io.Writer, name string, s surroundings) error {
	r := s.remedies()
	out := findingsJSON{
		Configuration: name, Works: live.Works(s.findings),
		Failed: live.Count(s.findings, live.Failed), Warnings: live.Count(s.findings, live.Warning), NotSeen: live.Count(s.findings, live.Unseen),
		Principal: s.principal, Findings: []findingJSON{},
		ACLCommands: list(r.acls), MoreCommands: list(r.moreACLs), PolicyCommand: r.policy,
	}
	for _, f := range s.findings {
		j := findingJSON{Check: f.Check, Subject: f.Subject, Result: string(f.Result), Detail: f.Detail, Do: f.Do, AtStart: string(f.AtStart),
			ACLs: []aclJSON{}, Missing: []string{}}
		for _, acl := range f.ACLs {
			j.ACLs = append(j.ACLs, jsonOf(acl))
		}
		for _, grant := range f.Missing {
			j.Missing = append(j.Missing, grant.String())
		}
		out.Findings = append(out.Findings, j)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

// list is never null in JSON.
func list(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}
