package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"voile/crypto/vault"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/replay"
)

func newQuarantineShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show TOPIC/PARTITION/OFFSET",
		Short: "show one record of the quarantine in the clear, on a terminal",
		Long: `Show one record of the quarantine in the clear: why it was set aside, where it
came from, its key, headers and value. The place is that in the quarantine topic,
as list --long prints it; any part of an entry will do.

This is for the eyes of the person who asks: it prints to a terminal and to
nothing else. What could drive the terminal is escaped. A line on standard error
says, before the record is shown, that it is: with the place, the route and the
reason, and no value.

` + whoOpens,
		Example: `  voile quarantine show -c voile.yaml voile.quarantine/3/42`,
	}
	file := configFlag(cmd)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return hintf(usagef("%s takes one place", cmd.CommandPath()), "see: %s --help", cmd.CommandPath())
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		topic, partition, offset, err := parsePlace(args[0])
		if err != nil {
			return err
		}
		if !isTerminal(cmd.OutOrStdout()) {
			return hintf(usagef("a record in the clear is shown on a terminal only, and standard output is none"), "run it without a pipe or a file behind it")
		}
		e, err := openEntry(cmd, *file, topic, partition, offset)
		if err != nil {
			return err
		}
		log, err := newAuditLog(cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		log.Info("a record of the quarantine is shown in the clear", zap.String("place", args[0]),
			zap.String("route", e.Route), zap.String("reason", e.Reason))
		return printEntry(cmd.OutOrStdout(), args[0], e)
	}
	return cmd
}

// openEntry opens an entry under the operator's own Vault token.
func openEntry(cmd *cobra.Command, file, topic string, partition int, offset int64) (*quarantine.Entry, error) {
	c, err := loadConfig(cmd, file)
	if err != nil {
		return nil, err
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	keys, err := openVault(ctx, c)
	if err != nil {
		return nil, err
	}
	defer keys.Close() //nolint:errcheck // only the login of a proxy is revoked there
	opener, err := keys.LoadOpener(ctx)
	if err != nil {
		return nil, needsRole(err, vault.RoleQuarantine)
	}
	client, err := quarantineClient(cmd.ErrOrStderr(), c)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	e, err := replay.Open(ctx, client, opener, topic, partition, offset)
	if errors.Is(err, replay.ErrNotThere) {
		return nil, hintf(err, "see what is there: voile quarantine list --long")
	}
	return e, err
}

// printEntry prints an entry so that nothing in it can drive the terminal or pass for a line of ours.
func printEntry(w io.Writer, at string, e *quarantine.Entry) error {
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "%-10s %s\n", name, text) }
	line("place", at)
	line("route", visible(e.Route))
	reason := e.Reason
	if e.Where != "" {
		reason += ", " + e.Where
	}
	line("reason", visible(reason))
	line("set aside", e.Time.UTC().Format(time.RFC3339Nano))
	line("from", fmt.Sprintf("%s/%d at offset %d", visible(e.Topic), e.Partition, e.Offset))
	if r := e.Record; r != nil {
		printRecord(&b, line, r)
	} else {
		fmt.Fprintf(&b, "a batch that could not be decoded, %d bytes\n%s", len(e.Batch), hex.Dump(e.Batch))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printRecord(b *strings.Builder, line func(name, text string), r *record.Record) {
	stamp := "none"
	if r.Timestamp >= 0 {
		stamp = time.UnixMilli(r.Timestamp).UTC().Format(time.RFC3339Nano)
	}
	line("timestamp", stamp)
	line("key", quoted(r.Key))
	for _, h := range r.Headers {
		line("header", quoted(h.Name)+" "+quoted(h.Value))
	}
	switch {
	case r.Value == nil:
		line("value", "null")
	case len(r.Value) == 0:
		line("value", "empty")
	default:
		line("value", fmt.Sprintf("%d bytes", len(r.Value)))
		for text := range strings.SplitSeq(strings.TrimSuffix(string(r.Value), "\n"), "\n") {
			fmt.Fprintf(b, "  %s\n", visible(text))
		}
	}
}

// quoted is a text between quotes, with Go's escapes; null without.
func quoted(text []byte) string {
	if text == nil {
		return "null"
	}
	return strconv.Quote(string(text))
}

// visible escapes what a terminal would not print but obey, or show as something else: control characters, those that
// change the direction of what follows, and bytes that are no text.
func visible(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		text = text[n:]
	}
	return b.String()
}
