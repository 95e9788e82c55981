package drift

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// runtimeStates lists what runc and crun keep of their containers: ID/state.json and ID/status beneath a directory, or
// beneath one for each namespace of containerd.
func runtimeStates(root string) ([]*found, error) {
	var list []*found
	err := eachDir(root, func(name string) error {
		dir := filepath.Join(root, name)
		if f := runtimeState(dir, name); f != nil {
			list = append(list, f)
			return nil
		}
		err := eachDir(dir, func(id string) error {
			if f := runtimeState(filepath.Join(dir, id), id); f != nil {
				f.namespace = name
				list = append(list, f)
			}
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was deleted meanwhile
		}
		return err
	})
	return list, err
}

// maxState is larger than any state that a runtime writes.
const maxState = 16 << 20

// runtimeState reads what a runtime keeps of a container; nil where it keeps nothing there.
func runtimeState(dir, id string) *found {
	f := &found{id: id}
	if text, err := readBounded(filepath.Join(dir, "state.json"), maxState); err == nil {
		var s struct {
			PID    int    `json:"init_process_pid"`
			Start  uint64 `json:"init_process_start"`
			Config struct {
				Labels []string `json:"labels"`
			} `json:"config"`
		}
		if json.Unmarshal(text, &s) != nil {
			return nil // runc could not use it either
		}
		f.runtime, f.pid, f.ticks = "runc", s.PID, s.Start
		for _, label := range s.Config.Labels {
			if bundle, ok := strings.CutPrefix(label, "bundle="); ok {
				f.bundle = bundle
			}
		}
	} else if text, err := readBounded(filepath.Join(dir, "status"), maxState); err == nil {
		var s struct {
			PID    int    `json:"pid"`
			Start  uint64 `json:"process-start-time"`
			Bundle string `json:"bundle"`
		}
		if json.Unmarshal(text, &s) != nil {
			return nil
		}
		f.runtime, f.pid, f.ticks, f.bundle = "crun", s.PID, s.Start, s.Bundle
	} else {
		return nil
	}
	f.fifo = filepath.Join(dir, "exec.fifo")
	_, err := os.Lstat(f.fifo)
	f.waiting = err == nil
	return f
}
