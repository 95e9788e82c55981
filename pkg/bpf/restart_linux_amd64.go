package bpf

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// restarts says that it is known here how a call looks that the kernel takes up again.
const restarts = true

// What a call returns, inside the kernel, that is taken up again where no signal is handled, of include/linux/errno.h. The
// last one is taken up as restart_syscall(2), the others under their own number.
const restartSys, restartNoIntr, restartNoHand, restartBlock = -512, -513, -514, -516

// userCS is the code segment of programs of 64 bits, __USER_CS of arch/x86/include/asm/segment.h.
const userCS = 0x33

// again returns the call that a stopped thread of 64 bits makes when it goes on, and false where it makes none.
func again(r *unix.PtraceRegs) (d Data, ok bool) {
	number := uint32(r.Orig_rax)
	switch int64(r.Rax) {
	case restartSys, restartNoIntr, restartNoHand:
	case restartBlock:
		number = number&x32Bit | unix.SYS_RESTART_SYSCALL // get_nr_restart_syscall of arch/x86/kernel/signal.c
	default:
		return d, false
	}
	arch, _ := AuditArch(specs.ArchX86_64)
	d = Data{Nr: number, Arch: arch, InstructionPointer: r.Rip, Args: [6]uint64{r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9}}
	return d, r.Cs == userCS && int64(r.Orig_rax) >= 0
}

// spare ends the call of a stopped thread with EINTR where the kernel would take it up again and the thread's filters deny
// that: they may deny restart_syscall, or another thread may have loaded one for all since the call was made. What they say
// could be to kill the process.
func spare(tid int, filters []Program) {
	var r unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &r) != nil {
		return
	}
	d, ok := again(&r)
	if !ok {
		return
	}
	if a := Answer(filters, &d).Action; a == specs.ActAllow || a == specs.ActLog {
		return
	}
	r.Rax = ^uint64(unix.EINTR - 1) // -EINTR
	_ = unix.PtraceSetRegs(tid, &r) // it goes on as it would have without this
}

// takenUpAgain reports whether a thread that this one has stopped is stopped in a call that the kernel takes up again, under
// its own number.
func takenUpAgain(tid int, c Call) bool {
	var r unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &r) != nil || r.Rsp != c.SP {
		return false
	}
	d, ok := again(&r)
	return ok && int64(r.Rax) != restartBlock && d.Nr == uint32(c.Number) && d.Args == c.Args && d.InstructionPointer == c.PC
}
