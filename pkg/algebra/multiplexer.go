package algebra

import specs "github.com/opencontainers/runtime-spec/specs-go"

// multiplexer is a call whose first argument says which other one it is: socketcall(2) and ipc(2).
type multiplexer struct {
	name    string
	numbers map[string]uint64
}

// The numbers are those of include/uapi/linux/net.h and ipc.h.
var multiplexers = [...]multiplexer{
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

// multiplexed are the ABIs where libseccomp makes of a rule for one of those calls a second one, for the multiplexer. It
// replaces the rule's first condition by one on which call it is, and leaves the others where they are, though the
// multiplexer has other arguments there. The name has no number of its own to runc's ENOSYS stub there.
func multiplexed(abi specs.Arch) bool {
	return abi == specs.ArchX86 || abi == specs.ArchPPC64LE || abi == specs.ArchS390X
}

// carriers maps the name of a carried call to its multiplexer's position.
var carriers = func() map[string]int {
	out := map[string]int{}
	for i, m := range multiplexers {
		for name := range m.numbers {
			out[name] = i
		}
	}
	return out
}()

// through returns the multiplexer that carries a call, and the call's number in it.
func through(call string) (m *multiplexer, number uint64, ok bool) {
	i, ok := carriers[call]
	if !ok {
		return nil, 0, false
	}
	return &multiplexers[i], multiplexers[i].numbers[call], true
}

// translate returns the conditions of the multiplexer for those of one of its calls.
func translate(args []specs.LinuxSeccompArg, number uint64) []specs.LinuxSeccompArg {
	out := []specs.LinuxSeccompArg{{Index: 0, Value: number, Op: specs.OpEqualTo}}
	for _, a := range args {
		if a.Index != 0 {
			out = append(out, a)
		}
	}
	return out
}
