package profile

import (
	"cmp"
	"maps"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// multiplexers carry other calls on 32-bit x86, s390 and ppc, where libseccomp turns a rule for one of those calls into a
// rule for its multiplexer (socketcall(2), ipc(2)).
var multiplexers = map[string][]string{
	"socketcall": {
		"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen", "recv", "recvfrom",
		"recvmmsg", "recvmsg", "send", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown", "socket", "socketpair",
	},
	"ipc": {
		"msgctl", "msgget", "msgrcv", "msgsnd", "semctl", "semget", "semop", "semtimedop", "shmat", "shmctl", "shmdt", "shmget",
	},
}

// aliases are two names of one number on some architecture (arch/arm/tools/syscall.tbl, and libseccomp's table for it).
var aliases = map[string]string{
	"arm_sync_file_range": "sync_file_range", "sync_file_range2": "sync_file_range",
	"arm_fadvise64_64": "fadvise64_64", "fadvise64": "fadvise64_64",
}

// multiplexer returns the call that carries another one on some architecture, or "".
func multiplexer(name string) string {
	for _, m := range []string{"ipc", "socketcall"} {
		if slices.Contains(multiplexers[m], name) {
			return m
		}
	}
	return ""
}

// sharedName is equal for calls that are one system call on some architecture.
func sharedName(name string) string {
	if m := multiplexer(name); m != "" {
		return m
	}
	if a, ok := aliases[name]; ok {
		return a
	}
	return name
}

// plainErrno leaves out the number that runc and crun return where none is given. A number on an action that has none
// stays: crun refuses it.
func plainErrno(a specs.LinuxSeccompAction, number *uint) *uint {
	if number == nil || *number == eperm && (a == specs.ActErrno || a == specs.ActTrace) {
		return nil
	}
	return cloneErrno(number)
}

// plainArgs drops what an operator does not read and sorts conditions by argument, unless one argument has two:
// runtimes then read each condition as a rule of its own.
func plainArgs(args []specs.LinuxSeccompArg) []specs.LinuxSeccompArg {
	if len(args) == 0 {
		return nil
	}
	out := slices.Clone(args)
	seen, twice := map[uint]bool{}, false
	for i := range out {
		if out[i].Op != specs.OpMaskedEqual {
			out[i].ValueTwo = 0
		}
		twice = twice || seen[out[i].Index]
		seen[out[i].Index] = true
	}
	if !twice {
		slices.SortFunc(out, func(a, b specs.LinuxSeccompArg) int { return cmp.Compare(a.Index, b.Index) })
	}
	return out
}

// sorted returns the members of a list, each once, in the order of a vocabulary. A nil list stays nil, an empty one empty.
func sorted[T ~string](list, vocabulary []T) []T {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b T) int {
		return cmp.Or(cmp.Compare(place(vocabulary, a), place(vocabulary, b)), cmp.Compare(a, b))
	})
	return slices.Compact(out)
}

// place is the index of a word, after all others if the vocabulary does not have it.
func place[T comparable](vocabulary []T, word T) int {
	if i := slices.Index(vocabulary, word); i >= 0 {
		return i
	}
	return len(vocabulary)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
