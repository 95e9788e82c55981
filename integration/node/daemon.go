package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// DaemonOptions are the command line of seccompd. What is left empty is in the
// node's own directory; the daemon never sees a path of an installed one.
type DaemonOptions struct {
	Policy    string   // required
	Profiles  []string // directories
	Index     string   // of the NRI plugin; "10" where empty
	StateDir  string
	RunDir    string
	Decisions string
	Denials   string
	Metrics   string // an address; a unix socket in the node's directory where empty
	LogLevel  string // "debug" where empty
	Env       []string
	Args      []string // further arguments
	Binary    string   // another seccompd than .build/bin/seccompd
}

// A Daemon is a seccompd that registers with the node as an external plugin,
// as systemd would start it.
type Daemon struct {
	Options DaemonOptions // with the defaults filled in
	node    *Node
	process *process
	notify  *notifySocket
}

// Daemon returns a seccompd with these options, which does not run yet.
func (n *Node) Daemon(o DaemonOptions) *Daemon {
	def := func(value *string, fallback string) {
		if *value == "" {
			*value = fallback
		}
	}
	def(&o.Index, "10")
	def(&o.StateDir, n.path("seccompd", "state"))
	def(&o.RunDir, n.path("seccompd", "run"))
	def(&o.Decisions, n.path("seccompd", "decisions.jsonl"))
	def(&o.Denials, n.path("seccompd", "denials.jsonl"))
	def(&o.Metrics, "unix://"+n.path("seccompd", "metrics.sock"))
	def(&o.LogLevel, "debug")
	return &Daemon{Options: o, node: n}
}

// shared are the flags that seccompd and seccompctl have in common.
func (d *Daemon) shared() []string {
	args := []string{"--policy", d.Options.Policy, "--state-dir", d.Options.StateDir, "--run-dir", d.Options.RunDir}
	for _, dir := range d.Options.Profiles {
		args = append(args, "--profiles", dir)
	}
	// Profiles are checked for the runtime that will load them.
	if runc, err := Binary("runc"); err == nil {
		args = append(args, "--runtime", runc)
	}
	return args
}

// Launch starts the daemon without waiting for anything.
func (d *Daemon) Launch() error {
	if d.Running() {
		return errors.New("start seccompd: it runs already")
	}
	binary := d.Options.Binary
	if binary == "" {
		var err error
		if binary, err = Binary("seccompd"); err != nil {
			return fmt.Errorf("start seccompd: %w", err)
		}
	}
	if err := os.MkdirAll(d.node.path("seccompd"), 0o700); err != nil {
		return fmt.Errorf("start seccompd: %w", err)
	}
	d.close()
	notify, err := listenNotify(d.node.path("seccompd", "notify"+d.Options.Index+".sock"))
	if err != nil {
		return fmt.Errorf("start seccompd: %w", err)
	}
	d.notify = notify
	args := append(d.shared(), "--nri-socket", d.node.NRISocket(), "--plugin-index", d.Options.Index,
		"--decisions", d.Options.Decisions, "--denials", d.Options.Denials, "--metrics", d.Options.Metrics, "--log-level", d.Options.LogLevel)
	env := append(os.Environ(), "NOTIFY_SOCKET="+notify.path)
	d.process, err = startProcess(command{path: binary, args: append(args, d.Options.Args...), env: append(env, d.Options.Env...), log: d.LogFile()})
	if err != nil {
		return fmt.Errorf("start seccompd: %w", err)
	}
	d.node.adopt(d.process)
	return nil
}

// WaitReady waits until the daemon has said READY=1. One that ends before is an
// error with the end of its log.
func (d *Daemon) WaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-d.notify.ready:
		return nil
	case <-d.process.done:
		return fmt.Errorf("wait for seccompd: it ended: %w\n%s", errors.Join(d.process.err, errEnded), tail(d.LogFile()))
	case <-ctx.Done():
		return fmt.Errorf("wait for seccompd: %w\n%s", ctx.Err(), tail(d.LogFile()))
	}
}

var errEnded = errors.New("before it was ready")

// Start starts the daemon and waits until it is ready.
func (d *Daemon) Start(ctx context.Context) error {
	if err := d.Launch(); err != nil {
		return err
	}
	return d.WaitReady(ctx)
}

// Stop ends the daemon with SIGTERM, as systemd would.
func (d *Daemon) Stop(ctx context.Context) error {
	defer d.close()
	if !d.Running() {
		return nil
	}
	return d.process.stop(ctx, patience)
}

// Kill ends the daemon with SIGKILL.
func (d *Daemon) Kill() {
	if d.Running() {
		d.process.kill()
	}
	d.close()
}

// Restart stops the daemon and starts it again.
func (d *Daemon) Restart(ctx context.Context) error {
	if err := d.Stop(ctx); err != nil {
		return err
	}
	return d.Start(ctx)
}

// Freeze makes the daemon hang, with its connections open, until Thaw or Kill.
// When it returns no thread of the daemon runs any more: on a loaded machine the
// signal takes its time, in which a request would still be answered.
func (d *Daemon) Freeze() error {
	if err := d.process.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(patience); !stopped(d.Pid()); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("freeze seccompd: it still runs after %v", patience)
		}
	}
	return nil
}

// Thaw lets a frozen daemon go on.
func (d *Daemon) Thaw() error { return d.process.signal(syscall.SIGCONT) }

// Signal sends a signal to the daemon.
func (d *Daemon) Signal(s syscall.Signal) error { return d.process.signal(s) }

// Running tells whether the daemon has been started and has not ended.
func (d *Daemon) Running() bool { return d.process != nil && d.process.running() }

// Pid returns the daemon's pid.
func (d *Daemon) Pid() int { return d.process.pid() }

// Notified returns what the daemon last told systemd under a key such as
// STATUS, and how often it told it.
func (d *Daemon) Notified(key string) (string, int) { return d.notify.notified(key) }

// LogFile is where the daemon's stdout and stderr go, over all of its starts.
func (d *Daemon) LogFile() string { return d.node.path("seccompd" + d.Options.Index + ".log") }

// Ctl returns a seccompctl with the daemon's flags before the given arguments.
func (d *Daemon) Ctl(ctx context.Context, args ...string) (*exec.Cmd, error) {
	binary, err := Binary("seccompctl")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, binary, append(d.shared(), args...)...)
	cmd.Dir = filepath.Dir(d.Options.StateDir)
	return cmd, nil
}

func (d *Daemon) close() {
	if d.notify != nil {
		d.notify.close()
	}
}
