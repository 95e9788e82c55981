package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
)

// namedValues are values of one argument by the names that the kernel's headers give them.
type namedValues struct {
	index uint
	// flags says that each value is a bit, and that the call is meant where the bit is set beside others.
	flags  bool
	values map[string]uint64
}

// The values are those of include/linux/socket.h, include/uapi/linux/sched.h, ptrace.h, keyctl.h, bpf.h and asm-generic/ioctls.h,
// which all architectures of the tables share.
var (
	families = namedValues{values: map[string]uint64{
		"AF_UNIX": 1, "AF_INET": 2, "AF_AX25": 3, "AF_IPX": 4, "AF_APPLETALK": 5, "AF_NETROM": 6, "AF_X25": 9, "AF_INET6": 10,
		"AF_KEY": 15, "AF_NETLINK": 16, "AF_PACKET": 17, "AF_RDS": 21, "AF_LLC": 26, "AF_CAN": 29, "AF_TIPC": 30,
		"AF_BLUETOOTH": 31, "AF_RXRPC": 33, "AF_ISDN": 34, "AF_NFC": 39, "AF_ALG": 38, "AF_VSOCK": 40, "AF_KCM": 41,
		"AF_QIPCRTR": 42, "AF_SMC": 43, "AF_XDP": 44, "AF_MCTP": 45,
	}}
	cloneFlags = namedValues{flags: true, values: map[string]uint64{
		"CLONE_NEWTIME": 0x80, "CLONE_NEWNS": 0x20000, "CLONE_NEWCGROUP": 0x2000000, "CLONE_NEWUTS": 0x4000000,
		"CLONE_NEWIPC": 0x8000000, "CLONE_NEWUSER": 0x10000000, "CLONE_NEWPID": 0x20000000, "CLONE_NEWNET": 0x40000000,
	}}
	arguments = map[string]namedValues{
		"socket": families, "socketpair": families, "clone": cloneFlags, "unshare": cloneFlags,
		"setns":  {index: 1, flags: true, values: cloneFlags.values},
		"ptrace": {values: map[string]uint64{"PTRACE_TRACEME": 0, "PTRACE_ATTACH": 16, "PTRACE_SEIZE": 0x4206}},
		"keyctl": {values: map[string]uint64{
			"KEYCTL_JOIN_SESSION_KEYRING": 1, "KEYCTL_INSTANTIATE": 12, "KEYCTL_NEGATE": 13, "KEYCTL_SESSION_TO_PARENT": 18,
			"KEYCTL_DH_COMPUTE": 23, "KEYCTL_PKEY_QUERY": 24, "KEYCTL_WATCH_KEY": 32,
		}},
		"bpf":   {values: map[string]uint64{"BPF_MAP_CREATE": 0, "BPF_PROG_LOAD": 5, "BPF_BTF_LOAD": 18, "BPF_LINK_CREATE": 28}},
		"ioctl": {index: 1, values: map[string]uint64{"TIOCSTI": 0x5412, "TIOCLINUX": 0x541c, "TIOCSETD": 0x5423}},
	}
)

// callArgument reads CALL or CALL:ARGUMENT as an entry of a list of calls: a call, a glob, "@group" or "pack:name", and of a call
// that is named whole a value of the argument that tells its uses apart, by its name in the kernel's headers or as a number.
func callArgument(text string) (policy.Call, error) {
	if strings.HasPrefix(text, policy.PackPrefix) {
		return policy.Call{Names: []string{text}}, nil
	}
	name, value, with := strings.Cut(text, ":")
	found, finding, err := profile.ExpandName(name)
	switch {
	case err != nil:
		return policy.Call{}, &usageError{message: err.Error()}
	case finding != nil:
		return policy.Call{}, &usageError{message: fmt.Sprintf("no system call is named %q", name)}
	case !with:
		return policy.Call{Names: []string{name}}, nil
	case len(found) != 1 || found[0] != name:
		return policy.Call{}, &usageError{message: fmt.Sprintf("%q has an argument, and %q is not one call", text, name)}
	}
	of, ok := arguments[name]
	if !ok {
		return policy.Call{}, &usageError{
			message: fmt.Sprintf("no argument of %s has names here", name),
			hint:    "those of " + strings.Join(slices.Sorted(maps.Keys(arguments)), ", ") + " have; others are written into the policy with args",
		}
	}
	v, ok := of.values[value]
	if !ok {
		if v, err = strconv.ParseUint(value, 0, 32); err != nil {
			return policy.Call{}, unknownValue(name, value, of)
		}
	}
	arg := policy.Arg{Index: of.index, Op: policy.OpEQ, Value: v}
	if of.flags {
		arg = policy.Arg{Index: of.index, Op: policy.OpMaskedEQ, Value: v, ValueTwo: v}
	}
	return policy.Call{Names: []string{name}, Args: []policy.Arg{arg}}, nil
}

func unknownValue(call, value string, of namedValues) error {
	names := slices.Sorted(maps.Keys(of.values))
	u := &usageError{message: fmt.Sprintf("%q is no number, and not among the names for argument %d of %s", value, of.index, call)}
	if near := document.Closest(value, names); near != "" {
		u.hint = fmt.Sprintf("did you mean %q?", near)
	} else {
		u.hint = "known are " + strings.Join(names, ", ")
	}
	return u
}
