// Package syscalls knows the system calls of Linux: names and numbers per ABI, how wide the kernel reads an argument, which
// calls user space replaces on ENOSYS, and which names a libseccomp knows.
//
// Numbers are generated from golang.org/x/sys/unix, which the Go project generates from the kernel's headers; the rest is
// in the reviewed files of the directory data, each with its sources.
package syscalls

import (
	"slices"
	"sort"

	"github.com/opencontainers/runtime-spec/specs-go"
)

//go:generate sh -c "go run ./internal/gen >zsyscalls.tmp && mv zsyscalls.tmp zsyscalls.go"

// call is an entry of a table: a number, and the position of its name in names.
type call struct {
	number uint32
	name   uint16
}

// ABI is the table of system calls of one kernel ABI. It is read-only and lives as long as the program.
type ABI struct {
	arch    specs.Arch
	goarch  string
	bits    int
	calls   []call   // by number
	sorted  []uint16 // positions in calls, by name
	private uint32   // numbers from here on are private to the architecture, and not in the common sequence; 0: none
}

// The tables, in the order in which everything lists ABIs.
var abis = [...]ABI{
	{arch: specs.ArchX86_64, goarch: "amd64", bits: 64, calls: callsAmd64[:], sorted: sortedAmd64[:]},
	{arch: specs.ArchX86, goarch: "386", bits: 32, calls: calls386[:], sorted: sorted386[:]},
	{arch: specs.ArchX32, bits: 64, calls: callsX32[:], sorted: sortedX32[:]},
	{arch: specs.ArchAARCH64, goarch: "arm64", bits: 64, calls: callsArm64[:], sorted: sortedArm64[:]},
	{arch: specs.ArchARM, goarch: "arm", bits: 32, calls: callsArm[:], sorted: sortedArm[:], private: 0xf0000},
	{arch: specs.ArchRISCV64, goarch: "riscv64", bits: 64, calls: callsRiscv64[:], sorted: sortedRiscv64[:]},
	{arch: specs.ArchPPC64LE, goarch: "ppc64le", bits: 64, calls: callsPpc64le[:], sorted: sortedPpc64le[:]},
	{arch: specs.ArchS390X, goarch: "s390x", bits: 64, calls: callsS390x[:], sorted: sortedS390x[:]},
	{arch: specs.ArchLOONGARCH64, goarch: "loong64", bits: 64, calls: callsLoong64[:], sorted: sortedLoong64[:]},
}

// Table returns the table of an ABI, and false for an ABI that there is none for.
func Table(abi specs.Arch) (*ABI, bool) {
	for i := range abis {
		if abis[i].arch == abi {
			return &abis[i], true
		}
	}
	return nil, false
}

// ABIs lists the ABIs that there are tables for, in the order that all output follows.
func ABIs() []specs.Arch {
	list := make([]specs.Arch, len(abis))
	for i := range abis {
		list[i] = abis[i].arch
	}
	return list
}

// Native returns the ABI of programs built for a GOARCH, and false for one that there is no table for.
func Native(goarch string) (specs.Arch, bool) {
	for i := range abis {
		if goarch != "" && abis[i].goarch == goarch {
			return abis[i].arch, true
		}
	}
	return "", false
}

// Arch returns the name of the ABI, as OCI profiles spell it.
func (a *ABI) Arch() specs.Arch { return a.arch }

// Bits returns the width of a register that passes an argument: 32 or 64. It is 64 for x32, whose pointers have 32 bits
// and whose calls go through the 64-bit entry.
func (a *ABI) Bits() int { return a.bits }

// Number returns the number of a call, as seccomp sees it: x32's carry the bit 0x40000000, as libseccomp has them.
func (a *ABI) Number(name string) (int, bool) {
	i := sort.Search(len(a.sorted), func(i int) bool { return names[a.calls[a.sorted[i]].name] >= name })
	if i == len(a.sorted) {
		return 0, false
	}
	c := a.calls[a.sorted[i]]
	return int(c.number), names[c.name] == name
}

// Name returns the name of the call with a number, as Number returns it.
func (a *ABI) Name(nr int) (string, bool) {
	i := sort.Search(len(a.calls), func(i int) bool { return int(a.calls[i].number) >= nr })
	if i == len(a.calls) || int(a.calls[i].number) != nr {
		return "", false
	}
	return names[a.calls[i].name], true
}

// Highest returns the highest number of the table. ARM's private calls (cacheflush, set_tls and others, from 0xf0001), which
// stand far above the sequence that new calls are added to, do not count.
func (a *ABI) Highest() int {
	end := len(a.calls)
	if a.private != 0 {
		end = sort.Search(end, func(i int) bool { return a.calls[i].number >= a.private })
	}
	return int(a.calls[end-1].number)
}

// Names lists the names of all calls of the ABI, sorted.
func (a *ABI) Names() []string {
	list := make([]string, len(a.sorted))
	for i, at := range a.sorted {
		list[i] = names[a.calls[at].name]
	}
	return list
}

// Known reports whether a name is a system call of any ABI that libseccomp has a table for, also of those without a table
// here, as mips.
func Known(name string) bool { return lookup(name) >= 0 }

// lookup returns the position of a name in names, or -1.
func lookup(name string) int {
	if i, ok := slices.BinarySearch(names[:], name); ok {
		return i
	}
	return -1
}
