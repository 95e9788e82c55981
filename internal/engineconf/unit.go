package engineconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/seccompd/seccompd/config"
)

// Unit puts our runtime first in the PATH of a systemd service, so that all that the service starts finds it under the names of
// runc and crun.
type Unit struct {
	Name  string // the service: "docker", "containerd"
	Shims string // the directory with our runtime
	Root  string // put before every path for a tree that is not the running system's
}

// unitDirs is where systemd looks for units, the strongest first (systemd.unit(5)).
var unitDirs = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

var unitTemplate = template.Must(template.ParseFS(config.Engines, "systemd/engine.conf"))

func (u Unit) own() owned {
	return owned{root: u.Root, path: filepath.Join(unitDirs[0], u.Name+".service.d", "50-seccompd.conf")}
}

// Plan returns the change. It reads files only.
func (u Unit) Plan(on bool) (*Change, error) {
	change := &Change{}
	if err := u.plan(on, change); err != nil {
		return nil, fmt.Errorf("plan the unit %s.service: %w", u.Name, err)
	}
	return change, nil
}

func (u Unit) plan(on bool, change *Change) error {
	if !on {
		return u.own().remove(change)
	}
	if err := plain(u.Shims); err != nil {
		return err
	}
	files, err := u.files()
	if err != nil {
		return err
	}
	path := ""
	for _, f := range files {
		if err := f.overrides(u); err != nil {
			return err
		}
		if set := f.path(); set != "" {
			path = set
		}
	}
	var text strings.Builder
	if err := unitTemplate.Execute(&text, pathWith(u.Shims, path)); err != nil {
		return err
	}
	return u.own().write(change, text.String())
}

// unitFile is one file of a unit but ours.
type unitFile struct{ name, text string }

// files returns the unit's main file and its drop-ins, in systemd's order: by name, whatever their directory.
func (u Unit) files() ([]unitFile, error) {
	var files []unitFile
	seen := map[string]bool{u.own().path: true}
	for _, dir := range unitDirs {
		path := filepath.Join(dir, u.Name+".service")
		text, err := os.ReadFile(filepath.Join(u.Root, path))
		if err == nil {
			files = append(files, unitFile{path, string(text)})
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	var dropIns []unitFile
	for _, dir := range unitDirs {
		found, err := filepath.Glob(filepath.Join(u.Root, dir, u.Name+".service.d", "*.conf"))
		if err != nil {
			return nil, err
		}
		for _, at := range found {
			path := "/" + strings.TrimPrefix(strings.TrimPrefix(at, u.Root), "/")
			base := filepath.Base(path)
			if seen[path] || seen[base] {
				continue
			}
			seen[base] = true
			text, err := os.ReadFile(at)
			if err != nil {
				return nil, err
			}
			dropIns = append(dropIns, unitFile{path, string(text)})
		}
	}
	slices.SortStableFunc(dropIns, func(a, b unitFile) int { return strings.Compare(filepath.Base(a.name), filepath.Base(b.name)) })
	return append(files, dropIns...), nil
}

var (
	environmentPath = regexp.MustCompile(`(?m)^\s*Environment\s*=(?:.*["'\s])?PATH=([^"'\s]*)`)
	environmentFile = regexp.MustCompile(`(?m)^\s*EnvironmentFile\s*=\s*-?(\S+)`)
	filePath        = regexp.MustCompile(`(?m)^\s*(?:export\s+)?PATH=`)
)

// path is the PATH that the file sets; empty where it sets none.
func (f unitFile) path() string {
	all := environmentPath.FindAllStringSubmatch(f.text, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1][1]
}

// overrides reports what is stronger than ours: an environment file, or a later drop-in.
func (f unitFile) overrides(u Unit) error {
	ours := filepath.Base(u.own().path)
	if f.path() != "" && strings.HasSuffix(f.name, ".conf") && filepath.Base(f.name) > ours && !strings.HasPrefix(f.path()+":", u.Shims+":") {
		return fmt.Errorf("%s is read after ours and sets PATH: put %s first there", f.name, u.Shims)
	}
	for _, m := range environmentFile.FindAllStringSubmatch(f.text, -1) {
		text, err := os.ReadFile(filepath.Join(u.Root, m[1]))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if filePath.Match(text) && !strings.Contains(string(text), "PATH="+u.Shims+":") && !strings.Contains(string(text), `PATH="`+u.Shims+":") {
			return fmt.Errorf("%s sets PATH, which is stronger than what a unit says: put %s first there", m[1], u.Shims)
		}
	}
	return nil
}
