package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"voile/crypto"
	"voile/pipeline/scan"
)

func newReveal() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reveal [TOKEN…]",
		Short: "give the values behind tokens, under your own Vault token",
		Long: `Give the values behind tokens: of those named, one per line, or of every token
in the text on standard input, which is copied with each token replaced by its
value.

Tokens of method tokenize give the normalized value, tokens of method encrypt
the JSON as it was; tokens of method hash cannot be revealed. In a text they stay
as they are, and so does what looks like a token and does not open; the latter is
counted on standard error and makes the exit code 1. A token inside base64 is not
seen: decode it first. With --json the text is JSON, and stays JSON: a value is
escaped as a string needs it, and what a token of method encrypt holds takes the
place of the whole string. On a terminal, what of a value could drive it is
escaped.

Vault is asked under your own Vault token, from VAULT_TOKEN or ~/.vault-token, not
as the proxy: whoever reveals needs rights of their own (voile keys policy reveal),
and Vault's audit log says who it was. The configuration says where Vault is; its
login is not used. Each use writes a line to the log on standard error, with the
number of tokens and no value.`,
		Example: `  voile reveal vt1.customer-email.AVeGL…
  kcat -C -b localhost -t events.web -e | voile reveal --json > revealed.jsonl`,
	}
	file := configFlag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "standard input is JSON: keep it so")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if asJSON && len(args) > 0 {
			return usagef("--json is for a text on standard input, not for tokens as arguments")
		}
		c, err := loadConfig(cmd, *file)
		if err != nil {
			return err
		}
		if *file == "-" && len(args) == 0 {
			return usagef("standard input is the configuration: name the tokens as arguments")
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
		r := newRevealer(func(domain string) (*crypto.Domain, error) {
			return loadDomain(ctx, client, c, domain)
		})
		r.terminal = isTerminal(cmd.OutOrStdout())
		defer func() { log.Info("tokens revealed", zap.Any("tokens", r.revealed)) }()
		if len(args) > 0 {
			return r.tokens(cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		}
		copyText := r.text
		if asJSON {
			copyText = r.json
		}
		p := newProgress(cmd.ErrOrStderr(), cmd.InOrStdin(), cmd.OutOrStdout())
		err = interruptible(ctx, &r.mu, func() error {
			return copyText(newProgressReader(cmd.InOrStdin(), p), cmd.OutOrStdout())
		})
		if errors.Is(err, errInterrupted) {
			return err
		}
		p.clear()
		if tally := r.tally(cmd.ErrOrStderr()); err == nil {
			err = tally
		}
		return err
	}
	return cmd
}

// A revealer opens tokens. It asks for the keys of a domain when it meets the domain's first token.
type revealer struct {
	load     func(domain string) (*crypto.Domain, error)
	terminal bool // values go to one: whoever wrote them to a source must not drive it

	mu       sync.Mutex // held while one token is opened
	domains  map[string]*crypto.Domain
	failed   map[string]error // by domain: why its keys cannot be had
	revealed map[string]int   // by domain: tokens that were opened
	oneWay   map[string]int   // by domain: tokens of method hash
	refused  map[string]int   // by domain: what looks like a token and does not open
}

func newRevealer(load func(domain string) (*crypto.Domain, error)) *revealer {
	return &revealer{
		load:     load,
		domains:  map[string]*crypto.Domain{},
		failed:   map[string]error{},
		revealed: map[string]int{},
		oneWay:   map[string]int{},
		refused:  map[string]int{},
	}
}

// reveal opens one token, and counts it where it stays closed.
func (r *revealer) reveal(text []byte, t crypto.Token) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.Method == crypto.Hash {
		r.oneWay[t.Domain]++
		return nil, crypto.ErrOneWay
	}
	d, err := r.domain(t.Domain)
	if err != nil {
		return nil, err
	}
	value, err := d.Reveal(text)
	if err != nil {
		r.refused[t.Domain]++
		return nil, err
	}
	r.revealed[t.Domain]++
	return value, nil
}

// domain asks once for the keys of a domain, also where the answer is that there are none: a text may be full of made-up
// tokens.
func (r *revealer) domain(name string) (*crypto.Domain, error) {
	if d := r.domains[name]; d != nil {
		return d, nil
	}
	if err := r.failed[name]; err != nil {
		return nil, err
	}
	d, err := r.load(name)
	if err != nil {
		r.failed[name] = err
		return nil, err
	}
	r.domains[name] = d
	return d, nil
}

