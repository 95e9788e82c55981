package node

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// A Service is a program that runs in a host until it is stopped.
type Service struct {
	process *process
	log     string
}

// Service starts a program as systemd would start the unit of that name: with the PATH that the unit's drop-ins set. It returns when
// ready says so.
func (h *Host) Service(ctx context.Context, unit string, ready func() bool, args ...string) (*Service, error) {
	cmd := h.Command(ctx, args...)
	env := cmd.Env
	if path := h.unitPath(unit); path != "" {
		env = append(env, "PATH="+path)
	}
	s := &Service{log: h.Path(unit + ".log")}
	var err error
	if s.process, err = startProcess(command{path: cmd.Path, args: cmd.Args[1:], env: env, log: s.log}); err != nil {
		return nil, fmt.Errorf("start %s: %w", unit, err)
	}
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		switch {
		case ready():
			return s, nil
		case !s.process.running() || ctx.Err() != nil || time.Since(start) > patience:
			s.process.kill()
			return nil, fmt.Errorf("start %s: it does not come up:\n%s", unit, tail(s.log))
		}
	}
}

var unitEnvironment = regexp.MustCompile(`(?m)^Environment="PATH=(.*)"$`)

// unitPath is the PATH that our drop-in for a unit sets.
func (h *Host) unitPath(unit string) string {
	text, err := os.ReadFile(h.Path("/etc/systemd/system/" + unit + ".service.d/50-seccompd.conf"))
	if err != nil {
		return ""
	}
	if m := unitEnvironment.FindStringSubmatch(string(text)); m != nil {
		return m[1]
	}
	return ""
}

// Log returns the end of what the service wrote.
func (s *Service) Log() string { return tail(s.log) }

// Stop ends the service. nsenter hands no signal on, so its child is told.
func (s *Service) Stop() error {
	pid := s.process.pid()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return err
	}
	for _, child := range strings.Fields(string(children)) {
		var n int
		if _, err := fmt.Sscan(child, &n); err != nil {
			return err
		}
		if err := syscall.Kill(n, syscall.SIGTERM); err != nil {
			return err
		}
	}
	select {
	case <-s.process.done:
		return nil
	case <-time.After(patience):
		s.process.kill()
		return fmt.Errorf("stop: still there after %v:\n%s", patience, s.Log())
	}
}
