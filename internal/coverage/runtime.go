package coverage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seccompd/seccompd/internal/engineconf"
)

// covers is what comes through the runtime door of each engine.
var covers = map[string]string{
	"containerd": "every client: CRI with its pause containers, ctr, nerdctl",
	"docker":     "docker run, build, compose, whatever runtime and profile they ask for",
	"podman":     "podman run and build of root",
	"cri-o":      "every pod, and its pause container",
}

// installers are the engines by the name that install.sh has for them.
var installers = map[string]string{"containerd": "containerd", "docker": "docker", "podman": "podman", "cri-o": "crio"}

// runtime tells whether the engine starts our runtime. Its configuration is as it should be where there is nothing left to plan.
func (n Node) runtime(ctx context.Context, e *Engine) Door {
	d := Door{Name: "runtime", State: Unknown, Covers: covers[e.Name], Close: "install.sh --engine " + installers[e.Name]}
	if why := n.missing(); why != "" {
		d.State, d.How = No, why
		return d
	}
	change, err := engineconf.PlanAll(true, n.planners(ctx, e)...)
	if err != nil {
		d.How = err.Error()
		return d
	}
	for _, note := range change.Notes {
		e.Open = append(e.Open, Opening{What: note})
	}
	if !change.Empty() {
		d.State, d.How = No, "its configuration does not lead to seccompd's runtime: "+strings.Join(change.Paths(), ", ")
		return d
	}
	d.State, d.How, d.Close = Yes, "its configuration leads to seccompd's runtime", ""
	for _, pid := range e.Running {
		if why := n.stale(pid, e.Name); why != "" {
			d.State, d.How = No, fmt.Sprintf("its configuration leads to seccompd's runtime, but pid %d %s", pid, why)
			d.Close = "systemctl daemon-reload && systemctl restart " + map[string]string{"containerd": "containerd", "docker": "containerd docker", "cri-o": "crio"}[e.Name]
		}
	}
	return d
}

// missing says what of the runtime door is not installed.
func (n Node) missing() string {
	for _, name := range []string{"runc", "crun"} {
		if stat, err := os.Stat(filepath.Join(n.Root, n.Shims, name)); err == nil && stat.Mode().IsRegular() && stat.Mode()&0o111 != 0 {
			if _, err := os.Stat(filepath.Join(n.Root, "/etc/seccompd/runtime.json")); err != nil {
				return "its settings are not there: " + err.Error()
			}
			return ""
		}
	}
	return "seccompd's runtime is not installed in " + n.Shims
}

func (n Node) planners(ctx context.Context, e *Engine) []engineconf.Planner {
	switch e.Name {
	case "docker":
		return []engineconf.Planner{
			engineconf.Docker{ConfigPath: "/etc/docker/daemon.json", Memory: "/var/lib/seccompd/install/docker.json", Shims: n.Shims, Root: n.Root},
			engineconf.Unit{Name: "docker", Shims: n.Shims, Root: n.Root},
		}
	case "podman":
		return []engineconf.Planner{engineconf.Podman{Shims: n.Shims, Root: n.Root}}
	case "cri-o":
		return []engineconf.Planner{engineconf.CRIO{Shims: n.Shims, Root: n.Root}}
	}
	c := n.Containerd
	c.Root, c.Binary = n.Root, filepath.Join(n.Root, e.Program)
	if old, _, err := c.Old(ctx); err == nil && old {
		return []engineconf.Planner{engineconf.ContainerdOld{Containerd: c, Shims: n.Shims}}
	}
	return []engineconf.Planner{engineconf.ContainerdRuntime{Containerd: c, Shims: n.Shims}}
}

// stale says why a running daemon does not do what its files say.
func (n Node) stale(pid int, engine string) string {
	if engine == "docker" {
		path, ok := environment(pid, "PATH")
		if ok && !strings.HasPrefix(path+":", n.Shims+":") {
			return "has another PATH, in which the name runc leads past it"
		}
		return younger(pid, filepath.Join(n.Root, "/etc/docker/daemon.json"))
	}
	file := filepath.Join(n.Containerd.DropInDir, "50-seccompd-runtime.toml")
	if engine == "cri-o" {
		file = "/etc/crio/crio.conf.d/50-seccompd.conf"
	}
	if _, err := os.Stat(filepath.Join(n.Root, file)); err != nil {
		file = "/etc/systemd/system/containerd.service.d/50-seccompd.conf"
	}
	return younger(pid, filepath.Join(n.Root, file))
}

func younger(pid int, file string) string {
	began, ok := started(pid)
	stat, err := os.Stat(file)
	if ok && err == nil && stat.ModTime().After(began) {
		return "was started before that: it reads " + file + " at its next start"
	}
	return ""
}
