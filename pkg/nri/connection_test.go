package nri_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/nri"
)

// line is a socket before a runtime's whose connections can be cut.
type line struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func cutLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := net.Listen("unix", to+"l")
	if err != nil {
		t.Fatal(err)
	}
	p := &line{Listener: l}
	t.Cleanup(func() { l.Close(); p.cut() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", to)
			if err != nil {
				near.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, near, far)
			p.mu.Unlock()
			go func() { _, _ = io.Copy(near, far); near.Close() }()
			go func() { _, _ = io.Copy(far, near); far.Close() }()
		}
	}()
	return p
}

func (p *line) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func TestConnectsAgain(t *testing.T) {
	n := newNode(engine(t, replace))
	n.runtime = startRuntime(t, "", engineName, engineVersion)
	p := cutLine(t, n.runtime.socket)
	n.runtime.socket = p.Addr().String()
	n.run(t)
	for range 3 {
		p.cut()
		n.wait(t, false)
		if s := n.State(); s.Error == "" {
			t.Error("it does not say why it is not connected")
		}
		n.wait(t, true)
		if f, err := n.runtime.create(pod(), container("1")); err != nil || f == nil {
			t.Errorf("after connecting again: %v, %v", f, err)
		}
	}
}

func TestWaitsForASocket(t *testing.T) {
	n := newNode(engine(t, keep))
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	if err := n.Run(ctx, nri.Connection{Socket: filepath.Join(dir, "none"), Index: "10"}); err != nil {
		t.Errorf("error %v, want none: the context is done", err)
	}
	if s := n.State(); s.Connected || !strings.Contains(s.Error, "connect to NRI") {
		t.Errorf("state %+v", s)
	}
}

func TestUnsupportedRuntime(t *testing.T) {
	n := newNode(engine(t, keep))
	r := startRuntime(t, "", "containerd", "v2.1.6")
	err := n.Run(t.Context(), nri.Connection{Socket: r.socket, Index: "10"})
	var unsupported *nri.UnsupportedError
	if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), "containerd v2.1.6") || !strings.Contains(err.Error(), "containerd 2.2 or later") {
		t.Errorf("error %v, want one that names the version found and the one needed", err)
	}
}

func TestStateNamesTheMeasures(t *testing.T) {
	n := serve(t, engine(t, keep))
	if _, err := n.runtime.create(pod(), container("1")); err != nil {
		t.Fatal(err)
	}
	s := n.State()
	if s.Validator != nri.Yes || s.DefaultValidator != nri.No || s.Runtime.Name != engineName || s.Containers != 1 {
		t.Errorf("state %+v", s)
	}
}

func TestManyAtOnce(t *testing.T) {
	n := serve(t, engine(t, replace))
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if f, err := n.runtime.create(pod(), container(strconv.Itoa(i))); err != nil || f == nil {
				t.Errorf("container %d: %v, %v", i, f, err)
			}
			n.use(engine(t, replace))
		})
	}
	all.Wait()
}

// A runtime with NRI 0.12.5 refuses a container for which the plugin went away in the request, because it is asked to: of
// its own it would go on, and our validator with it.
func TestConnectionLostInARequest(t *testing.T) {
	var p *line
	n := newNode(broken{engine(t, replace), func(r enforce.Request) {
		if r.Workload.ID == "1" {
			p.cut()
		}
	}})
	n.runtime = startRuntime(t, "", engineName, engineVersion)
	p = cutLine(t, n.runtime.socket)
	n.runtime.socket = p.Addr().String()
	n.run(t)
	if f, err := n.runtime.create(pod(), container("1")); err == nil {
		t.Errorf("created with filter %v", f)
	}
}
