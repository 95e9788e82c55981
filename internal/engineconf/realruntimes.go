package engineconf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Diverted is what a runtime is named when the name itself leads to ours.
const Diverted = ".distrib"

// runtimePlaces are where runtimes are, in systemd's order; the last is CRI-O's own.
var runtimePlaces = append(strings.Split(systemPath, ":"), "/usr/libexec/crio")

// RealRuntimes returns the path of each runtime that is installed beneath root and that ours, in the directory shims, stands for, by
// its name: the first that is found, one that was diverted under its own name, and never ours. Ours need not be there.
func RealRuntimes(root, shims string) (map[string]string, error) {
	self, err := os.Stat(filepath.Join(root, shims, "runc"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for runtimes: %w", err)
	}
	found := map[string]string{}
	for _, name := range names {
		for _, dir := range runtimePlaces {
			path := filepath.Join(dir, name)
			stat, err := os.Stat(filepath.Join(root, path))
			// A link in a tree that is not the system's leads out of it.
			target, _ := os.Readlink(filepath.Join(root, path))
			if target == filepath.Join(shims, name) || err == nil && self != nil && os.SameFile(self, stat) {
				path += Diverted
				stat, err = os.Stat(filepath.Join(root, path))
			}
			if err == nil && stat.Mode().IsRegular() && stat.Mode()&0o111 != 0 {
				found[name] = path
				break
			}
		}
	}
	return found, nil
}

// RuntimeSettings returns the text of the runtime door's settings (/etc/seccompd/runtime.json). The programs are absolute paths;
// seccompctl may be empty for the usual one.
func RuntimeSettings(runtimes map[string]string, seccompctl string) ([]byte, error) {
	text, err := json.MarshalIndent(struct {
		Runtimes   map[string]string `json:"runtimes"`
		Seccompctl string            `json:"seccompctl,omitempty"`
	}{runtimes, seccompctl}, "", "  ")
	return append(text, '\n'), err
}
