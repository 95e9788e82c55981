package bpf

import "golang.org/x/sys/unix"

// restarts says that it is known here how a call looks that the kernel takes up again.
const restarts = true

// What a call returns, inside the kernel, that is taken up again under its own number where no signal is handled, of
// include/linux/errno.h: ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND. ERESTART_RESTARTBLOCK is not one: restart_syscall(2), in
// the place of the call, passes the filter, which may deny it.
const restartSys, restartNoIntr, restartNoHand = -512, -513, -514

// userCS is the code segment of programs of 64 bits, __USER_CS of arch/x86/include/asm/segment.h.
const userCS = 0x33

// takenUpAgain reports whether a thread that this one has stopped is stopped in a call that the kernel takes up again.
func takenUpAgain(tid int, c Call) bool {
	var r unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &r) != nil {
		return false
	}
	switch int64(r.Rax) {
	case restartSys, restartNoIntr, restartNoHand:
	default:
		return false
	}
	args := [6]uint64{r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9}
	return r.Cs == userCS && Call{Number: int(r.Orig_rax), Args: args, SP: r.Rsp, PC: r.Rip} == c
}
