package trace

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Run calls take with each denied call of a container until the time is over or the context is done.
//
// While it runs every system call of every process of the machine passes through two programs, Cost says what
// that costs.
func Run(ctx context.Context, o Options, take func(Call)) (Result, error) {
	dev, ino, err := pidNamespace(o.PID)
	if err != nil {
		return Result{}, err
	}
	maps, err := makeMaps()
	if err != nil {
		return Result{}, unsupported(err)
	}
	defer maps.close()
	events, err := ringbuf.NewReader(maps.events)
	if err != nil {
		return Result{}, fmt.Errorf("trace calls: %w", err)
	}
	defer func() { _ = events.Close() }()
	// The exit is attached first: a thread's first event is then one that says nothing, whichever it is.
	for _, p := range []struct {
		tracepoint string
		program    func(*shared, uint64, uint64) *ebpf.ProgramSpec
	}{{"sys_exit", exitProgram}, {"sys_enter", enterProgram}} {
		prog, err := ebpf.NewProgram(p.program(maps, dev, ino))
		if err != nil {
			return Result{}, unsupported(err)
		}
		defer func() { _ = prog.Close() }()
		l, err := link.AttachRawTracepoint(link.RawTracepointOptions{Name: p.tracepoint, Program: prog})
		if err != nil {
			return Result{}, unsupported(err)
		}
		defer func() { _ = l.Close() }()
	}
	var rec ringbuf.Record
	for end := time.Now().Add(o.For); ctx.Err() == nil && time.Now().Before(end); {
		events.SetDeadline(time.Now().Add(min(time.Until(end), look)))
		switch err := events.ReadInto(&rec); {
		case errors.Is(err, os.ErrDeadlineExceeded):
		case err != nil:
			return Result{}, fmt.Errorf("trace calls: %w", err)
		default:
			if c, ok := decode(rec.RawSample); ok {
				take(c)
			}
		}
	}
	var lost uint64
	if err := maps.lost.Lookup(uint32(0), &lost); err != nil {
		return Result{}, fmt.Errorf("trace calls: %w", err)
	}
	return Result{Lost: lost}, nil
}

// look is how often it is looked at whether somebody has had enough.
const look = 200 * time.Millisecond

func unsupported(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("trace calls: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnsupported, err)
}

// initPIDNamespace is the number of the first pid namespace (PROC_PID_INIT_INO of include/linux/proc_ns.h).
const initPIDNamespace = 0xeffffffc

// pidNamespace names the pid namespace of a process as the kernel does.
func pidNamespace(pid uint32) (dev, ino uint64, err error) {
	var st unix.Stat_t
	if err := unix.Stat(fmt.Sprintf("/proc/%d/ns/pid", pid), &st); err != nil {
		return 0, 0, fmt.Errorf("look at process %d: %w", pid, err)
	}
	if st.Ino == initPIDNamespace {
		return 0, 0, ErrHostPID
	}
	return st.Dev, st.Ino, nil
}

// decode reads an event of exitProgram.
func decode(event []byte) (Call, bool) {
	if len(event) < eventSize {
		return Call{}, false
	}
	word := func(at int) uint64 { return binary.NativeEndian.Uint64(event[at:]) }
	regs := func(at int) uint64 { return word(offRegs + at) }
	c := Call{
		TID: uint32(word(offThread)), PID: uint32(word(offThread) >> 32), Arch: specs.ArchX86_64, NR: int(int32(regs(regOrigAX))),
		Args: [6]uint64{regs(regDI), regs(regSI), regs(regDX), regs(regR10), regs(regR8), regs(regR9)},
	}
	c.Comm, _, _ = strings.Cut(string(event[offComm:offComm+commSize]), "\x00")
	switch {
	case uint32(word(offStatus))&statusCompat != 0:
		c.Arch = specs.ArchX86
		c.Args = [6]uint64{regs(regBX), regs(regCX), regs(regDX), regs(regSI), regs(regDI), regs(regBP)}
		for i := range c.Args {
			c.Args[i] &= 0xffffffff
		}
	case c.NR >= 0 && c.NR&0x40000000 != 0:
		c.Arch = specs.ArchX32
	}
	ret := int64(word(offRet))
	switch {
	case ret == 0:
		return c, false // the child of a fork, which comes out of a call that it did not make
	case ret < 0 && ret >= -4095:
		c.Errno = uint(-ret)
	}
	return c, true
}
