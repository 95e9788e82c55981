package shim

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/oci"
)

// run creates and starts a container in one command, so that there is no start to hold back. The door takes the two apart: the
// runtime creates the container, the gate looks at it as at any other, the runtime starts it, and what is left of run, to pass
// signals on, to wait and to delete the container, is done here. BuildKit, and with it docker build, uses run.

// inOne says why a run cannot be taken apart; "" where it can.
func (d *door) inOne(cfg *oci.Config) string {
	pid, _ := strconv.Atoi(getenv(d.env, "LISTEN_PID"))
	switch {
	case cfg.Terminal && !d.cmd.detach:
		return "run makes a terminal for it"
	case pid == os.Getpid():
		return "run hands it sockets of systemd"
	}
	return ""
}

// held runs a container with the gate between its creation and its start. It returns the status to exit with; on an error the
// container was not started, and is gone.
func (d *door) held() (int, error) {
	signals := make(chan os.Signal, 256)
	signal.Notify(signals)
	if !d.cmd.detach {
		// The container's first process is a child of the runtime, which ends once it has created it.
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return 0, fmt.Errorf("become the parent of the container: %w", err)
		}
	}
	creation := slices.DeleteFunc(slices.Clone(d.cmd.rest), func(arg string) bool {
		return slices.Contains([]string{"--detach", "-d", "--keep", "--no-subreaper"}, arg) // what create does not have
	})
	status, err := d.call("create", creation...)
	if err != nil || status != 0 {
		d.promises().remove(d.cmd.root, d.cmd.id)
		return status, err
	}
	pid, err := d.startable(d.cmd.id)
	if err == nil {
		status, err = d.call("start", d.cmd.id)
	}
	if err != nil || status != 0 {
		_, _ = d.call("delete", "--force", d.cmd.id)
		return status, err
	}
	if d.cmd.detach {
		return 0, nil
	}
	status = attend(pid, signals)
	if !d.cmd.keep {
		_, _ = d.call("delete", "--force", d.cmd.id)
	}
	return status, nil
}

// call has the runtime do something with the container, and returns the status that it exits with.
func (d *door) call(name string, args ...string) (int, error) {
	global := d.args[:len(d.args)-len(d.cmd.rest)-1]
	cmd := exec.Command(d.real.path, slices.Concat(global, []string{name}, args)...) //nolint:gosec // a path of the settings
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = os.Stdin, os.Stdout, os.Stderr, d.env
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil // killed is no success
	}
	if err != nil {
		err = refusal(ReasonSettings, "execute the real runtime: "+missing(err).Error())
	}
	return 0, err
}

// attend passes signals on to a container's first process until it has ended, and returns its status, as a shell has it.
func attend(pid int, signals <-chan os.Signal) int {
	for {
		for {
			var status unix.WaitStatus
			ended, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
			switch {
			case errors.Is(err, unix.EINTR):
				continue
			case err != nil: // it is nobody's whom this process could wait for
				return 255
			case ended == pid && status.Signaled():
				return 128 + int(status.Signal())
			case ended == pid:
				return status.ExitStatus()
			}
			if ended == 0 {
				break
			}
		}
		switch s := <-signals; s {
		case unix.SIGCHLD, unix.SIGURG, unix.SIGPIPE, unix.SIGWINCH: // this process's own, and the Go runtime's
		default:
			if number, ok := s.(unix.Signal); ok {
				_ = unix.Kill(pid, number)
			}
		}
	}
}