// tokens reveals the tokens of the command line, one value per line.
func (r *revealer) tokens(stdout, stderr io.Writer, tokens []string) error {
	failed := false
	for i, text := range tokens {
		t, ok := crypto.ParseToken([]byte(text))
		var value []byte
		err := errors.New("has not the form of a token, as vt1.<domain>.<base64url>")
		if ok {
			value, err = r.reveal([]byte(text), t)
		}
		if err != nil {
			say(stderr, "token %d: %v", i+1, err)
			failed = true
			continue
		}
		if _, err := fmt.Fprintf(stdout, "%s\n", r.shown(value)); err != nil {
			return err
		}
	}
	if failed {
		return errFailedShown
	}
	return nil
}

// text copies in to out with each token replaced by its value.
func (r *revealer) text(in io.Reader, out io.Writer) error {
	return crypto.ReplaceTokens(out, in, func(dst, text []byte, t crypto.Token) []byte {
		value, err := r.reveal(text, t)
		if err != nil {
			return append(dst, text...)
		}
		return append(dst, r.shown(value)...)
	})
}

// shown is a value as it is, or on a terminal so that it is seen and not obeyed.
func (r *revealer) shown(value []byte) []byte {
	if !r.terminal {
		return value
	}
	return []byte(visible(string(value)))
}

// shownJSON is shown for JSON, which has no control characters but the ASCII ones between its values and stays JSON.
func (r *revealer) shownJSON(value []byte) []byte {
	if !r.terminal {
		return value
	}
	var out []byte
	for _, c := range string(value) { // bytes that are no text become U+FFFD
		switch {
		case c == '\r':
			out = append(out, ' ')
		case c < 0x7f || unicode.IsPrint(c):
			out = utf8.AppendRune(out, c)
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, c)
		}
	}
	return out
}

// json is text for JSON, which stays JSON. Its lines are looked at one by one: no string of JSON goes over a line end.
func (r *revealer) json(in io.Reader, out io.Writer) error {
	lines := newLineReader(in)
	w := bufio.NewWriter(out)
	var buf []byte
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return w.Flush()
		}
		if err != nil {
			return errors.Join(err, w.Flush())
		}
		buf = r.jsonLine(buf[:0], line)
		if _, err := w.Write(buf); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
}

func (r *revealer) jsonLine(dst, line []byte) []byte {
	copied := 0
	for f := range crypto.FindTokens(line) {
		value, err := r.reveal(line[f.Start:f.End], f.Token)
		if err != nil {
			continue
		}
		start, end := f.Start, f.End
		switch {
		case f.Token.Method != crypto.Encrypt:
			value = scan.AppendString(nil, value)
			value = value[1 : len(value)-1]
		case wholeString(line, start, end):
			start, end = start-1, end+1
		case len(value) > 1 && value[0] == '"':
			value = value[1 : len(value)-1]
		default: // an object or a number in the middle of a string
			value = scan.AppendString(nil, value)
			value = value[1 : len(value)-1]
		}
		dst = append(append(dst, line[copied:start]...), r.shownJSON(value)...)
		copied = end
	}
	return append(dst, line[copied:]...)
}

// wholeString says whether line[start:end] is all that is between the quotes of a JSON string that is a value: not a
// member's name, which must stay a string.
func wholeString(line []byte, start, end int) bool {
	if start == 0 || line[start-1] != '"' || start > 1 && line[start-2] == '\\' {
		return false
	}
	if end == len(line) || line[end] != '"' {
		return false
	}
	return !bytes.HasPrefix(bytes.TrimLeft(line[end+1:], " \t"), []byte(":"))
}

// tally says of which tokens a text keeps the form, and why. The error is errFailedShown if any but one-way tokens stayed.
func (r *revealer) tally(stderr io.Writer) error {
	for _, domain := range slices.Sorted(maps.Keys(r.oneWay)) {
		say(stderr, "%s of domain %s stayed: method hash is one-way", count(r.oneWay[domain], "token"), domain)
	}
	for _, domain := range slices.Sorted(maps.Keys(r.refused)) {
		say(stderr, "%s of domain %s stayed: not genuine, or made under a key that is gone", count(r.refused[domain], "token"), domain)
	}
	for _, domain := range slices.Sorted(maps.Keys(r.failed)) {
		say(stderr, "the tokens of domain %s stayed: %v", domain, r.failed[domain])
	}
	if len(r.refused)+len(r.failed) > 0 {
		return errFailedShown
	}
	return nil
}
