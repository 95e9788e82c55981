package cli

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestArgumentNames holds names to the constants that x/sys generated from the kernel's headers.
func TestArgumentNames(t *testing.T) {
	for call, values := range map[string]map[string]uint64{
		"socket": {
			"AF_UNIX": unix.AF_UNIX, "AF_INET": unix.AF_INET, "AF_INET6": unix.AF_INET6, "AF_KEY": unix.AF_KEY, "AF_NETLINK": unix.AF_NETLINK,
			"AF_PACKET": unix.AF_PACKET, "AF_RDS": unix.AF_RDS, "AF_PPPOX": unix.AF_PPPOX, "AF_CAN": unix.AF_CAN, "AF_TIPC": unix.AF_TIPC,
			"AF_BLUETOOTH": unix.AF_BLUETOOTH, "AF_RXRPC": unix.AF_RXRPC, "AF_ALG": unix.AF_ALG, "AF_NFC": unix.AF_NFC, "AF_VSOCK": unix.AF_VSOCK,
			"AF_KCM": unix.AF_KCM, "AF_QIPCRTR": unix.AF_QIPCRTR, "AF_SMC": unix.AF_SMC, "AF_XDP": unix.AF_XDP, "AF_MCTP": unix.AF_MCTP,
			"AF_LLC": unix.AF_LLC, "AF_IB": unix.AF_IB, "AF_MPLS": unix.AF_MPLS, "AF_PHONET": unix.AF_PHONET, "AF_IEEE802154": unix.AF_IEEE802154,
			"AF_CAIF": unix.AF_CAIF, "AF_AX25": unix.AF_AX25, "AF_IPX": unix.AF_IPX, "AF_APPLETALK": unix.AF_APPLETALK, "AF_X25": unix.AF_X25,
			"AF_NETROM": unix.AF_NETROM, "AF_ROSE": unix.AF_ROSE, "AF_LOCAL": unix.AF_LOCAL,
		},
		"clone": {
			"CLONE_NEWNS": unix.CLONE_NEWNS, "CLONE_NEWCGROUP": unix.CLONE_NEWCGROUP, "CLONE_NEWUTS": unix.CLONE_NEWUTS, "CLONE_NEWIPC": unix.CLONE_NEWIPC,
			"CLONE_NEWUSER": unix.CLONE_NEWUSER, "CLONE_NEWPID": unix.CLONE_NEWPID, "CLONE_NEWNET": unix.CLONE_NEWNET, "CLONE_VM": unix.CLONE_VM,
			"CLONE_PTRACE": unix.CLONE_PTRACE, "CLONE_VFORK": unix.CLONE_VFORK, "CLONE_PARENT": unix.CLONE_PARENT, "CLONE_THREAD": unix.CLONE_THREAD,
			"CLONE_UNTRACED": unix.CLONE_UNTRACED,
		},
		"unshare": {"CLONE_NEWTIME": unix.CLONE_NEWTIME, "CLONE_NEWUSER": unix.CLONE_NEWUSER},
		"setns":   {"CLONE_NEWTIME": unix.CLONE_NEWTIME, "CLONE_NEWPID": unix.CLONE_NEWPID},
		"ptrace": {
			"PTRACE_TRACEME": unix.PTRACE_TRACEME, "PTRACE_ATTACH": unix.PTRACE_ATTACH, "PTRACE_SEIZE": unix.PTRACE_SEIZE, "PTRACE_POKEDATA": unix.PTRACE_POKEDATA,
			"PTRACE_SETREGSET": unix.PTRACE_SETREGSET, "PTRACE_INTERRUPT": unix.PTRACE_INTERRUPT, "PTRACE_SECCOMP_GET_FILTER": unix.PTRACE_SECCOMP_GET_FILTER,
			"PTRACE_SETOPTIONS": unix.PTRACE_SETOPTIONS, "PTRACE_SYSCALL": unix.PTRACE_SYSCALL, "PTRACE_DETACH": unix.PTRACE_DETACH,
		},
		"prctl": {
			"PR_SET_MM": unix.PR_SET_MM, "PR_SET_SECCOMP": unix.PR_SET_SECCOMP, "PR_SET_NO_NEW_PRIVS": unix.PR_SET_NO_NEW_PRIVS, "PR_CAPBSET_DROP": unix.PR_CAPBSET_DROP,
			"PR_SET_PTRACER": unix.PR_SET_PTRACER, "PR_CAP_AMBIENT": unix.PR_CAP_AMBIENT, "PR_SCHED_CORE": unix.PR_SCHED_CORE, "PR_SET_MDWE": unix.PR_SET_MDWE,
			"PR_SET_SPECULATION_CTRL": unix.PR_SET_SPECULATION_CTRL, "PR_SET_IO_FLUSHER": unix.PR_SET_IO_FLUSHER,
		},
		"keyctl": {
			"KEYCTL_JOIN_SESSION_KEYRING": unix.KEYCTL_JOIN_SESSION_KEYRING, "KEYCTL_READ": unix.KEYCTL_READ, "KEYCTL_DH_COMPUTE": unix.KEYCTL_DH_COMPUTE,
			"KEYCTL_RESTRICT_KEYRING": unix.KEYCTL_RESTRICT_KEYRING, "KEYCTL_MOVE": unix.KEYCTL_MOVE, "KEYCTL_GET_PERSISTENT": unix.KEYCTL_GET_PERSISTENT,
			"KEYCTL_INVALIDATE": unix.KEYCTL_INVALIDATE, "KEYCTL_WATCH_KEY": unix.KEYCTL_WATCH_KEY, "KEYCTL_SESSION_TO_PARENT": unix.KEYCTL_SESSION_TO_PARENT,
		},
		"bpf": {
			"BPF_PROG_LOAD": unix.BPF_PROG_LOAD, "BPF_BTF_LOAD": unix.BPF_BTF_LOAD, "BPF_LINK_CREATE": unix.BPF_LINK_CREATE, "BPF_PROG_TEST_RUN": unix.BPF_PROG_TEST_RUN,
			"BPF_RAW_TRACEPOINT_OPEN": unix.BPF_RAW_TRACEPOINT_OPEN, "BPF_PROG_DETACH": unix.BPF_PROG_DETACH,
		},
		"seccomp": {"SECCOMP_SET_MODE_FILTER": 1, "SECCOMP_GET_NOTIF_SIZES": 3},
	} {
		i := slices.IndexFunc(arguments, func(a argument) bool { return slices.Contains(a.calls, call) })
		if i < 0 {
			t.Errorf("%s has no argument", call)
			continue
		}
		for name, want := range values {
			if got, ok := arguments[i].values[name]; !ok || got != want {
				t.Errorf("%s:%s is %#x (%v), want %#x", call, name, got, ok, want)
			}
		}
	}
}
