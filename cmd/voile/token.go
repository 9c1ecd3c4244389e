package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"golang.org/x/term"

	"voile/config"
	"voile/crypto"
	"voile/crypto/vault"
)

func newToken() *cobra.Command {
	var asJSON, inBase64 bool
	cmd := &cobra.Command{
		Use:   "token DOMAIN",
		Short: "give the tokens of values, to find a person's records, under your own Vault token",
		Long: `Give the tokens of the values on standard input, one value per line, as the domain
DOMAIN makes them: to find the records of a person who asks for access to their data
or for its erasure. With method hash there is no other way, as its tokens cannot be
revealed.

A value has one token per key of the domain: after a rotation, records from before
have the old one. All are printed, one per line, that of the primary key first; with
--json one object per value instead, with the number of its line. The output never
holds a value. A value is the text as it stands between the line ends, a number as
it is spelled in the record; it is normalized as in a record. Empty lines are passed
over. At a terminal each value is asked for and not shown.

In base64 a token does not show. --base64 prints, behind the tokens, the texts of
which one stands in any base64 that holds one of them. Rules that say "as" or "pick" make no
tokens: voile try --vault shows what they make of a value.

Method encrypt has no equal tokens, so that nothing can be found by them: reveal
the tokens of a sink instead (voile reveal).

Vault is asked under your own Vault token, from VAULT_TOKEN or ~/.vault-token, not
as the proxy. The role token has the rights for domains of method hash, the role
reveal those for method tokenize, whose keys reveal, too (voile keys policy). Each
use writes a line to the log on standard error, with the number of values and no
value.`,
		Example: `  voile token customer-id < values.txt
  voile token customer-id < values.txt | grep -F -f - sink.jsonl    the records that hold them`,
		Args: tokenArgs,
	}
	file := configFlag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per value")
	cmd.Flags().BoolVar(&inBase64, "base64", false, "print also what stands of each token in base64")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := loadConfig(cmd, *file)
		if err != nil {
			return err
		}
		if *file == "-" {
			return usagef("standard input is the configuration: name its file with --config")
		}
		if err := mustFind(c, args[0]); err != nil {
			return err
		}
		log, err := newAuditLog(cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		ctx, stop := untilLogged(cmd.Context())
		defer stop()
		client, err := openVault(ctx, c)
		if err != nil {
			return err
		}
		defer client.Close() //nolint:errcheck // only the login of a proxy is revoked there
		domain, err := loadDomain(ctx, client, c, args[0])
		if err != nil {
			return needsRole(err, finderRole(c, args[0]))
		}
		finder, err := newTokenFinder(domain, cmd.OutOrStdout(), asJSON, inBase64)
		if err != nil {
			return err
		}
		// The line is written whatever the end: also where a signal ends it, an error, or the reader of the output.
		defer func() {
			log.Info("tokens of values given", zap.String("domain", args[0]), zap.Int("values", finder.values), zap.Int("keys", len(finder.each)))
		}()
		err = finder.run(ctx, cmd.InOrStdin(), cmd.ErrOrStderr())
		if remarked := finder.remarks(cmd.ErrOrStderr()); err == nil {
			err = remarked
		}
		return err
	}
	return cmd
}

// finderRole is the role that makes the tokens of a domain: where they can be revealed, who makes them can do that too.
func finderRole(c *config.Config, name string) vault.Role {
	for _, d := range c.Domains {
		if d.Name == name && crypto.Method(d.Method) == crypto.Tokenize {
			return vault.RoleReveal
		}
	}
	return vault.RoleToken
}

// tokenArgs wants a domain's name, and repeats nothing else: it may be a value.
func tokenArgs(_ *cobra.Command, args []string) error {
	const where = "give them on standard input, one per line: voile token DOMAIN < values.txt"
	switch {
	case len(args) == 0:
		return hintf(usagef("voile token needs the name of a domain"), "voile token DOMAIN < values.txt")
	case len(args) > 1:
		return hintf(usagef("voile token takes no values as arguments: everybody on the machine can see those, and the shell keeps them"), where)
	case !crypto.ValidDomainName(args[0]):
		return hintf(usagef("the argument is not a domain's name; values do not belong there: everybody on the machine can see arguments, and the shell keeps them"), where)
	}
	return nil
}

// mustFind says whether the configuration has a domain whose values can be found again, before anybody types one.
func mustFind(c *config.Config, name string) error {
	var names []string
	for _, d := range c.Domains {
		if crypto.Method(d.Method) == crypto.Encrypt {
			if d.Name == name {
				return hintf(usagef("domain %s: method encrypt gives equal values different tokens: those of a value cannot be made again", name),
					"reveal the tokens of the sink, and look for the value there: voile reveal --json < sink.jsonl")
			}
			continue
		}
		if d.Name == name {
			return nil
		}
		names = append(names, d.Name)
	}
	err := usagef("the configuration has no domain of that name")
	if near := nearest(name, names); near != "" {
		return hintf(err, "did you mean: voile token %s", near)
	}
	if len(names) == 0 {
		return hintf(err, "it has none whose tokens could be looked for: all are of method encrypt")
	}
	return hintf(err, "its domains with equal tokens: %s", strings.Join(names, ", "))
}

