package node

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// An Answer is what the kernel said to one call of the probe.
type Answer struct {
	// Call is the word that the probe was given.
	Call string
	// Ret is the raw return value; -errno where the call failed.
	Ret int64
	// Signal is the signal that ended the caller instead of an answer.
	Signal syscall.Signal
	// NoCap says that the kernel asks for a capability which the caller does
	// not have, so that its EPERM does not show whether a filter gave it.
	NoCap bool
}

// Errno returns the errno of a call that failed, or 0.
func (a Answer) Errno() syscall.Errno {
	if a.Ret < 0 && a.Ret >= -4095 {
		return syscall.Errno(-a.Ret)
	}
	return 0
}

// String returns the answer as a reader of errno(3) writes it: "ok", "EPERM",
// "errno 999", "killed SIGSYS".
func (a Answer) String() string {
	switch errno := a.Errno(); {
	case a.Signal != 0:
		return "killed " + unix.SignalName(a.Signal)
	case errno == 0:
		return "ok"
	case errno == unix.EOPNOTSUPP: // Linux has one number for it and ENOTSUP
		return "EOPNOTSUPP"
	case unix.ErrnoName(errno) == "":
		return fmt.Sprintf("errno %d", int(errno))
	case a.NoCap:
		return unix.ErrnoName(errno) + " (no capability)"
	default:
		return unix.ErrnoName(errno)
	}
}

// Answers are the probe's answers by the word that asked.
type Answers map[string]Answer

// Probe runs the probe in the running container.
func (c *Container) Probe(ctx context.Context, words ...string) (Answers, error) {
	out, err := c.Exec(ctx, append([]string{"/probe"}, words...)...)
	if err != nil {
		return nil, err
	}
	return ParseAnswers(out)
}

// Probe runs a container whose own first process is the probe, and removes it.
func (p *Pod) Probe(ctx context.Context, spec ContainerSpec, words ...string) (answers Answers, err error) {
	spec.Args = append([]string{"/probe"}, words...)
	c, err := p.Create(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Remove(context.WithoutCancel(ctx))) }()
	if err := c.Start(ctx); err != nil {
		return nil, err
	}
	if code, err := c.Wait(ctx); err != nil {
		return nil, err
	} else if code != 0 {
		text, _ := c.Logs()
		return nil, fmt.Errorf("probe in container %q: status %d: %s", c.Name(), code, text)
	}
	out, err := c.Logs()
	if err != nil {
		return nil, err
	}
	return ParseAnswers(out)
}

// Answers waits for what the probe said as the container's own first process,
// up to its answer to the last word. The words may end in "pause".
func (c *Container) Answers(ctx context.Context, last string) (Answers, error) {
	for {
		out, err := c.Logs()
		if err != nil {
			return nil, err
		}
		answers, err := ParseAnswers(out)
		if err != nil {
			return nil, err
		}
		if _, ok := answers[last]; ok {
			return answers, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the probe in container %q to answer %s: %w", c.spec.Name, last, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// ParseAnswers reads the lines "WORD = RET [ERRNO] [nocap]" and "WORD = killed
// SIGNAL". Other lines, such as those of "status", are passed over.
func ParseAnswers(text string) (Answers, error) {
	answers := Answers{}
	for line := range strings.Lines(text) {
		word, rest, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		a := Answer{Call: word, NoCap: fields[len(fields)-1] == "nocap"}
		var err error
		if fields[0] == "killed" {
			var signal int
			signal, err = strconv.Atoi(fields[len(fields)-1])
			a.Signal = syscall.Signal(signal)
		} else {
			a.Ret, err = strconv.ParseInt(fields[0], 10, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("read the probe's answer %q: %w", line, err)
		}
		answers[word] = a
	}
	return answers, nil
}
