package host

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/doorconf"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Read asks the machine it runs on. It starts probes of a few hundred bytes from memory to see which ABIs the kernel runs,
// and runs the runtimes with --version and features, each with a limit on time and output, and only those that nobody but
// root (or the user who asks) can have written. A path in o that gives no answer is an error; what is wrong with a runtime
// found by the search is in Ignored.
func Read(ctx context.Context, o Options) (Facts, error) {
	f := Facts{GOARCH: runtime.GOARCH}
	native, ok := syscalls.Native(f.GOARCH)
	if !ok {
		return Facts{}, fmt.Errorf("read host facts: no system call table for %s", f.GOARCH)
	}
	f.Native, f.ABIs = native, []specs.Arch{native}
	for _, abi := range compat[native] {
		switch probeABI(ctx, abi) {
		case runs:
			f.ABIs = append(f.ABIs, abi)
		case unclear:
			f.ABIs, f.Assumed = append(f.ABIs, abi), append(f.Assumed, abi)
		case runsNot:
		}
	}
	if err := f.readKernel(); err != nil {
		return Facts{}, err
	}
	if err := f.readRuntimes(ctx, o); err != nil {
		return Facts{}, err
	}
	f.AsksContainerd, f.LooksUpDocker = lookups(doorconf.File, os.Getenv(doorconf.Env))
	return f, nil
}

func (f *Facts) readKernel() error {
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return fmt.Errorf("uname: %w", err)
	}
	f.KernelRelease = unix.ByteSliceToString(uts.Release[:])
	var err error
	if f.Kernel, err = ParseVersion(f.KernelRelease); err != nil {
		return err
	}
	if f.Capabilities, err = readCapabilities("/proc/sys/kernel/cap_last_cap"); err != nil {
		return err
	}
	f.Actions, err = readActions("/proc/sys/kernel/seccomp/actions_avail")
	return err
}

// readCapabilities reads the number of the kernel's last capability.
func readCapabilities(file string) (workload.Capabilities, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("read last capability: %w", err)
	}
	last, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 6)
	if err != nil {
		return 0, fmt.Errorf("read last capability: %w", err)
	}
	return workload.Capabilities(2<<last-1) & workload.AllCapabilities, nil
}

// actionNames are the kernel's words for actions (seccomp(2), /proc interfaces).
var actionNames = map[string]specs.LinuxSeccompAction{
	"kill_process": specs.ActKillProcess, "kill_thread": specs.ActKillThread, "trap": specs.ActTrap, "errno": specs.ActErrno,
	"user_notif": specs.ActNotify, "trace": specs.ActTrace, "log": specs.ActLog, "allow": specs.ActAllow,
}

// readActions reads the kernel's list of actions. Kernels before 4.14 have none, and that is no error.
func readActions(file string) ([]specs.LinuxSeccompAction, error) {
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read seccomp actions: %w", err)
	}
	words := strings.Fields(string(text))
	return slices.DeleteFunc(slices.Clone(actions), func(a specs.LinuxSeccompAction) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return actionNames[w] == a })
	}), nil
}
