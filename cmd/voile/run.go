package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"voile/config"
	"voile/crypto/vault"
	"voile/pipeline"
	"voile/pipeline/quarantine"
	"voile/pipeline/transform"
)

func newRun() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "take records from their source topics to their sinks, with tokens in place of identifiers",
		Long: `Take records from their source topics to their sinks, with tokens in place of
identifiers, until SIGTERM or SIGINT; then finish what is in flight, commit, and
leave the groups, within 10 seconds.

The keysets are read from Vault once, at the start, under the login that the
configuration names; they must have been made before (voile keys init). Losing
Vault later does not stop the stream. The admin port (admin.listen) has /metrics,
/healthz and /readyz. Logs go to standard error, as JSON unless that is a terminal.`,
		Example: `  voile run -c voile.yaml
  curl -s localhost:9640/readyz    is it at work?`,
		Args: noArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(cmd, *file)
		if err != nil {
			return err
		}
		log, err := newLog(cmd.ErrOrStderr(), c.Log.Level)
		if err != nil {
			return err
		}
		ctx, stop := untilSignal(cmd.Context())
		defer stop()
		if err := runProxy(ctx, c, log); err != nil {
			log.Error("voile ended", zap.Error(err))
			return errFailedShown
		}
		log.Info("voile ended")
		return nil
	}
	return cmd
}

// untilSignal gives a context that ends with SIGTERM or SIGINT. A second signal then ends the process at once.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// runProxy is `voile run` from the admin port to the last commit. The port opens first: while Vault is away the process is
// alive and not ready, and says so.
func runProxy(ctx context.Context, c *config.Config, log *zap.Logger) error {
	log.Info("voile starts", zap.Stringer("version", currentBuild()), zap.Int("routes", len(c.Routes)), zap.Int("domains", len(c.Domains)))
	a, err := openAdmin(c, log)
	if err != nil {
		return err
	}
	defer a.close()
	keys, err := openKeys(ctx, c, log)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer keys.close()
	keys.register(a.registry)
	a.health.setVault(keys.health)
	return serve(ctx, c, a, keys.pipelineKeys, log)
}

// pipelineKeys are what the pipeline needs of the cryptography.
type pipelineKeys struct {
	domains map[string]transform.Domain
	sealer  quarantine.Sealer
}

// serve runs the pipeline until ctx ends, or the admin port fails.
func serve(ctx context.Context, c *config.Config, a *admin, keys pipelineKeys, log *zap.Logger) error {
	client, err := newKafkaClient(c, log)
	if err != nil {
		return err
	}
	defer client.Close()
	p, err := pipeline.New(pipeline.Parts{
		Config: c, Client: client, Domains: keys.domains, Sealer: keys.sealer,
		Log: log, Metrics: pipeline.NewMetrics(a.registry), Now: time.Now,
	})
	if err != nil {
		return err
	}
	a.health.setPipeline(p.Status)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-a.failed:
			cancel(fmt.Errorf("admin port: %w", err))
		case <-ctx.Done():
		}
	}()
	err = p.Run(ctx)
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}

// vaultKeys are the keys of a proxy: read once, and the Vault token kept alive.
type vaultKeys struct {
	pipelineKeys
	client  *vault.Client
	created map[string]time.Time // by domain
}

func (k *vaultKeys) close() { _ = k.client.Close() }

func (k *vaultKeys) health() (degraded bool, why string) {
	s := k.client.State()
	return !s.Healthy, s.Reason
}

// register makes the metrics of what Vault gave.
func (k *vaultKeys) register(r prometheus.Registerer) {
	gauge := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	gauge("voile_vault_degraded", "1 while Vault cannot be reached or refuses the Vault token; the stream goes on with the keysets in memory.", func() float64 {
		if degraded, _ := k.health(); degraded {
			return 1
		}
		return 0
	})
	gauge("voile_vault_token_expiry_timestamp_seconds", "When the Vault token ends if it is not renewed, as Unix time; 0 for never.", func() float64 {
		if at := k.client.State().TokenExpiry; !at.IsZero() {
			return float64(at.Unix())
		}
		return 0
	})
	created := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "voile_keyset_created_timestamp_seconds",
		Help: "When the keyset of a domain was made, as Unix time."}, []string{"domain"})
	r.MustRegister(created)
	for domain, at := range k.created {
		created.WithLabelValues(domain).Set(float64(at.Unix()))
	}
}

// openKeys logs in at Vault and loads every keyset. What may heal (Vault away, sealed) is tried again until ctx ends.
func openKeys(ctx context.Context, c *config.Config, log *zap.Logger) (*vaultKeys, error) {
	wait, told := time.Second, false
	for {
		keys, err := tryKeys(ctx, c, log)
		if err == nil || ctx.Err() != nil || !vault.Retry(err) {
			return keys, err
		}
		if !told {
			told = true
			log.Warn("no keys yet; trying on", zap.Error(err))
		}
		select {
		case <-time.After(wait/2 + rand.N(wait/2)):
			wait = min(2*wait, 30*time.Second)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func tryKeys(ctx context.Context, c *config.Config, log *zap.Logger) (*vaultKeys, error) {
	options := vaultOptions(c, proxyAuth(c))
	options.OnChange = func(s vault.State) {
		if s.Healthy {
			log.Info("vault: healthy again")
		} else {
			log.Warn("vault: degraded; the stream goes on with the keysets in memory", zap.String("reason", s.Reason))
		}
	}
	client, err := vault.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	keys := &vaultKeys{client: client, created: map[string]time.Time{}}
	if err := keys.load(ctx, c); err != nil {
		keys.close()
		return nil, err
	}
	log.Info("keysets loaded", zap.Int("domains", len(keys.domains)))
	return keys, nil
}

// load reads every keyset, and tells of all that cannot be had at once.
func (k *vaultKeys) load(ctx context.Context, c *config.Config) error {
	params, err := paramsOf(c)
	if err != nil {
		return err
	}
	k.domains = make(map[string]transform.Domain, len(params))
	var errs []error
	for _, p := range params {
		keyset, err := k.client.LoadKeyset(ctx, p)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		k.domains[p.Domain], k.created[p.Domain] = keyset.Domain, keyset.Created
	}
	k.sealer, err = k.client.LoadSealer(ctx)
	return errors.Join(append(errs, err)...)
}
