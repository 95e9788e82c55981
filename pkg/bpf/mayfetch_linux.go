package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// MayFetchWaiting returns why this process cannot read the filters of threads that wait, and nil where nothing is known
// against it. It is found before anybody is stopped: the kernel itself says so only when a thread is.
func MayFetchWaiting() error {
	if !restarts {
		return errors.New("which calls go on unseen after a stop is known on x86-64 only")
	}
	text, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return err
	}
	if !bytes.Contains(text, []byte("Seccomp_filters:")) {
		return errors.New("the kernel does not say how many filters a thread has, as Linux 5.9 does")
	}
	for line := range bytes.Lines(text) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch string(key) {
		case "Seccomp":
			if string(value) != "0" {
				return errors.New("the reader has a filter itself")
			}
		case "CapEff":
			if err := mayTrace(string(value)); err != nil {
				return err
			}
		}
	}
	// seccomp_get_filter of kernel/seccomp.c asks for the capability in the first user namespace.
	if text, err := os.ReadFile("/proc/thread-self/uid_map"); err == nil && strings.Join(strings.Fields(string(text)), " ") != "0 0 4294967295" {
		return errors.New("the reader is in a user namespace")
	}
	// Where it is 3, nobody traces anybody (Documentation/admin-guide/LSM/Yama.rst); below, a capability is enough.
	if text, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); err == nil && strings.TrimSpace(string(text)) == "3" {
		return errors.New("kernel.yama.ptrace_scope is 3")
	}
	return nil
}

func mayTrace(effective string) error {
	set, err := strconv.ParseUint(effective, 16, 64)
	if err != nil {
		return fmt.Errorf("read the capabilities: %w", err)
	}
	for _, c := range []struct {
		name string
		bit  uint
	}{{"CAP_SYS_ADMIN", unix.CAP_SYS_ADMIN}, {"CAP_SYS_PTRACE", unix.CAP_SYS_PTRACE}} {
		if set&(1<<c.bit) == 0 {
			return fmt.Errorf("the reader has no %s", c.name)
		}
	}
	return nil
}
