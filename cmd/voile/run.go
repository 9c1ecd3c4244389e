package main

import (
	"context"
	"errors"
	"fmt"
	"os"
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

It begins with the checks of "voile check --live": it waits for what heals by
itself, and ends with exit code 1 at what needs a person. The keysets are read
from Vault once, then, under the login that the configuration names; they must
have been made before (voile keys init). Losing Vault later does not stop the
stream. The admin port (admin.listen) has /metrics, /healthz and /readyz. Logs go
to standard error, as JSON unless that is a terminal.`,
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
		boundHeap(os.LookupEnv)
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

// runProxy is `voile run` from the admin port to the last commit. The port opens first: while Vault or the brokers are away
// the process is alive and not ready, and says so.
func runProxy(ctx context.Context, c *config.Config, log *zap.Logger) error {
	log.Info("voile starts", zap.Stringer("version", currentBuild()), zap.Int("routes", len(c.Routes)), zap.Int("domains", len(c.Domains)))
	a, err := openAdmin(c, log)
	if err != nil {
		return err
	}
	defer a.close()
	begun, err := begin(ctx, c, a.health, log)
	if err != nil || begun == nil {
		return err
	}
	defer begun.keys.close()
	begun.keys.register(a.registry)
	a.health.setVault(begun.keys.health)
	return serve(ctx, c, a, begun.keys.pipelineKeys, begun.partitions, log)
}

// pipelineKeys are what the pipeline needs of the cryptography.
type pipelineKeys struct {
	domains map[string]transform.Domain
	sealer  quarantine.Sealer
}

// serve runs the pipeline until ctx ends, or the admin port fails. partitions has the number of every topic's.
func serve(ctx context.Context, c *config.Config, a *admin, keys pipelineKeys, partitions map[string]int, log *zap.Logger) error {
	client, err := newKafkaClient(c, log)
	if err != nil {
		return err
	}
	defer client.Close()
	p, err := pipeline.New(pipeline.Parts{
		Config: c, Client: client, Domains: keys.domains, Sealer: keys.sealer,
		Log: log, Metrics: pipeline.NewMetrics(a.registry), Now: time.Now, Partitions: partitions,
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
	gauge("voile_vault_token_lifetime_seconds", "What the rest until the Vault token's end is to be held against: its last lease, or the lifetime that a Vault token from the configuration was made with; 0 for never.", func() float64 {
		return k.client.State().TokenLifetime.Seconds()
	})
	created := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "voile_keyset_created_timestamp_seconds",
		Help: "When the keyset of a domain was made, as Unix time."}, []string{"domain"})
	r.MustRegister(created)
	for domain, at := range k.created {
		created.WithLabelValues(domain).Set(float64(at.Unix()))
	}
}
