package syscalls

// fact is what the reviewed files say of a name.
type fact struct {
	widths uint16 // two bits an argument, the first lowest: 0 is 64 bits, 1 is 32, 2 is 16
	enosys bool
	since  uint8 // index into releases, or unverified
}

// arguments is how many arguments a system call has at most, and seccomp sees always.
const arguments = 6

// IntArguments returns the arguments of which the kernel uses at most the low 32 bits, bit N standing for argument N. A
// seccomp filter sees all 64 bits of them, so that a comparison without a mask can be evaded, or can fail to match.
//
// An argument is in the set where its type in the kernel's SYSCALL_DEFINE has at most 32 bits on every 64-bit ABI of the
// tables; data/arguments.tsv gives the types. The clone and unshare flags and the request of ptrace are long, and are not.
func IntArguments(name string) uint8 {
	var set uint8
	for i := range arguments {
		if ArgumentBits(name, i) < 64 {
			set |= 1 << i
		}
	}
	return set
}

// ArgumentBits returns how many low bits of an argument a 64-bit kernel uses: 16 for file modes (umode_t), 32 or 64. What is
// not known is 64.
func ArgumentBits(name string, index int) int {
	at := lookup(name)
	if at < 0 || index < 0 || index >= arguments {
		return 64
	}
	return 64 >> (facts[at].widths >> (2 * index) & 3)
}

// ExpectsENOSYS reports whether the programs that make a call have another way where the kernel answers ENOSYS, and may
// break on EPERM: clone3, statx, faccessat2, openat2 and others, with who falls back in data/fallbacks.tsv.
func ExpectsENOSYS(name string) bool {
	at := lookup(name)
	return at >= 0 && facts[at].enosys
}
