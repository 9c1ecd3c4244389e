package live

import (
	"fmt"
	"slices"
	"strings"

	"voile/config"
)

// AdminProperties is the file of client settings that stands in the commands: an administrator's, not the proxy's.
const AdminProperties = "admin.properties"

// ACLCommands gives the commands that allow all that lacks, for a shell: what is needed first, what would only let the
// checks see more after it. Empty where nothing lacks.
func ACLCommands(c *config.Config, principal string, findings []Finding) (needed, advisory []string) {
	var some, more []ACL
	for _, f := range findings {
		for _, acl := range f.ACLs {
			if f.Advisory && !slices.Contains(more, acl) {
				more = append(more, acl)
			} else if !f.Advisory && !slices.Contains(some, acl) {
				some = append(some, acl)
			}
		}
	}
	return commands(c, principal, some), commands(c, principal, more)
}

// commands joins ACLs of one operation and kind, in the order in which they come.
func commands(c *config.Config, principal string, acls []ACL) (lines []string) {
	type kind struct {
		operation, of string
		prefixed      bool
	}
	kindOf := func(acl ACL) kind { return kind{acl.Operation, acl.Type, acl.Prefixed} }
	var kinds []kind
	for _, acl := range acls {
		if k := kindOf(acl); !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	start := "kafka-acls.sh --bootstrap-server " + quote(c.Kafka.Brokers[0])
	if c.Kafka.SASL != nil || c.Kafka.TLS != nil {
		start += " --command-config " + AdminProperties
	}
	for _, k := range kinds {
		line := fmt.Sprintf("%s --add --allow-principal %s --operation %s", start, quote(principal), k.operation)
		for _, acl := range acls {
			if kindOf(acl) != k {
				continue
			}
			line += " --" + acl.Type
			if acl.Name != "" {
				line += " " + quote(acl.Name)
			}
		}
		if k.prefixed {
			line += " --resource-pattern-type prefixed"
		}
		lines = append(lines, line)
	}
	return lines
}

// quote makes one word of a shell's of text, as it is where nothing in it means something to a shell.
func quote(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.:/,@=+", r)
	}
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
