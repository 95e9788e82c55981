package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/containerd/log"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// serveMetrics serves /metrics and /healthz, and returns what ends that. That nobody can ask refuses no container.
func (d *daemon) serveMetrics(ctx context.Context) (stop func()) {
	l, err := listen(d.set.metrics)
	if err != nil {
		log.G(ctx).WithError(err).Error("metrics are not served")
	}
	if l == nil {
		return func() {}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if ill := d.ill(); len(ill) > 0 {
			http.Error(w, strings.Join(ill, "\n"), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
	})
	server := &http.Server{Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	// On a loopback address anybody may connect, a pod with the host's network too: a connection is for one question, and does not
	// wait for another.
	server.SetKeepAlivesEnabled(false)
	go func() {
		if err := server.Serve(netutil.LimitListener(l, maxAsking)); !errors.Is(err, http.ErrServerClosed) {
			log.G(ctx).WithError(err).Error("metrics are not served any more")
		}
	}()
	return func() { _ = server.Close() }
}

// maxAsking is how many connections are open at once: each is a descriptor of the daemon's. Others wait.
const maxAsking = 16

// listen listens on a unix socket for root only, or on a loopback address. It returns nil for "none".
func listen(address string) (net.Listener, error) {
	network, address, err := listenAddress(address)
	if err != nil || network == "" {
		return nil, err
	}
	if network != "unix" {
		return net.Listen(network, address)
	}
	if err := os.MkdirAll(filepath.Dir(address), 0o755); err != nil {
		return nil, err
	}
	if st, err := os.Lstat(address); err == nil && st.Mode()&fs.ModeSocket != 0 {
		_ = os.Remove(address)
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	// Nobody connects in between: whoever may not write to the directory's socket is refused by its mode at bind time
	// already, since the daemon's umask is 077.
	if err := os.Chmod(address, 0o600); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// stuckLimit is longer than any engine waits for an answer.
const stuckLimit = 10 * time.Second

// ill says what keeps the daemon from answering the engine.
func (d *daemon) ill() []string {
	var out []string
	if _, err := d.keeper.Engine(); err != nil {
		out = append(out, err.Error())
	}
	if st := d.plugin.State(); d.usesNRI() && !st.Connected {
		out = append(out, "no connection to the engine: "+d.nriError())
	}
	if s := d.plugin.Stuck(); s > stuckLimit {
		out = append(out, fmt.Sprintf("a request has not been answered for %v", s.Round(time.Second)))
	}
	return out
}
