package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"voile/pipeline"
)

// An admin is the port that operators and their machines ask: /metrics, /healthz and /readyz. It has no secret and no
// value of a record to give, and still listens on loopback unless the configuration says otherwise.
type admin struct {
	server   *http.Server
	listener net.Listener
	failed   chan error
}

// A health is what /readyz is made of.
type health struct {
	pipeline func() pipeline.Status
	vault    func() (degraded bool, why string) // nil where there is no Vault: the demo
}

// listenAdmin opens the port; serving begins at once.
func listenAdmin(address string, metrics prometheus.Gatherer, h health) (*admin, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, hintf(fmt.Errorf("admin.listen: %w", err), "is another voile running here? name another port in admin.listen")
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "alive\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		code, text := h.ready()
		answer(w, code, text)
	})
	a := &admin{
		listener: listener, failed: make(chan error, 1),
		server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10},
	}
	go func() {
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- err
		}
	}()
	return a, nil
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

// ready says whether the process does its work: it has keys (else it would not have come this far) and has joined every
// group. Losing Vault after the start does not stop the stream, so it does not make the process unready; it is said.
// A stopped partition is said too: taking the whole process away would only stop its other partitions as well.
func (h *health) ready() (code int, text string) {
	var b strings.Builder
	status := h.pipeline()
	code = http.StatusOK
	if !status.Joined {
		code = http.StatusServiceUnavailable
		fmt.Fprintf(&b, "waiting: not yet in the group of route %s\n", strings.Join(status.Waiting, ", "))
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
