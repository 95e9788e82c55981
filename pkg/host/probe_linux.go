package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// answer is what a probe found.
type answer int

const (
	unclear answer = iota
	runs
	runsNot
)

// Exit codes of the probes.
const (
	exitRuns    = 42
	exitRunsNot = 41
)

// probe is a program of a few instructions that exits with exitRuns where its ABI works.
type probe struct {
	machine uint16 // e_machine of elf(5)
	flags   uint32 // e_flags
	wide    bool   // a 64-bit ELF file
	code    []byte
}

// The probes. A kernel without the ABI refuses to execute the 32-bit files (ENOEXEC). x32's is a 64-bit program that makes an
// x32 call, as x32 needs no file of its own: the kernel answers ENOSYS where it was built, or booted, without.
var probes = map[specs.Arch]probe{
	// mov $1,%eax; mov $42,%ebx; int $0x80 (exit)
	specs.ArchX86: {machine: 3, code: []byte{0xb8, 1, 0, 0, 0, 0xbb, exitRuns, 0, 0, 0, 0xcd, 0x80}},
	specs.ArchX32: {machine: 62, wide: true, code: []byte{
		0xb8, 0x27, 0, 0, 0x40, // mov $0x40000027,%eax (getpid)
		0x0f, 0x05, // syscall
		0x85, 0xc0, // test %eax,%eax
		0xbf, exitRuns, 0, 0, 0, // mov $42,%edi
		0x7f, 5, // jg over the next instruction
		0xbf, exitRunsNot, 0, 0, 0, // mov $41,%edi
		0xb8, 60, 0, 0, 0, // mov $60,%eax (exit)
		0x0f, 0x05, // syscall
	}},
	// mov r0,#42; mov r7,#1; svc #0 (exit), for EABI version 5
	specs.ArchARM: {machine: 40, flags: 0x05000000, code: []byte{exitRuns, 0, 0xa0, 0xe3, 1, 0x70, 0xa0, 0xe3, 0, 0, 0, 0xef}},
}

// probeABI runs the probe of an ABI and says whether the kernel runs it.
func probeABI(ctx context.Context, abi specs.Arch) answer {
	p, ok := probes[abi]
	if !ok {
		return unclear
	}
	err := execute(ctx, p.image())
	var exit *exec.ExitError
	switch {
	case errors.Is(err, unix.ENOEXEC):
		return runsNot
	case !errors.As(err, &exit):
		return unclear
	case exit.ExitCode() == exitRuns:
		return runs
	case exit.ExitCode() == exitRunsNot:
		return runsNot
	}
	return unclear // killed, by a filter for example
}

// image returns the program as a static ELF file with one segment.
func (p probe) image() []byte {
	const base = 0x10000 // above mmap_min_addr, and free on every architecture
	var out bytes.Buffer
	put := func(words ...any) {
		for _, w := range words {
			_ = binary.Write(&out, binary.LittleEndian, w) // into memory, of fixed-size values
		}
	}
	class, header, segment := byte(1), 52, 32
	if p.wide {
		class, header, segment = 2, 64, 56
	}
	start, size := header+segment, header+segment+len(p.code)
	put([]byte{0x7f, 'E', 'L', 'F', class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, uint16(2), p.machine, uint32(1))
	if p.wide {
		put(uint64(base+start), uint64(header), uint64(0))
	} else {
		put(uint32(base+start), uint32(header), uint32(0))
	}
	put(p.flags, uint16(header), uint16(segment), uint16(1), uint16(0), uint16(0), uint16(0))
	const load, readExecute = uint32(1), uint32(5)
	if p.wide {
		put(load, readExecute, uint64(0), uint64(base), uint64(base), uint64(size), uint64(size), uint64(0x1000))
	} else {
		put(load, uint32(0), uint32(base), uint32(base), uint32(size), uint32(size), readExecute, uint32(0x1000))
	}
	put(p.code)
	return out.Bytes()
}

// execute runs a program from memory, without a file that others could change.
func execute(ctx context.Context, image []byte) error {
	const executable = 0x10 // MFD_EXEC, since 6.3, when it became an option to forbid
	fd, err := unix.MemfdCreate("seccompd-probe", unix.MFD_CLOEXEC|executable)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate("seccompd-probe", unix.MFD_CLOEXEC)
	}
	if err != nil {
		return fmt.Errorf("create probe: %w", err)
	}
	file := os.NewFile(uintptr(fd), "seccompd-probe")
	defer func() { _ = file.Close() }()
	if _, err := file.Write(image); err != nil {
		return fmt.Errorf("write probe: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, fmt.Sprintf("/proc/self/fd/%d", fd))
	cmd.Env = []string{}
	return cmd.Run()
}
