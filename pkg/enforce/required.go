package enforce

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/version"
	"github.com/seccompd/seccompd/pkg/host"
)

// required lists the calls that a runtime makes under a container's own filter, after it has loaded it and before it
// executes the container's program, and without which no container starts.
//
// The lists were measured, not read off the source: each call was denied alone, in a filter that allows all else, with
// noNewPrivileges false (then the filter is loaded earliest) and true, and the container died. integration/ repeats that
// for every entry.
type required struct {
	runtime string
	version string
	// errno are the calls that must not even answer with an error. Go's runtime makes futex when its threads meet, and
	// rt_sigreturn when it interrupts one of them: without those only some containers start.
	errno []string
	// kill are those whose error the runtime survives, or which it does not make each time: they must not kill it.
	kill []string
}

var requiredCalls = []required{
	{
		// It makes pselect6 and read while it waits to be started, as every engine has it do, and not in "crun run".
		runtime: "crun", version: "1.8",
		errno: []string{"capset", "execve", "prctl", "pselect6", "read", "rt_sigaction", "rt_sigprocmask", "setresgid", "setresuid", "write"},
		kill:  []string{"close"},
	},
	{
		runtime: "runc", version: "1.1",
		errno: []string{
			"capget", "capset", "chdir", "close", "execve", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "getppid",
			"newfstatat", "openat", "prctl", "read", "rt_sigreturn", "setgid", "setgroups", "setuid", "write",
		},
		kill: []string{"epoll_ctl", "faccessat2", "fcntl", "getpid"},
	},
	{
		runtime: "runc", version: "1.5",
		errno: []string{
			"capget", "capset", "chdir", "close", "execve", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "getppid",
			"newfstatat", "openat", "prctl", "read", "rt_sigreturn", "setgid", "setgroups", "setuid", "statx", "write",
		},
		kill: []string{"close_range", "epoll_ctl", "faccessat2", "fcntl", "getpid", "openat2"},
	},
}

// MissingRequired lists the calls of a runtime's table that a filter denies, sorted; a container with that filter does not
// start. A call that some rule permits for some arguments is not missing. For a runtime or version without a table the
// nearest one is taken: the newest of that runtime that is not newer, or runc's.
func MissingRequired(s *specs.LinuxSeccomp, rt host.Runtime) []string {
	r := requiredBy(rt)
	var missing []string
	for _, name := range r.errno {
		if a := bestAction(s, name); !permits(a) {
			missing = append(missing, name)
		}
	}
	for _, name := range r.kill {
		if a := bestAction(s, name); !permits(a) && a != specs.ActErrno {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}

// RequiredCalls returns the table that MissingRequired goes by for a runtime: the calls that must not even answer with an
// error, and those that must not kill the runtime, which it may survive otherwise. Both are sorted.
func RequiredCalls(rt host.Runtime) (errno, kill []string) {
	r := requiredBy(rt)
	return slices.Clone(r.errno), slices.Clone(r.kill)
}

func requiredBy(rt host.Runtime) required {
	best := -1
	for i, r := range requiredCalls {
		if r.runtime != rt.Name {
			continue
		}
		if best < 0 || !olderThan(rt.Version, r.version) {
			best = i
		}
	}
	if best < 0 {
		best = slices.IndexFunc(requiredCalls, func(r required) bool { return r.runtime == "runc" && r.version == "1.5" })
	}
	return requiredCalls[best]
}

// olderThan compares "1.1.5" with "1.5". What cannot be read is older than everything.
func olderThan(have, than string) bool {
	v, _ := version.Parse(have)
	w, _ := version.Parse(than)
	return v.Before(w.Major, w.Minor, w.Patch)
}

// bestAction returns the most permissive action that a filter has for a call on the native architecture: that of a rule
// that names it, or the default where no rule answers it for all arguments.
func bestAction(s *specs.LinuxSeccomp, name string) specs.LinuxSeccompAction {
	best, answered := specs.LinuxSeccompAction(""), false
	for _, r := range s.Syscalls {
		if !slices.Contains(r.Names, name) {
			continue
		}
		if best == "" || strictness(r.Action) > strictness(best) {
			best = r.Action
		}
		answered = answered || len(r.Args) == 0
	}
	if best == "" || (!answered && strictness(s.DefaultAction) > strictness(best)) {
		return s.DefaultAction
	}
	return best
}

// byStrictness lists the actions as the kernel orders them, strictest first (seccomp(2)); KILL is KILL_THREAD.
var byStrictness = []specs.LinuxSeccompAction{
	specs.ActKillProcess, specs.ActKillThread, specs.ActKill, specs.ActTrap, specs.ActErrno, specs.ActNotify, specs.ActTrace, specs.ActLog, specs.ActAllow,
}

func strictness(a specs.LinuxSeccompAction) int { return slices.Index(byStrictness, a) }

// Denies reports whether a filter denies a call on the native architecture whatever its arguments are.
func Denies(s *specs.LinuxSeccomp, name string) bool { return !permits(bestAction(s, name)) }

func permits(a specs.LinuxSeccompAction) bool {
	return a == specs.ActAllow || a == specs.ActLog || a == specs.ActTrace || a == specs.ActNotify
}
