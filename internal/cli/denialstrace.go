package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/denial/trace"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// maxTrace bounds how long a trace may last, and maxTraced how many different calls are counted apart.
const (
	maxTrace  = 10 * time.Minute
	maxTraced = 4096
)

// traceAnswer is what denials --trace says.
type traceAnswer struct {
	Container string `json:"container"`
	Seconds   int    `json:"seconds"`
	// Calls were denied, by call, arguments, program and errno, the most frequent first.
	Calls []traced `json:"calls"`
	// Lost were denied too fast to be read, Further had too many different arguments to be counted apart.
	Lost    uint64 `json:"lost"`
	Further uint64 `json:"further"`
}

// traced is a call that was denied with the same arguments so many times. Arguments that are addresses say little.
type traced struct {
	tracedCall
	Count uint64 `json:"count"`
}

type tracedCall struct {
	Syscall string     `json:"syscall"`
	Arch    specs.Arch `json:"arch"`
	Args    [6]uint64  `json:"args"`
	Comm    string     `json:"comm"`
	// Errno is what the caller was told; "" where it was killed or trapped.
	Errno string `json:"errno,omitempty"`
}

func (d *denialsFlags) traceOne(ctx context.Context) error {
	if d.duration <= 0 || d.duration > maxTrace {
		return &usageError{message: fmt.Sprintf("--for cannot be %v", d.duration), hint: fmt.Sprintf("more than nothing, and at most %v", maxTrace)}
	}
	id, pid, err := denial.FindNamed(d.decisions, d.trace)
	if errors.Is(err, denial.ErrNotRunning) {
		return refuse(fmt.Errorf("no container %q runs (its id, the first 8 characters or more of it, or a name as of --container)", d.trace))
	}
	if err != nil {
		return err
	}
	d.say("seccompctl: denials: watching %.12s for %v; %s", id, d.duration, trace.Cost)
	sums := map[tracedCall]uint64{}
	a := traceAnswer{Container: id, Calls: []traced{}}
	started := time.Now()
	res, err := trace.Run(ctx, trace.Options{PID: pid, For: d.duration}, func(c trace.Call) {
		k := tracedCall{Syscall: traceName(c), Arch: c.Arch, Args: c.Args, Comm: c.Comm, Errno: unix.ErrnoName(unix.Errno(c.Errno))}
		if _, ok := sums[k]; !ok && len(sums) >= maxTraced {
			a.Further++
			return
		}
		sums[k]++
	})
	if errors.Is(err, trace.ErrHostPID) {
		return refuse(err)
	}
	if err != nil {
		return err
	}
	a.Lost, a.Seconds = res.Lost, int(time.Since(started).Round(time.Second)/time.Second)
	for k, n := range sums {
		a.Calls = append(a.Calls, traced{k, n})
	}
	slices.SortFunc(a.Calls, func(x, y traced) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Syscall, y.Syscall), cmp.Compare(x.Arch, y.Arch),
			slices.Compare(x.Args[:], y.Args[:]), cmp.Compare(x.Comm, y.Comm), cmp.Compare(x.Errno, y.Errno))
	})
	return d.print(&a)
}

func traceName(c trace.Call) string {
	if t, ok := syscalls.Table(c.Arch); ok {
		if name, ok := t.Name(c.NR); ok {
			return name
		}
	}
	return fmt.Sprintf("#%d", c.NR)
}

func (a *traceAnswer) table(t *table) {
	if len(a.Calls) == 0 {
		t.line("no call of %s was denied within %s", quoted(shortID(a.Container)), plural(a.Seconds, "second"))
	} else {
		t.row("COUNT", "CALL", "ARGUMENTS", "ANSWER", "THREAD")
	}
	for _, c := range a.Calls {
		args := make([]string, len(c.Args))
		for i, v := range c.Args {
			args[i] = fmt.Sprintf("%#x", v)
		}
		t.row(fmt.Sprint(c.Count), callName(denial.Denial{Syscall: c.Syscall, Arch: c.Arch}), strings.Join(args, ", "), or(c.Errno, "killed or trapped"), c.Comm)
	}
	if a.Lost > 0 || a.Further > 0 {
		t.line("%d more came too fast to be read, and %d had too many different arguments", a.Lost, a.Further)
	}
}
