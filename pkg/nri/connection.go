package nri

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/containerd/log"
	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/pkg/stub"
)

// Name is the plugin's name at the runtime: what required_plugins lists, with or without the index.
const Name = "seccompd"

// Launched reports whether the runtime started this process, as a plugin registered beforehand: it then has its
// connection, name and index from the environment.
func Launched() bool { return os.Getenv(api.PluginSocketEnvVar) != "" }

// Connection says where the runtime is. It is not used where the runtime launched the process.
type Connection struct {
	// Socket is the path of NRI's socket, Index the plugin's place among others, two digits.
	Socket string
	Index  string
}

// Back-off between attempts to connect.
const (
	firstWait = 250 * time.Millisecond
	lastWait  = 5 * time.Second
)

// startTimeout bounds registration and configuration, for which a runtime allows 5 s and 2 s.
const startTimeout = 15 * time.Second

// errLost is the error of a connection that the runtime closed.
var errLost = errors.New("the runtime closed the connection")

// Run serves requests until the context is done, and connects again when the connection is lost. It returns an
// *UnsupportedError from a runtime that cannot take our filters. Where the runtime launched the process it also returns
// when the connection is lost, since there is no way to another.
func (p *Plugin) Run(ctx context.Context, c Connection) error {
	wait := firstWait
	for {
		err := p.serve(ctx, c)
		if ctx.Err() != nil {
			return nil
		}
		served := p.State().Connected
		p.change(func(s *State) { s.Connected, s.Error = false, err.Error() })
		var unsupported *UnsupportedError
		if Launched() || errors.As(err, &unsupported) {
			return err
		}
		if served {
			wait = firstWait
		}
		log.G(ctx).WithError(err).Warnf("no connection to the runtime, trying again in %v", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		wait = min(2*wait, lastWait)
	}
}

// serve serves one connection.
func (p *Plugin) serve(ctx context.Context, c Connection) error {
	options := []stub.Option{
		stub.WithFailurePolicy(&api.FailurePolicy{FailRequest: true}),
		stub.WithLogger(stubLog{}),
	}
	if !Launched() {
		conn, err := (&net.Dialer{Timeout: startTimeout}).DialContext(ctx, "unix", c.Socket)
		if err != nil {
			return fmt.Errorf("connect to NRI: %w", err)
		}
		defer func() { _ = conn.Close() }()
		options = append(options, stub.WithPluginName(Name), stub.WithPluginIdx(c.Index), stub.WithConnection(conn))
	}
	s := &session{Plugin: p, configured: make(chan error, 2)}
	var err error
	if s.stub, err = stub.New(s, options...); err != nil {
		return fmt.Errorf("make plugin: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.stub.Run(ctx) }()
	select {
	case err := <-s.configured:
		if err != nil {
			// The runtime gets the error as the answer, which must be on its way before the connection goes.
			if ending := <-ended; ending != nil {
				log.G(ctx).WithError(ending).Debug("connection ended")
			}
			return err
		}
	case err := <-ended:
		return fmt.Errorf("register at NRI: %w", lost(err))
	case <-time.After(startTimeout):
		s.abort()
		return fmt.Errorf("register at NRI: not configured within %v", startTimeout)
	case <-ctx.Done():
		s.abort()
		return ctx.Err()
	}
	return fmt.Errorf("serve NRI: %w", lost(<-ended))
}

func lost(err error) error {
	if err == nil {
		return errLost
	}
	return err
}
