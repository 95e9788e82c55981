package denial

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// procEvents is where a reader of process events puts them. forked and execed are called in the order of the kernel's
// events on each processor; numbers are those of the first pid namespace.
type procEvents interface {
	forked(parent, child uint32)
	execed(pid uint32)
	exited(pid uint32)
}

// Numbers of <linux/cn_proc.h> and <linux/connector.h>.
const (
	cnProc       = 1 // CN_IDX_PROC, CN_VAL_PROC and the multicast group
	procListen   = 1 // PROC_CN_MCAST_LISTEN
	procFork     = 0x00000001
	procExec     = 0x00000002
	procExit     = 0x80000000
	cnHeader     = 20 // struct cn_msg
	procHeader   = 16 // struct proc_event without its union
	connectorBuf = 8 << 20
	urgent       = -10 // the nice value of the thread that reads
)

// readProcesses hands process events over until the context is done, and calls idle when there are none. It needs CAP_NET_ADMIN and the first network, user and
// pid namespaces.
func readProcesses(ctx context.Context, ready, idle func(), to procEvents, lost func()) error {
	n, err := openNetlink(unix.NETLINK_CONNECTOR, 1<<(cnProc-1))
	if err != nil {
		return fmt.Errorf("listen to process events: %w", err)
	}
	defer n.close()
	n.room(connectorBuf)
	if err := errors.Join(n.wake(200*time.Millisecond), n.filter(), n.subscribe()); err != nil {
		return fmt.Errorf("listen to process events: %w", err)
	}
	// A process that has started a program is looked at before it is gone, also on a machine that has much to do. Whoever may
	// not have that takes its turn with the others.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if tid := unix.Gettid(); unix.Setpriority(unix.PRIO_PROCESS, tid, urgent) == nil {
		defer func() { _ = unix.Setpriority(unix.PRIO_PROCESS, tid, 0) }()
	}
	ready()
	for ctx.Err() == nil {
		err := n.receive(func(_ uint16, payload []byte) { procEvent(payload, to) })
		switch {
		case errors.Is(err, errLost):
			lost()
		case errors.Is(err, errNothing):
			idle()
		case err == nil:
		default:
			return fmt.Errorf("listen to process events: %w", err)
		}
	}
	return nil
}

func procEvent(payload []byte, to procEvents) {
	if len(payload) < cnHeader+procHeader+16 {
		return
	}
	event := payload[cnHeader:]
	word := func(i int) uint32 { return binary.NativeEndian.Uint32(event[procHeader+4*i:]) }
	switch binary.NativeEndian.Uint32(event) {
	case procFork: // parent_pid, parent_tgid, child_pid, child_tgid
		if word(2) == word(3) {
			to.forked(word(1), word(3))
		}
	case procExec: // process_pid, process_tgid
		to.execed(word(1))
	case procExit: // process_pid, process_tgid
		if word(0) == word(1) {
			to.exited(word(1))
		}
	}
}

// subscribe tells the kernel that somebody listens. It sends nothing before, and stops where the socket is closed.
func (n *netlink) subscribe() error {
	msg := make([]byte, cnHeader+4)
	binary.NativeEndian.PutUint32(msg[0:], cnProc)
	binary.NativeEndian.PutUint32(msg[4:], cnProc)
	binary.NativeEndian.PutUint16(msg[16:], 4) // the length of what follows the header
	binary.NativeEndian.PutUint32(msg[cnHeader:], procListen)
	return n.send(unix.NLMSG_DONE, 0, msg)
}

// filter lets only events through that say which processes there are: threads come and go without a message.
func (n *netlink) filter() error {
	const what = unix.NLMSG_HDRLEN + cnHeader
	const union = what + procHeader
	load := func(at uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: at, Size: 4} }
	is := func(v uint32, no uint8) bpf.Instruction {
		return bpf.JumpIf{Cond: bpf.JumpEqual, Val: swap(v), SkipFalse: no}
	}
	prog, err := bpf.Assemble([]bpf.Instruction{
		load(what),
		is(procExec, 1),
		bpf.RetConstant{Val: maxMessage},
		is(procFork, 4),
		load(union + 8), // child_pid
		bpf.TAX{},
		load(union + 12), // child_tgid
		bpf.Jump{Skip: 4},
		is(procExit, 5),
		load(union), // process_pid
		bpf.TAX{},
		load(union + 4), // process_tgid
		bpf.JumpIfX{Cond: bpf.JumpEqual, SkipFalse: 1},
		bpf.RetConstant{Val: maxMessage},
		bpf.RetConstant{Val: 0},
	})
	if err != nil {
		return fmt.Errorf("assemble filter: %w", err)
	}
	raw := make([]unix.SockFilter, len(prog))
	for i, p := range prog {
		raw[i] = unix.SockFilter{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	return unix.SetsockoptSockFprog(n.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(raw)), Filter: &raw[0]})
}

// swap is a word as the kernel's filter loads it, which is in network order.
func swap(v uint32) uint32 {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], v)
	return binary.BigEndian.Uint32(b[:])
}
