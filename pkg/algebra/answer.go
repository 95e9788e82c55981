package algebra

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Answer is what a filter says to one call. Errno is the errno of SCMP_ACT_ERRNO and the message of SCMP_ACT_TRACE, and 0
// with all other actions.
type Answer struct {
	Action specs.LinuxSeccompAction `json:"action"`
	Errno  uint                     `json:"errno,omitempty"`
}

// Class is what an answer means for the caller.
type Class int

// The classes, strictest first.
const (
	// Denies: the call is not made.
	Denies Class = iota
	// MayAllow: another process decides (SCMP_ACT_NOTIFY, SCMP_ACT_TRACE).
	MayAllow
	// Permits: the call is made, logged or not.
	Permits
)

// eperm and enosys are the same number on every architecture of the tables.
const (
	eperm  = 1
	enosys = 38
)

// actions, strictest first: the order in which the kernel combines stacked filters (seccomp(2)).
var actions = [...]specs.LinuxSeccompAction{
	specs.ActKillProcess, specs.ActKillThread, specs.ActTrap, specs.ActErrno, specs.ActNotify, specs.ActTrace, specs.ActLog,
	specs.ActAllow,
}

const (
	rankKillProcess answer = iota << 16
	rankKillThread
	rankTrap
	rankErrno
	rankNotify
	rankTrace
	rankLog
	rankAllow
)

// answer is an Answer in one number whose order is strictness: the stricter is the smaller. Of two errnos ENOSYS is the
// stricter, then EPERM, then the smaller. The kernel leaves open which of two errnos is returned; one fixed order makes
// meet commutative.
type answer uint32

// none stands for "no rule holds". It is laxer than every answer, so that rules combine with it by the stricter.
const none answer = 1<<31 - 1

func pack(action specs.LinuxSeccompAction, errno *uint) (answer, error) {
	if action == specs.ActKill {
		action = specs.ActKillThread
	}
	for i, a := range actions {
		if a != action {
			continue
		}
		rank := answer(i) << 16
		if rank != rankErrno && rank != rankTrace {
			return rank, nil
		}
		if errno == nil {
			return rank | orderOf(eperm), nil
		}
		if *errno > 4095 {
			return 0, fmt.Errorf("errno %d is over 4095", *errno)
		}
		return rank | orderOf(*errno), nil
	}
	return 0, fmt.Errorf("unknown action %q", action)
}

func orderOf(errno uint) answer {
	switch errno {
	case enosys:
		return 0
	case eperm:
		return 1
	}
	return answer(errno) + 2
}

func (a answer) rank() answer { return a &^ 0xffff }

func (a answer) unpack() Answer {
	out := Answer{Action: actions[a>>16]}
	if r := a.rank(); r == rankErrno || r == rankTrace {
		switch order := uint(a & 0xffff); order {
		case 0:
			out.Errno = enosys
		case 1:
			out.Errno = eperm
		default:
			out.Errno = order - 2
		}
	}
	return out
}

func (a answer) class() Class {
	switch {
	case a.rank() <= rankErrno:
		return Denies
	case a.rank() <= rankTrace:
		return MayAllow
	}
	return Permits
}

// Class returns what the answer means for the caller.
func (a Answer) Class() Class {
	p, err := pack(a.Action, &a.Errno)
	if err != nil {
		return Denies
	}
	return p.class()
}

// String returns the answer as in "ERRNO(EPERM)" or "ALLOW".
func (a Answer) String() string {
	name := string(a.Action)
	if len(name) > len("SCMP_ACT_") {
		name = name[len("SCMP_ACT_"):]
	}
	if a.Action != specs.ActErrno && a.Action != specs.ActTrace {
		return name
	}
	if e := syscalls.ErrnoName(a.Errno); e != "" && a.Action == specs.ActErrno {
		return name + "(" + e + ")"
	}
	return fmt.Sprintf("%s(%d)", name, a.Errno)
}

func stricter(a, b answer) answer { return min(a, b) }
func laxer(a, b answer) answer    { return max(a, b) }

const answerENOSYS = rankErrno // | orderOf(enosys), which is 0
