package bpf

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// audit are the AUDIT_ARCH_ numbers of include/uapi/linux/audit.h. x32 has that of x86_64, and a bit in the number.
var audit = map[specs.Arch]uint32{
	specs.ArchX86_64: 0xc000003e, specs.ArchX86: 0x40000003, specs.ArchX32: 0xc000003e, specs.ArchAARCH64: 0xc00000b7,
	specs.ArchARM: 0x40000028, specs.ArchRISCV64: 0xc00000f3, specs.ArchPPC64LE: 0xc0000015, specs.ArchS390X: 0x80000016,
	specs.ArchLOONGARCH64: 0xc0000102,
}

// AuditArch returns the number that stands for an ABI in struct seccomp_data, and false for one without a table.
func AuditArch(arch specs.Arch) (uint32, bool) {
	n, ok := audit[arch]
	return n, ok
}

// actions are what a filter can return (SECCOMP_RET_ of include/uapi/linux/seccomp.h), in the order of strictness.
var actions = []struct {
	value  uint32
	action specs.LinuxSeccompAction
}{
	{0x80000000, specs.ActKillProcess}, {0x00000000, specs.ActKillThread}, {0x00030000, specs.ActTrap},
	{0x00050000, specs.ActErrno}, {0x7fc00000, specs.ActNotify}, {0x7ff00000, specs.ActTrace}, {0x7ffc0000, specs.ActLog},
	{0x7fff0000, specs.ActAllow},
}

// Action splits what a program returned. The kernel kills the process for an action that it does not know, and cuts an
// errno to 4095. The number is 0 with actions that have none.
func Action(value uint32) (action specs.LinuxSeccompAction, number uint) {
	for _, a := range actions {
		if a.value != value&0xffff0000 {
			continue
		}
		switch a.action {
		case specs.ActErrno:
			return a.action, min(uint(value&0xffff), 4095)
		case specs.ActTrace:
			return a.action, uint(value & 0xffff)
		default:
			return a.action, 0
		}
	}
	return specs.ActKillProcess, 0
}

// rank is how lax an action is, from 0.
func rank(a specs.LinuxSeccompAction) int {
	for i, x := range actions {
		if x.action == a {
			return i
		}
	}
	return -1
}

// value is the reverse of Action.
func value(a algebra.Answer) (uint32, error) {
	for _, x := range actions {
		if x.action == a.Action {
			return x.value | uint32(a.Errno&0xffff), nil
		}
	}
	return 0, fmt.Errorf("%s is no action of the kernel", a.Action)
}
