package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/spf13/cobra"

	"voile/config"
	"voile/pipeline/discover"
)

// placeholders are the sections that a scan knows nothing of, where no configuration has them.
const placeholders = `# Say where your brokers and your Vault are; docs/configuration.md has all settings.
kafka:
  brokers: [%s]
vault:
  address: http://127.0.0.1:8200
  auth: {token: {env: VAULT_TOKEN}}
`

// kept are the sections of a configuration that stay as they are.
var kept = map[string]bool{"kafka": true, "vault": true, "quarantine": true, "admin": true, "limits": true, "log": true}

// propose writes the configuration.
func (s *scanning) propose(cmd *cobra.Command, topics []discover.Topic) error {
	head, err := s.head()
	if err != nil {
		return err
	}
	text := discover.Configuration(head, topics, s.region, s.known())
	if text == "" {
		say(s.stderr, "nothing was found that a rule could be proposed for: no configuration was written")
		return errFailedShown
	}
	text = "# Proposed by `voile scan`. It knows what the records of the scan held, and nothing else: read it before you use it.\n" + text
	if _, err := config.Parse("the proposed configuration", []byte(text), os.LookupEnv); err != nil {
		return fmt.Errorf("what a scan proposes has to pass `voile check`, and this does not: this is a bug of voile: please report it without the names of your members: %w", asOne(err))
	}
	if s.flags.write == "-" {
		_, err := io.WriteString(cmd.OutOrStdout(), text)
		return err
	}
	if err := writeNew(s.flags.write, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		return err
	}
	say(s.stderr, "wrote the configuration %s; see what it does: voile try -c %s --diff", s.flags.write, s.flags.write)
	return nil
}

// asOne makes of problems, which would be taken for those of the user's own file, an error of the work.
func asOne(err error) error { return errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")) }

// known are the domains that the configuration has already.
func (s *scanning) known() (domains []discover.Domain) {
	if s.config == nil {
		return nil
	}
	for _, d := range s.config.Domains {
		domains = append(domains, discover.Domain{Name: d.Name, Method: d.Method, Value: d.Value, Region: d.Region})
	}
	return domains
}

// head gives the kept sections of the configuration, letter by letter, or placeholders.
func (s *scanning) head() (string, error) {
	if s.config == nil {
		brokers := []string{"localhost:9092"}
		if len(s.flags.brokers) > 0 {
			brokers = s.flags.brokers
		}
		for i, b := range brokers {
			brokers[i] = fmt.Sprintf("%q", b)
		}
		return fmt.Sprintf(placeholders, strings.Join(brokers, ", ")), nil
	}
	if *s.flags.config == "-" { // it has been read
		return s.shown()
	}
	data, err := os.ReadFile(*s.flags.config)
	if err != nil {
		return "", usagef("%w", err)
	}
	if text := sections(string(data)); text != "" {
		return text, nil
	}
	return s.shown()
}

// sections cuts the kept sections out of a configuration; empty where it is not written a section below the other.
func sections(text string) string {
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || len(file.Docs) != 1 {
		return ""
	}
	root, ok := file.Docs[0].Body.(*ast.MappingNode)
	if !ok || root.IsFlowStyle {
		return ""
	}
	lines := strings.SplitAfter(text, "\n")
	var b strings.Builder
	for i, entry := range root.Values {
		from, to := entry.Key.GetToken().Position.Line-1, len(lines)
		if i+1 < len(root.Values) {
			to = root.Values[i+1].Key.GetToken().Position.Line - 1
		}
		for to > from+1 && (strings.TrimSpace(lines[to-1]) == "" || lines[to-1][0] == '#') { // which is about what follows
			to--
		}
		if kept[entry.Key.String()] {
			b.WriteString(strings.TrimRight(strings.Join(lines[from:to], ""), "\n") + "\n")
		}
	}
	return b.String()
}

// shown makes the sections anew of what they mean.
func (s *scanning) shown() (string, error) {
	data, err := s.config.Show()
	if err != nil {
		return "", err
	}
	return sections(string(data)), nil
}
