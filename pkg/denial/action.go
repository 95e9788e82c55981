package denial

import (
	"strconv"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// actions are the SECCOMP_RET_* of <linux/seccomp.h>.
var actions = map[uint32]specs.LinuxSeccompAction{
	killProcess: specs.ActKillProcess,
	0x00000000:  specs.ActKillThread,
	0x00030000:  specs.ActTrap,
	0x00050000:  specs.ActErrno,
	0x7fc00000:  specs.ActNotify,
	0x7ff00000:  specs.ActTrace,
	0x7ffc0000:  specs.ActLog,
	0x7fff0000:  specs.ActAllow,
}

// Action returns what the filter did with the call.
func (e Event) Action() specs.LinuxSeccompAction { return actions[e.Code] }

// Denies reports whether a call that was answered with an action was not made. LOG lets it happen; what became of NOTIFY
// and TRACE is not in the record.
func Denies(a specs.LinuxSeccompAction) bool {
	return a == specs.ActKillProcess || a == specs.ActKillThread || a == specs.ActTrap || a == specs.ActErrno
}

// arches are the AUDIT_ARCH_* of <linux/audit.h> that there are tables for.
var arches = map[uint32]specs.Arch{
	0xc000003e: specs.ArchX86_64,
	0x40000003: specs.ArchX86,
	0xc00000b7: specs.ArchAARCH64,
	0x40000028: specs.ArchARM,
	0xc00000f3: specs.ArchRISCV64,
	0x80000016: specs.ArchS390X,
	0xc0000015: specs.ArchPPC64LE,
	0xc0000102: specs.ArchLOONGARCH64,
}

// x32 calls carry the number of x86-64 and this bit.
const x32Bit = 0x40000000

// ABI returns the ABI of the call as profiles spell it, and the number in hexadecimal for one that is not known here.
func (e Event) ABI() specs.Arch {
	a, ok := arches[e.Arch]
	switch {
	case !ok:
		return specs.Arch("0x" + strconv.FormatUint(uint64(e.Arch), 16))
	case a == specs.ArchX86_64 && e.NR >= 0 && e.NR&x32Bit != 0:
		return specs.ArchX32
	}
	return a
}

// Syscall returns the name of the call on its ABI, and its number in decimal, as "#1000", where it has none.
func (e Event) Syscall() string {
	if t, ok := syscalls.Table(e.ABI()); ok {
		if name, ok := t.Name(int(e.NR)); ok {
			return name
		}
	}
	return "#" + strconv.Itoa(int(e.NR))
}
