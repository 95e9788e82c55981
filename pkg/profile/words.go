package profile

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// The words of config-linux.md of the runtime specification 1.3, as runc 1.5.2 and crun 1.8.1 accept them.

// actions, strictest first: as the kernel combines stacked filters (seccomp(2)). SCMP_ACT_KILL is KILL_THREAD.
var actions = []specs.LinuxSeccompAction{
	specs.ActKillProcess, specs.ActKillThread, specs.ActKill, specs.ActTrap, specs.ActErrno, specs.ActNotify, specs.ActTrace,
	specs.ActLog, specs.ActAllow,
}

var operators = []specs.LinuxSeccompOperator{
	specs.OpEqualTo, specs.OpMaskedEqual, specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan,
	specs.OpGreaterEqual,
}

var arches = []specs.Arch{
	specs.ArchX86_64, specs.ArchX86, specs.ArchX32, specs.ArchAARCH64, specs.ArchARM, specs.ArchRISCV64, specs.ArchPPC64LE,
	specs.ArchS390X, specs.ArchLOONGARCH64, specs.ArchMIPS, specs.ArchMIPS64, specs.ArchMIPS64N32, specs.ArchMIPSEL,
	specs.ArchMIPSEL64, specs.ArchMIPSEL64N32, specs.ArchPPC, specs.ArchPPC64, specs.ArchS390, specs.ArchPARISC,
	specs.ArchPARISC64,
}

// flagTSync is accepted by both runtimes and does nothing more than they do without it.
const flagTSync specs.LinuxSeccompFlag = "SECCOMP_FILTER_FLAG_TSYNC"

var flags = []specs.LinuxSeccompFlag{
	specs.LinuxSeccompFlagLog, specs.LinuxSeccompFlagSpecAllow, specs.LinuxSeccompFlagWaitKillableRecv, flagTSync,
}

// dockerArches are Docker's words for architectures in conditions, those of libseccomp.
var dockerArches = []string{
	"amd64", "x86", "x32", "arm64", "arm", "riscv64", "ppc64le", "s390x", "loongarch64", "mips64", "mips64n32", "mipsel64",
	"mips3l64n32", "mipsel", "ppc", "ppc64", "s390", "mipsel64n32", "mips",
}

// dockerArch is Docker's word for the architecture that Go calls goarch.
func dockerArch(goarch string) string {
	switch goarch {
	case "386":
		return "x86"
	case "loong64":
		return "loongarch64"
	case "mips64le":
		return "mipsel64"
	case "mipsle":
		return "mipsel"
	}
	return goarch
}

// words turns the words of a vocabulary into strings.
func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// strictness orders actions, strictest lowest, without regard to errno. KILL counts as KILL_THREAD.
func strictness(a specs.LinuxSeccompAction) int { return slices.Index(actions, plain(a)) }

// plain replaces the older name SCMP_ACT_KILL by what runc and crun make of it.
func plain(a specs.LinuxSeccompAction) specs.LinuxSeccompAction {
	if a == specs.ActKill {
		return specs.ActKillThread
	}
	return a
}

// maxErrno is the largest errno that libseccomp 2.5.4 loads; the kernel would return one more (MAX_ERRNO of
// include/linux/err.h).
const maxErrno = 4094

// eperm is what ERRNO returns where no number is given, in runc and crun.
const eperm = 1

// verdict is an action with the number that it returns: what a rule does in a runtime, whatever its spelling.
type verdict struct {
	action specs.LinuxSeccompAction
	number uint
}

func verdictOf(a specs.LinuxSeccompAction, number *uint) verdict {
	v := verdict{action: plain(a)}
	switch {
	case a != specs.ActErrno && a != specs.ActTrace:
	case number == nil:
		v.number = eperm
	default:
		v.number = *number
	}
	return v
}
