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
	self, err := ownRuntime(root, shims)
	if err != nil {
		return nil, fmt.Errorf("look for runtimes: %w", err)
	}
	found := map[string]string{}
	for _, name := range names {
		for _, dir := range runtimePlaces {
			path := filepath.Join(dir, name)
			stat, err := os.Stat(filepath.Join(root, path))
			if leadsTo(root, path, shims, name, self) {
				path += Diverted
				stat, err = os.Stat(filepath.Join(root, path))
			}
			if err == nil && executable(stat) {
				found[name] = path
				break
			}
		}
	}
	return found, nil
}

// ownRuntime returns what our runtime is, or nil where it is not installed. After an uninstallation its names may lead to the real
// one, by a path, for engines that have not been restarted: that is not ours.
func ownRuntime(root, shims string) (fs.FileInfo, error) {
	for _, path := range []string{filepath.Join(filepath.Dir(shims), "seccompd-runtime"), filepath.Join(shims, "runc")} {
		path = filepath.Join(root, path)
		if target, err := os.Readlink(path); err == nil && filepath.IsAbs(target) {
			continue
		}
		stat, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return stat, err
	}
	return nil, nil
}

// leadsTo reports whether a path is ours by another name. A link in a tree that is not the system's leads out of it.
func leadsTo(root, path, shims, name string, self fs.FileInfo) bool {
	target, _ := os.Readlink(filepath.Join(root, path))
	stat, err := os.Stat(filepath.Join(root, path))
	return target == filepath.Join(shims, name) || err == nil && self != nil && os.SameFile(self, stat)
}

func executable(stat fs.FileInfo) bool { return stat.Mode().IsRegular() && stat.Mode()&0o111 != 0 }

// NamedRuntime looks at a runtime that somebody names by its path, beneath root, and returns its name and the path that it has
// once ours has its own. In a tree that is not the system's it may not be there yet.
func NamedRuntime(root, shims, path string) (name, real string, err error) {
	if !filepath.IsAbs(path) {
		return "", "", errors.New("the path must begin with /")
	}
	name = "runc"
	if strings.Contains(filepath.Base(path), "crun") {
		name = "crun"
	}
	self, err := ownRuntime(root, shims)
	if err != nil {
		return "", "", err
	}
	real = path
	if leadsTo(root, path, shims, name, self) {
		real += Diverted
	}
	stat, err := os.Stat(filepath.Join(root, real))
	switch {
	case errors.Is(err, fs.ErrNotExist) && real != path:
		return "", "", errors.New("it is seccompd's own, and the one that it stands for is not beside it as " + filepath.Base(real))
	case errors.Is(err, fs.ErrNotExist) && root != "":
		return name, real, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", "", errors.New("there is no such file")
	case err != nil:
		return "", "", err
	case !executable(stat):
		return "", "", errors.New("it is not a program")
	}
	return name, real, nil
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
