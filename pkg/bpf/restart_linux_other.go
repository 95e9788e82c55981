//go:build linux && !amd64

package bpf

// restarts says that it is known here how a call looks that the kernel takes up again.
const restarts = false

func takenUpAgain(int, Call) bool { return false }

func spare(int, []Program) {}
