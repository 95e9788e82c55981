package lower

import (
	"maps"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// multiplexer is a call whose first argument names another one.
type multiplexer struct {
	name    string
	numbers map[string]uint64
}

// multiplexers are those of the kernel that libseccomp translates: include/uapi/linux/net.h and ipc.h.
var multiplexers = []multiplexer{
	{"socketcall", map[string]uint64{
		"socket": 1, "bind": 2, "connect": 3, "listen": 4, "accept": 5, "getsockname": 6, "getpeername": 7,
		"socketpair": 8, "send": 9, "recv": 10, "sendto": 11, "recvfrom": 12, "shutdown": 13, "setsockopt": 14,
		"getsockopt": 15, "sendmsg": 16, "recvmsg": 17, "accept4": 18, "recvmmsg": 19, "sendmmsg": 20,
	}},
	{"ipc", map[string]uint64{
		"semop": 1, "semget": 2, "semctl": 3, "semtimedop": 4, "msgsnd": 11, "msgrcv": 12, "msgget": 13, "msgctl": 14,
		"shmat": 21, "shmdt": 22, "shmget": 23, "shmctl": 24,
	}},
}

// calls returns the names of a multiplexer's calls by number.
func (m multiplexer) calls() []string {
	return slices.SortedFunc(maps.Keys(m.numbers), func(a, b string) int { return int(m.numbers[a]) - int(m.numbers[b]) })
}

// gaps returns a condition on the first argument for each number that stands for no call.
func (m multiplexer) gaps() []specs.LinuxSeccompArg {
	used := slices.Sorted(maps.Values(m.numbers))
	last := used[len(used)-1]
	var out []specs.LinuxSeccompArg
	for n := range last {
		if !slices.Contains(used, n) {
			out = append(out, specs.LinuxSeccompArg{Value: n, Op: specs.OpEqualTo})
		}
	}
	return append(out, specs.LinuxSeccompArg{Value: last, Op: specs.OpGreaterThan})
}
