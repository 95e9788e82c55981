package denial

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNoAudit is the error where the kernel was built or started without audit, or keeps it from a container.
var ErrNoAudit = errors.New("this kernel has no audit here")

const auditGet = 1000 // AUDIT_GET

// ReadKernel asks the kernel how its audit is set. It needs CAP_AUDIT_CONTROL, and the first pid and user namespaces.
func ReadKernel() (Kernel, error) {
	var k Kernel
	n, err := openNetlink(unix.NETLINK_AUDIT, 0)
	if err != nil {
		return k, fmt.Errorf("ask for the state of audit: %w", noAudit(err))
	}
	// Whoever asks while records wait to be handed on is made to wait for that, up to a minute (audit_receive), and is answered
	// before: so that nobody but this goroutine waits.
	sent, answered := make(chan error, 1), make(chan struct{})
	defer close(answered)
	if err := n.wake(2 * time.Second); err != nil {
		n.close()
		return k, fmt.Errorf("ask for the state of audit: %w", err)
	}
	go func() {
		defer n.close()
		sent <- n.send(auditGet, unix.NLM_F_REQUEST|unix.NLM_F_ACK, nil)
		<-answered
	}()
	select {
	case err := <-sent:
		if err != nil {
			return k, fmt.Errorf("ask for the state of audit: %w", noAudit(err))
		}
	case <-time.After(20 * time.Millisecond):
	}
	err = n.status(&k)
	return k, err
}

// status reads the answer.
func (n *netlink) status(k *Kernel) error {
	var refused error
	for answered := false; !answered; {
		err := n.receive(func(kind uint16, payload []byte) {
			switch {
			case kind == unix.NLMSG_ERROR && len(payload) >= 4:
				if errno := int32(binary.NativeEndian.Uint32(payload)); errno != 0 {
					refused = noAudit(syscall.Errno(-errno))
					answered = true
				}
			case kind == auditGet && len(payload) >= 28:
				// struct audit_status: mask, enabled, failure, pid, rate_limit, backlog_limit, lost
				k.Failure = failures[binary.NativeEndian.Uint32(payload[8:])]
				k.RateLimit = binary.NativeEndian.Uint32(payload[16:])
				k.Lost = binary.NativeEndian.Uint32(payload[24:])
				answered = true
			}
		})
		if err != nil {
			return fmt.Errorf("ask for the state of audit: %w", err)
		}
	}
	if refused != nil {
		return fmt.Errorf("ask for the state of audit: %w", refused)
	}
	var err error
	k.Quiet, err = quiet()
	return err
}

var failures = map[uint32]Failure{0: FailureSilent, 1: FailurePrintk, 2: FailurePanic}

// noAudit tells a kernel without audit from other errors: it has no such protocol where it was started with audit=0, and
// refuses the connection outside of the first namespaces.
func noAudit(err error) error {
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("%w: %w", ErrNoAudit, err)
	}
	return err
}

// quiet lists the actions that the kernel knows and does not log.
func quiet() ([]string, error) {
	read := func(name string) ([]string, error) {
		text, err := os.ReadFile("/proc/sys/kernel/seccomp/" + name)
		if err != nil {
			return nil, fmt.Errorf("read which actions are logged: %w", err)
		}
		return strings.Fields(string(text)), nil
	}
	known, err := read("actions_avail")
	if err != nil {
		return nil, err
	}
	logged, err := read("actions_logged")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(known, func(a string) bool { return a == "allow" || slices.Contains(logged, a) }), nil
}