// A tokenFinder makes the tokens of values under every key of a domain. It holds one value at a time.
type tokenFinder struct {
	each     []*crypto.Domain // the domain, under each of its keys
	out      *bufio.Writer
	asJSON   bool
	inBase64 bool // what stands of a token in base64, too

	mu         sync.Mutex // of what follows, and of out: held while one value is dealt with
	values     int        // whose tokens were made
	odd        int        // of those, not understood by the normalizer
	tokens     int        // values that are tokens of the domain already, and were passed over
	normalized []byte
	token      []byte
}

func newTokenFinder(domain *crypto.Domain, out io.Writer, asJSON, inBase64 bool) (*tokenFinder, error) {
	each, err := domain.UnderEachKey()
	if err != nil {
		return nil, err
	}
	return &tokenFinder{each: each, out: bufio.NewWriter(out), asJSON: asJSON, inBase64: inBase64}, nil
}

// run reads values until their end, or until ctx ends.
func (f *tokenFinder) run(ctx context.Context, in io.Reader, stderr io.Writer) error {
	next, restore := linesOf(in), func() {}
	if isTerminal(in) {
		next, restore = f.asked(in.(*os.File), stderr)
	}
	err := interruptible(ctx, &f.mu, func() error { return f.all(next) })
	if errors.Is(err, errInterrupted) {
		restore()
	}
	if flushed := f.out.Flush(); flushed != nil && err == nil {
		err = fmt.Errorf("standard output: %w", flushed)
	}
	return err
}

func (f *tokenFinder) all(next func() (text []byte, line int, err error)) error {
	for {
		text, line, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && len(text) > 0 {
			f.mu.Lock()
			err = f.value(text, line)
			f.mu.Unlock()
		}
		if err != nil {
			return err
		}
	}
}

// linesOf hands out what stands between the line ends, valid until the next call.
func linesOf(in io.Reader) func() ([]byte, int, error) {
	lines := newLineReader(in)
	return func() ([]byte, int, error) {
		line, err := lines.next()
		return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), lines.number, err
	}
}

// asked asks for one value after the other at a terminal, which does not show them: neither who looks over a shoulder nor the
// terminal's memory is to have them. restore makes the terminal show again what is typed.
func (f *tokenFinder) asked(terminal *os.File, stderr io.Writer) (next func() ([]byte, int, error), restore func()) {
	fd := int(terminal.Fd()) //nolint:gosec // a file descriptor is a small number
	before, known := term.GetState(fd)
	line := 0
	next = func() ([]byte, int, error) {
		f.mu.Lock()
		err := f.out.Flush()
		f.mu.Unlock()
		if err != nil {
			return nil, line, fmt.Errorf("standard output: %w", err)
		}
		fmt.Fprint(stderr, "value (not shown; an empty one ends): ")
		text, err := term.ReadPassword(fd)
		fmt.Fprintln(stderr)
		if err == nil && len(text) == 0 {
			err = io.EOF
		}
		line++
		return text, line, err
	}
	return next, func() {
		if known == nil {
			_ = term.Restore(fd, before)
		}
		fmt.Fprintln(stderr)
	}
}

// value prints the tokens of one value.
func (f *tokenFinder) value(text []byte, line int) error {
	if !utf8.Valid(text) {
		return fmt.Errorf("line %d: not UTF-8, which no value of a JSON record can be: convert it first, as by iconv -t UTF-8", line)
	}
	if own, _ := f.each[0].Recognize(text); own {
		f.tokens++
		return nil
	}
	normalized, understood := f.each[0].Normalize(f.normalized[:0], text)
	f.normalized = normalized
	f.values++ // whatever becomes of the output
	if !understood {
		f.odd++
	}
	found := foundJSON{Line: line, Understood: understood, Tokens: make([]string, 0, len(f.each))}
	for _, d := range f.each {
		token, err := d.AppendToken(f.token[:0], normalized)
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		f.token = token
		found.Tokens = append(found.Tokens, string(token))
		if f.inBase64 {
			for _, text := range insideBase64(token) {
				found.Base64 = append(found.Base64, string(text))
			}
		}
	}
	var err error
	if f.asJSON {
		err = json.NewEncoder(f.out).Encode(found)
	} else {
		_, err = f.out.WriteString(strings.Join(append(found.Tokens, found.Base64...), "\n") + "\n")
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// foundJSON is what --json prints for a value. It never has the value.
type foundJSON struct {
	Line       int      `json:"line"`
	Understood bool     `json:"understood"` // by the normalizer; else the tokens are those of the trimmed text
	Tokens     []string `json:"tokens"`     // under the primary key first
	Base64     []string `json:"base64,omitempty"`
}

// remarks says what to know of the tokens. The error is errFailedShown where something was passed over.
func (f *tokenFinder) remarks(stderr io.Writer) error {
	p := f.each[0].Params()
	disabled := len(f.each[0].Keys()) - len(f.each)
	if f.odd > 0 {
		say(stderr, "%d of %s not understood by normalizer %s: their tokens are those of the trimmed text", f.odd, count(f.values, "value"), p.Normalizer)
	}
	if disabled > 0 {
		say(stderr, "%s of domain %s disabled: tokens that were made under such a key are not among these", count(disabled, "key"), p.Domain)
	}
	if f.tokens > 0 {
		say(stderr, "%s passed over: already a token of domain %s, to be looked for as it is", count(f.tokens, "line"), p.Domain)
		return errFailedShown
	}
	return nil
}
