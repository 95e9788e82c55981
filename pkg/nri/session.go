package nri

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/containerd/log"
	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/pkg/stub"
)

// session is the plugin on one connection.
type session struct {
	*Plugin
	stub stub.Stub
	// configured gets the result of Configure.
	configured chan error
	aborted    atomic.Bool
}

var errAborted = errors.New("the connection was given up")

// Configure learns what the runtime is. What the runtime holds as the plugin's configuration is not used: the policy is
// in one place, for every door.
func (s *session) Configure(ctx context.Context, config, runtime, version string) (api.EventMask, error) {
	if s.aborted.Load() {
		return 0, errAborted
	}
	if config != "" {
		log.G(ctx).Warn("the plugin's configuration at the runtime is not used, see /etc/seccompd")
	}
	err := s.learn(Runtime{Name: runtime, Version: version, NRI: s.stub.RuntimeNRIVersion()})
	s.configured <- err
	return 0, err // 0: every event that there is a handler for
}

// abort ends a stub that waits to be configured, which it would do for ever, by configuring it.
func (s *session) abort() {
	s.aborted.Store(true)
	if c, ok := s.stub.(api.PluginService); ok {
		go func() { _, _ = c.Configure(context.Background(), &api.ConfigureRequest{}) }()
	}
}

// stubLog takes the stub's log lines, of which only errors are news.
type stubLog struct{}

func (stubLog) Debugf(ctx context.Context, format string, args ...any) {
	log.G(ctx).Debugf(format, args...)
}

func (stubLog) Infof(ctx context.Context, format string, args ...any) {
	log.G(ctx).Debugf(format, args...)
}

func (stubLog) Warnf(ctx context.Context, format string, args ...any) {
	log.G(ctx).Warnf(format, args...)
}

func (stubLog) Errorf(ctx context.Context, format string, args ...any) {
	log.G(ctx).Errorf(format, args...)
}
