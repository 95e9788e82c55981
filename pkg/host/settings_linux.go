package host

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
)

// RuntimeSettings is where the settings of the runtime door are, and EnvRuntimeSettings the variable that may name another
// file where that one does not exist, or allows it.
const (
	RuntimeSettings    = "/etc/seccompd/runtime.json"
	EnvRuntimeSettings = "SECCOMPD_RUNTIME_CONFIG"
)

// asksContainerd reports whether the runtime door asks containerd for what it keeps of containers. The door itself reads its
// settings strictly; where they are not sound it creates nothing, and it does not matter what it would ask.
func asksContainerd(file, other string) bool {
	var s struct {
		ContainerdLookup string `json:"containerdLookup"`
		AllowEnvironment bool   `json:"allowEnvironment"`
	}
	err := readSettings(file, &s)
	if other != "" && (errors.Is(err, fs.ErrNotExist) || err == nil && s.AllowEnvironment) {
		s.ContainerdLookup = ""
		err = readSettings(other, &s)
	}
	return err == nil && s.ContainerdLookup != ""
}

func readSettings(file string, into any) error {
	f, err := os.Open(file) //nolint:gosec // what the caller's machine says of itself
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return json.NewDecoder(io.LimitReader(f, 64<<10)).Decode(into)
}
