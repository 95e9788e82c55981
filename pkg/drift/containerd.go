package drift

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// containerdTasks lists the bundles that containerd keeps for its tasks: NAMESPACE/ID beneath a directory, each with
// config.json, init.pid (written by the shim when the runtime has created the container), and what started it.
func containerdTasks(dir string) ([]*found, error) {
	var list []*found
	err := eachDir(dir, func(namespace string) error {
		return eachDir(filepath.Join(dir, namespace), func(id string) error {
			bundle := filepath.Join(dir, namespace, id)
			f := &found{id: id, bundle: bundle, namespace: namespace}
			if text, err := readBounded(filepath.Join(bundle, "init.pid"), 64); err == nil {
				f.pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
				if st, err := os.Stat(filepath.Join(bundle, "init.pid")); err == nil {
					f.before = st.ModTime()
				}
			}
			if shim, err := readBounded(filepath.Join(bundle, "shim-binary-path"), 4096); err == nil {
				f.guest = guestOf(string(shim))
			}
			if f.guest == "" {
				f.guest = guestOf(binaryName(bundle))
			}
			list = append(list, f)
			return nil
		})
	})
	return list, err
}

// binaryName is the runtime that the task's options name; "" where they name none.
func binaryName(bundle string) string {
	text, err := readBounded(filepath.Join(bundle, "options.json"), 1<<20)
	if err != nil {
		return ""
	}
	var options struct {
		BinaryName string `json:"binary_name"`
	}
	_ = json.Unmarshal(text, &options) // other options have no such field
	return options.BinaryName
}

// eachDir calls a function with the name of every directory in one.
func eachDir(dir string, f func(name string) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for containers: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := f(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}
