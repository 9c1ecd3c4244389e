package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"voile/cmd/voile/live"
	"voile/config"
	"voile/crypto"
	"voile/crypto/vault"
)

// A surroundings is what a look at Kafka and Vault found.
type surroundings struct {
	config    *config.Config
	principal string // who the brokers take the proxy for
	domains   []crypto.Params
	findings  []live.Finding
}

// checkLive is `voile check --live` for a configuration without mistakes. What it finds is printed; a failure sets the
// exit code.
func checkLive(ctx context.Context, w io.Writer, name string, c *config.Config, show func(io.Writer, string, surroundings) error) error {
	ctx, stop := untilSignal(ctx)
	defer stop()
	domains, err := paramsOf(c)
	if err != nil {
		return err
	}
	var (
		wg           sync.WaitGroup
		kafka, inKMS []live.Finding
		principal    string
	)
	wg.Go(func() { principal = principalOf(ctx, c) })
	wg.Go(func() { kafka, _ = askKafka(ctx, c) })
	wg.Go(func() {
		var keys live.Keys
		keys, inKMS = live.Vault(ctx, vaultOptions(c, proxyAuth(c)), domains)
		if keys.Client != nil {
			_ = keys.Client.Close() // the Vault token ends by itself where it could not be revoked
		}
	})
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s := surroundings{config: c, principal: principal, domains: domains, findings: append(kafka, inKMS...)}
	if err := show(w, name, s); err != nil {
		return err
	}
	if !live.Works(s.findings) {
		return errFailedShown
	}
	return nil
}

// principalOf is who the brokers take the proxy for.
func principalOf(ctx context.Context, c *config.Config) string {
	options, err := kafkaOptions(c, nil)
	if err != nil {
		return live.PrincipalUnknown // askKafka says why
	}
	return live.Principal(ctx, c, options.SASL)
}

// askKafka looks at the cluster, and says where it cannot even begin.
func askKafka(ctx context.Context, c *config.Config) ([]live.Finding, map[string]int) {
	options, err := kafkaOptions(c, nil)
	if err != nil {
		return []live.Finding{{Check: "kafka.tls", Subject: "TLS to the brokers", Result: live.Failed, AtStart: live.Stops,
			Detail: err.Error(), Do: "correct the files that kafka.tls names"}}, nil
	}
	return live.Kafka(ctx, c, options)
}

// remedies are the commands that give the proxy the rights that lack.
type remedies struct {
	acls, moreACLs []string // what is needed; what would only let the check see more
	policy         string   // a shell's command of several lines, or empty
}

func (s surroundings) remedies() (r remedies) {
	r.acls, r.moreACLs = live.ACLCommands(s.config, s.principal, s.findings)
	r.policy = s.policyCommand()
	return r
}

// policyCommand writes the whole least policy of a proxy, in which each line that lacks is marked: the whole, because
// writing a policy replaces it. It is empty where nothing lacks.
func (s surroundings) policyCommand() string {
	missing := map[string]bool{}
	for _, f := range s.findings {
		for _, grant := range f.Missing {
			missing[grant.Path] = true
		}
	}
	if len(missing) == 0 {
		return ""
	}
	o := vaultOptions(s.config, vault.Auth{})
	var b strings.Builder
	fmt.Fprintf(&b, "%s <<'EOF'\n", policyWrite(vault.RoleProxy, o))
	for _, grant := range o.Policy(vault.RoleProxy, s.domains) {
		b.WriteString(grant.String())
		if missing[grant.Path] {
			b.WriteString(" # lacks")
		}
		b.WriteByte('\n')
	}
	b.WriteString("EOF")
	return b.String()
}
