package engineconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// HeldError says that a running containerd may still require seccompd, though its configuration no longer does: without
// seccompd it would create no container.
type HeldError struct{ Process Process }

func (e *HeldError) Error() string {
	return fmt.Sprintf("containerd (pid %d) still runs with a configuration that required seccompd, and would create no container without it: restart containerd first (systemctl restart containerd)", e.Process.PID)
}

const heldHeader = "# Containerds that ran when seccompd ceased to be required: boot, pid and start. Until they are restarted they may require it.\n"

// memory is a file beside ours that no pattern for TOML files matches.
func (c Containerd) memory() string { return strings.TrimSuffix(c.dropIn(), ".toml") + ".required" }

// planMemory keeps, in a file beside ours, which containerds may still require us once our file does not.
func (c Containerd) planMemory(change *Change, mode Mode) error {
	held, err := c.held()
	if err != nil {
		return err
	}
	if mode == Enforce || len(held) == 0 {
		return change.remove(c.on(c.memory()))
	}
	if mode == Off {
		return &HeldError{held[0]}
	}
	boot, err := bootID()
	if err != nil {
		return err
	}
	text := heldHeader
	for _, p := range held {
		text += heldLine(boot, p)
	}
	return change.write(c.on(c.memory()), text)
}

// held returns the running containerds that may require us: all of them while our file does, and afterwards those that ran
// when it ceased to.
func (c Containerd) held() ([]Process, error) {
	running, err := c.Running()
	if err != nil || len(running) == 0 {
		return nil, err
	}
	required, err := c.requiresUs()
	if err != nil || required {
		return running, err
	}
	remembered, err := os.ReadFile(c.on(c.memory()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	boot, err := bootID()
	if err != nil {
		return nil, err
	}
	var held []Process
	for _, p := range running {
		if strings.Contains(string(remembered), heldLine(boot, p)) {
			held = append(held, p)
		}
	}
	return held, nil
}

func heldLine(boot string, p Process) string { return fmt.Sprintf("%s %d %d\n", boot, p.PID, p.Start) }

func bootID() (string, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id)), err
}

// requiresUs reports whether our file requires us now.
func (c Containerd) requiresUs() (bool, error) {
	text, err := os.ReadFile(c.on(c.dropIn()))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	own := &reading{nri: map[string]any{}, plugins: map[string]any{}}
	if _, err := own.add(c.dropIn(), string(text), true); err != nil {
		return false, err
	}
	state, err := c.stateOf(own)
	return state.requires(), err
}
