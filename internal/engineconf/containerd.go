// Package engineconf edits the configuration of container engines so that they let seccompd in, require it, or forget it.
//
// A Change is planned first, from what the files say, and can be shown before it is applied. After it is applied the engine
// itself is asked what it read: State.Prove holds that against what was wanted.
package engineconf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mode is what an engine's configuration says of seccompd.
type Mode string

const (
	// Off is a configuration in which nothing comes from us.
	Off Mode = "off"
	// Audit lets seccompd in, and refuses nothing where it is missing.
	Audit Mode = "audit"
	// Enforce refuses to create containers while seccompd is not connected.
	Enforce Mode = "enforce"
)

// ParseMode returns the mode of that name.
func ParseMode(name string) (Mode, error) {
	switch m := Mode(name); m {
	case Off, Audit, Enforce:
		return m, nil
	}
	return "", fmt.Errorf("mode %q is not one of %s, %s, %s", name, Off, Audit, Enforce)
}

const (
	dropInName = "50-seccompd.toml"
	// importName is the pattern by which the main file imports all of ours.
	importName = "50-seccompd*.toml"
	// pluginName is what required_plugins lists. containerd's validator knows each plugin by its name and by its index and
	// name (nri 0.10 to 0.12.5, api.GetPluginMap); the name alone holds for every --plugin-index.
	pluginName = "seccompd"
	nriPlugin  = "io.containerd.nri.v1.nri"
)

// Containerd is the configuration of one containerd 2.2 or later.
type Containerd struct {
	ConfigPath string // its main file, usually /etc/containerd/config.toml; need not exist
	DropInDir  string // where our file goes, usually /etc/containerd/conf.d; need not exist
	Binary     string // the containerd program; Plan does not run it
	Root       string // put before every path for a tree that is not the running system's; empty for the system itself

	file string // the name of our file, where it is not dropInName
}

func (c Containerd) dropIn() string {
	name := c.file
	if name == "" {
		name = dropInName
	}
	return filepath.Join(c.DropInDir, name)
}

// Installed reports whether our file is there.
func (c Containerd) Installed() bool {
	_, err := os.Stat(c.on(c.dropIn()))
	return err == nil
}

// on returns where a path of the configured system is now.
func (c Containerd) on(path string) string { return filepath.Join(c.Root, path) }

// importGlob is how the main file imports ours. It is a pattern because containerd does not start where an import without
// one does not exist; relative, because that holds in a staged tree too; and of our files only, because others in the
// directory may have been put there without effect.
func (c Containerd) importGlob() (string, error) {
	return filepath.Rel(filepath.Dir(c.ConfigPath), filepath.Join(c.DropInDir, importName))
}

func (c Containerd) validate() error {
	for _, path := range []string{c.ConfigPath, c.DropInDir} {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("path %q is not absolute", path)
		}
	}
	if c.Root != "" && !filepath.IsAbs(c.Root) {
		return fmt.Errorf("path %q is not absolute", c.Root)
	}
	if strings.ContainsAny(c.ConfigPath+c.DropInDir, "*?[\\' \t\n") {
		return errors.New("neither path may hold blanks, quotes or the characters of a pattern")
	}
	return nil
}
