package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline"
)

// An admin is the port that operators and their machines ask: /metrics, /healthz and /readyz. It has no secret and no
// value of a record to give, and still listens on loopback unless the configuration says otherwise.
type admin struct {
	registry *prometheus.Registry
	health   *health
	server   *http.Server
	listener net.Listener
	failed   chan error
}

// openAdmin opens the port; serving begins at once.
func openAdmin(c *config.Config, log *zap.Logger) (*admin, error) {
	listener, err := net.Listen("tcp", c.Admin.Listen)
	if err != nil {
		return nil, hintf(fmt.Errorf("admin.listen: %w", err), "is another voile running here? name another port in admin.listen")
	}
	a := &admin{registry: prometheus.NewRegistry(), health: &health{}, listener: listener, failed: make(chan error, 1)}
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a.register()
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "alive\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		code, text := a.health.ready()
		answer(w, code, text)
	})
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	go func() {
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- err
		}
	}()
	log.Info("admin port open", zap.String("address", a.address()))
	return a, nil
}

// register makes the metrics of the process as a whole.
func (a *admin) register() {
	b := currentBuild()
	a.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "voile_build_info",
		Help:        "1, with the version of voile and of Go in its labels.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "goversion": b.Go},
	}, func() float64 { return 1 }))
	a.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "voile_ready",
		Help: "1 while the process has keys and is in the group of every route, as /readyz says.",
	}, func() float64 {
		if code, _ := a.health.ready(); code != http.StatusOK {
			return 0
		}
		return 1
	}))
}

func (a *admin) address() string { return a.listener.Addr().String() }

// close ends the port, waiting a moment for answers under way.
func (a *admin) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if a.server.Shutdown(ctx) != nil {
		_ = a.server.Close()
	}
}

func answer(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text)
}

// A health is what /readyz is made of. It is safe for concurrent use.
type health struct {
	mu       sync.Mutex
	waiting  []waiting                          // what the start waits for, in the order in which it was begun
	pipeline func() pipeline.Status             // nil until the start is made
	vault    func() (degraded bool, why string) // nil where there is no Vault: the demo
}

// waiting is one thing that the start waits for.
type waiting struct{ what, text string }

// setWaiting says that the start waits for something, in the words of text; an empty text that it waits no more.
func (h *health) setWaiting(what, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.waiting, func(w waiting) bool { return w.what == what })
	switch {
	case text == "" && i >= 0:
		h.waiting = slices.Delete(h.waiting, i, i+1)
	case text == "":
	case i >= 0:
		h.waiting[i].text = text
	default:
		h.waiting = append(h.waiting, waiting{what, text})
	}
}

func (h *health) setPipeline(status func() pipeline.Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pipeline = status
}

func (h *health) setVault(state func() (degraded bool, why string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.vault = state
}

// ready says whether the process does its work: the checks at the start are passed and every group is joined. Losing Vault
// after the start does not stop the stream, so it does not make the process unready; it is said. A stopped partition is
// said too: taking the whole process away would only stop its other partitions as well.
func (h *health) ready() (code int, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var b strings.Builder
	if h.pipeline == nil {
		for _, w := range h.waiting {
			fmt.Fprintf(&b, "waiting: %s\n", w.text)
		}
		if b.Len() == 0 {
			b.WriteString("waiting: starting\n")
		}
		return http.StatusServiceUnavailable, b.String()
	}
	status := h.pipeline()
	code = http.StatusOK
	if !status.Joined {
		code = http.StatusServiceUnavailable
		fmt.Fprintf(&b, "waiting: not in the group of route %s\n", strings.Join(status.Waiting, ", "))
	} else {
		b.WriteString("ready\n")
	}
	if h.vault != nil {
		if degraded, why := h.vault(); degraded {
			fmt.Fprintf(&b, "vault: degraded: %s\n", why)
		} else {
			b.WriteString("vault: healthy\n")
		}
	}
	for _, s := range status.Stopped {
		fmt.Fprintf(&b, "stopped: %s\n", s)
	}
	return code, b.String()
}
