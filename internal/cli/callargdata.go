package cli

// arguments are those that have names here. The values are those of the kernel's headers in include/uapi (Linux 6.18), which are
// part of its ABI; ioctl's are those of x86 and of all architectures that took theirs from include/uapi/asm-generic.
var arguments = []argument{
	{
		calls: []string{"socket", "socketpair"}, index: 0, what: "the family", bits: 32,
		values: map[string]uint64{
			"AF_UNIX": 1, "AF_LOCAL": 1, "AF_INET": 2, "AF_AX25": 3, "AF_IPX": 4, "AF_APPLETALK": 5, "AF_NETROM": 6, "AF_X25": 9,
			"AF_INET6": 10, "AF_ROSE": 11, "AF_KEY": 15, "AF_NETLINK": 16, "AF_PACKET": 17, "AF_RDS": 21, "AF_PPPOX": 24,
			"AF_LLC": 26, "AF_IB": 27, "AF_MPLS": 28, "AF_CAN": 29, "AF_TIPC": 30, "AF_BLUETOOTH": 31, "AF_RXRPC": 33,
			"AF_PHONET": 35, "AF_IEEE802154": 36, "AF_CAIF": 37, "AF_ALG": 38, "AF_NFC": 39, "AF_VSOCK": 40, "AF_KCM": 41,
			"AF_QIPCRTR": 42, "AF_SMC": 43, "AF_XDP": 44, "AF_MCTP": 45,
		},
	},
	{
		calls: []string{"clone"}, index: 0, what: "the flags", bits: 64, flags: true,
		beside: "clone3 has its flags in memory, where no filter sees them, and unshare does the same to the caller: ask about both as well",
		values: map[string]uint64{
			"CLONE_NEWNS": 0x20000, "CLONE_NEWCGROUP": 0x2000000, "CLONE_NEWUTS": 0x4000000, "CLONE_NEWIPC": 0x8000000,
			"CLONE_NEWUSER": 0x10000000, "CLONE_NEWPID": 0x20000000, "CLONE_NEWNET": 0x40000000, "CLONE_VM": 0x100,
			"CLONE_PTRACE": 0x2000, "CLONE_VFORK": 0x4000, "CLONE_PARENT": 0x8000, "CLONE_THREAD": 0x10000,
			"CLONE_UNTRACED": 0x800000,
		},
	},
	{
		calls: []string{"unshare"}, index: 0, what: "the flags", bits: 32, flags: true,
		beside: "clone and clone3 do the same to a new process: ask about both as well",
		values: map[string]uint64{
			"CLONE_NEWTIME": 0x80, "CLONE_NEWNS": 0x20000, "CLONE_NEWCGROUP": 0x2000000, "CLONE_NEWUTS": 0x4000000,
			"CLONE_NEWIPC": 0x8000000, "CLONE_NEWUSER": 0x10000000, "CLONE_NEWPID": 0x20000000, "CLONE_NEWNET": 0x40000000,
		},
	},
	{
		calls: []string{"setns"}, index: 1, what: "the kind of namespace", bits: 32, flags: true,
		values: map[string]uint64{
			"CLONE_NEWTIME": 0x80, "CLONE_NEWNS": 0x20000, "CLONE_NEWCGROUP": 0x2000000, "CLONE_NEWUTS": 0x4000000,
			"CLONE_NEWIPC": 0x8000000, "CLONE_NEWUSER": 0x10000000, "CLONE_NEWPID": 0x20000000, "CLONE_NEWNET": 0x40000000,
		},
	},
	{
		calls: []string{"ptrace"}, index: 0, what: "the request", bits: 64,
		values: map[string]uint64{
			"PTRACE_TRACEME": 0, "PTRACE_PEEKTEXT": 1, "PTRACE_PEEKDATA": 2, "PTRACE_PEEKUSER": 3, "PTRACE_POKETEXT": 4,
			"PTRACE_POKEDATA": 5, "PTRACE_POKEUSER": 6, "PTRACE_CONT": 7, "PTRACE_KILL": 8, "PTRACE_SINGLESTEP": 9,
			"PTRACE_ATTACH": 16, "PTRACE_DETACH": 17, "PTRACE_SYSCALL": 24, "PTRACE_SETOPTIONS": 0x4200,
			"PTRACE_GETEVENTMSG": 0x4201, "PTRACE_GETSIGINFO": 0x4202, "PTRACE_SETSIGINFO": 0x4203, "PTRACE_GETREGSET": 0x4204,
			"PTRACE_SETREGSET": 0x4205, "PTRACE_SEIZE": 0x4206, "PTRACE_INTERRUPT": 0x4207, "PTRACE_LISTEN": 0x4208,
			"PTRACE_SECCOMP_GET_FILTER": 0x420c,
		},
	},
	{
		calls: []string{"prctl"}, index: 0, what: "the option", bits: 32,
		values: map[string]uint64{
			"PR_SET_PDEATHSIG": 1, "PR_SET_DUMPABLE": 4, "PR_SET_KEEPCAPS": 8, "PR_SET_NAME": 15, "PR_SET_SECCOMP": 22,
			"PR_CAPBSET_DROP": 24, "PR_SET_SECUREBITS": 28, "PR_SET_MM": 35, "PR_SET_CHILD_SUBREAPER": 36,
			"PR_SET_NO_NEW_PRIVS": 38, "PR_CAP_AMBIENT": 47, "PR_SET_SPECULATION_CTRL": 53, "PR_SET_IO_FLUSHER": 57,
			"PR_SCHED_CORE": 62, "PR_SET_MDWE": 0x41, "PR_SET_PTRACER": 0x59616d61,
		},
	},
	{
		calls: []string{"keyctl"}, index: 0, what: "the operation", bits: 32,
		values: map[string]uint64{
			"KEYCTL_GET_KEYRING_ID": 0, "KEYCTL_JOIN_SESSION_KEYRING": 1, "KEYCTL_UPDATE": 2, "KEYCTL_REVOKE": 3,
			"KEYCTL_CHOWN": 4, "KEYCTL_SETPERM": 5, "KEYCTL_DESCRIBE": 6, "KEYCTL_CLEAR": 7, "KEYCTL_LINK": 8, "KEYCTL_UNLINK": 9,
			"KEYCTL_SEARCH": 10, "KEYCTL_READ": 11, "KEYCTL_INSTANTIATE": 12, "KEYCTL_NEGATE": 13, "KEYCTL_SET_TIMEOUT": 15,
			"KEYCTL_SESSION_TO_PARENT": 18, "KEYCTL_INVALIDATE": 21, "KEYCTL_GET_PERSISTENT": 22, "KEYCTL_DH_COMPUTE": 23,
			"KEYCTL_RESTRICT_KEYRING": 29, "KEYCTL_MOVE": 30, "KEYCTL_WATCH_KEY": 32,
		},
	},
	{
		calls: []string{"bpf"}, index: 0, what: "the command", bits: 32,
		values: map[string]uint64{
			"BPF_MAP_CREATE": 0, "BPF_MAP_LOOKUP_ELEM": 1, "BPF_MAP_UPDATE_ELEM": 2, "BPF_MAP_DELETE_ELEM": 3, "BPF_PROG_LOAD": 5,
			"BPF_OBJ_PIN": 6, "BPF_OBJ_GET": 7, "BPF_PROG_ATTACH": 8, "BPF_PROG_DETACH": 9, "BPF_PROG_TEST_RUN": 10,
			"BPF_RAW_TRACEPOINT_OPEN": 17, "BPF_BTF_LOAD": 18, "BPF_LINK_CREATE": 28, "BPF_TOKEN_CREATE": 36,
		},
	},
	{
		calls: []string{"ioctl"}, index: 1, what: "the request", bits: 32,
		values: map[string]uint64{
			"TIOCSTI": 0x5412, "TIOCLINUX": 0x541c, "TIOCSCTTY": 0x540e, "TIOCCONS": 0x541d, "TIOCSETD": 0x5423,
			"FS_IOC_SETFLAGS": 0x40086602, "SIOCSIFFLAGS": 0x8914, "USERFAULTFD_IOC_NEW": 0xaa00,
		},
	},
	{
		calls: []string{"seccomp"}, index: 0, what: "the operation", bits: 32,
		values: map[string]uint64{
			"SECCOMP_SET_MODE_STRICT": 0, "SECCOMP_SET_MODE_FILTER": 1, "SECCOMP_GET_ACTION_AVAIL": 2,
			"SECCOMP_GET_NOTIF_SIZES": 3,
		},
	},
	{
		calls: []string{"personality"}, index: 0, what: "the flags", bits: 32, flags: true,
		values: map[string]uint64{
			"ADDR_NO_RANDOMIZE": 0x40000, "MMAP_PAGE_ZERO": 0x100000, "READ_IMPLIES_EXEC": 0x400000,
		},
	},
}
