package engineconf

import (
	"fmt"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/seccompd/seccompd/config"
)

// Podman has podman find our runtime under the names of crun and runc. It is a drop-in; the owner's files stay as they are. What
// a user of rootless podman writes into their own containers.conf is stronger.
type Podman struct {
	Shims string // the directory with our runtime
	Root  string // put before every path for a tree that is not the running system's
}

const podmanDropIn = "/etc/containers/containers.conf.d/50-seccompd.conf"

var podmanTemplate = template.Must(template.ParseFS(config.Engines, "podman/seccompd.conf"))

func (p Podman) own() owned { return owned{root: p.Root, path: podmanDropIn} }

// Plan returns the change. It reads files only.
func (p Podman) Plan(on bool) (*Change, error) {
	change := &Change{}
	if err := p.plan(on, change); err != nil {
		return nil, fmt.Errorf("plan podman's configuration: %w", err)
	}
	return change, nil
}

func (p Podman) plan(on bool, change *Change) error {
	if !on {
		return p.own().remove(change)
	}
	if err := plain(p.Shims); err != nil {
		return err
	}
	base, err := readLayered(p.Root, podmanDropIn, []string{"/usr/share/containers/containers.conf", "/etc/containers/containers.conf"}, filepath.Dir(podmanDropIn))
	if err != nil {
		return err
	}
	values := struct {
		Default, Dir string
		Names        []string
	}{Dir: p.Shims, Names: names}
	if runtime, _ := dig(base.merged, "engine", "runtime").(string); strings.Contains(runtime, "/") {
		if values.Default = standsFor(runtime); values.Default == "" {
			change.Notes = append(change.Notes, fmt.Sprintf("podman's runtime is %s, which seccompd does not stand for: its containers are not guarded", runtime))
		}
	}
	if err := p.overridden(base); err != nil {
		return err
	}
	p.others(base, change)
	var text strings.Builder
	if err := podmanTemplate.Execute(&text, values); err != nil {
		return err
	}
	return p.own().write(change, text.String())
}

// overridden names a file that is read after ours and leads elsewhere.
func (p Podman) overridden(base *layered) error {
	for _, f := range base.after(podmanDropIn) {
		if runtime, _ := dig(f.tables, "engine", "runtime").(string); strings.Contains(runtime, "/") {
			return fmt.Errorf("%s is read after ours and sets runtime %q: name it crun or runc there", f.path, runtime)
		}
		for _, name := range names {
			if dig(f.tables, "engine", "runtimes", name) != nil {
				return fmt.Errorf("%s is read after ours and says where %s is: take it out there", f.path, name)
			}
		}
	}
	return nil
}

// others notes runtimes of other names, which containers can ask for.
func (p Podman) others(base *layered, change *Change) {
	runtimes, _ := dig(base.merged, "engine", "runtimes").(map[string]any)
	for name := range sorted(runtimes) {
		if standsFor(name) == "" {
			change.Notes = append(change.Notes, fmt.Sprintf("runtime %s is not one that seccompd stands for: containers that ask for it are not guarded", name))
		}
	}
}
