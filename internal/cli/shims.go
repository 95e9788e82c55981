package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/engineconf"
)

// shimsAnswer is what shims says.
type shimsAnswer struct {
	Engine  string   `json:"engine"`
	Version string   `json:"version,omitempty"`
	On      bool     `json:"on"`
	Changed bool     `json:"changed"`
	Files   []string `json:"files,omitempty"`
	Diff    string   `json:"diff,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	// Proven says that the engine itself reads what was written; only containerd 2 can be asked.
	Proven bool `json:"proven"`
	// Restart is the command that lets it take effect; empty where nothing has to be restarted.
	Restart string `json:"restart,omitempty"`
}

// shimmer puts the runtime door into the configuration of an engine.
type shimmer struct {
	*console
	engine     string
	shims      string
	dryRun     bool
	divert     bool
	seccompctl string
	containerd engineconf.Containerd
}

// The engines whose configuration can be edited.
var shimEngines = []string{"containerd", "docker", "podman", "crio"}

// newShims is the step of install.sh for the runtime door that a shell script cannot do well.
func newShims(c *console) *cobra.Command {
	s := &shimmer{console: c}
	cmd := &cobra.Command{
		Use:    "shims on|off --engine NAME",
		Hidden: true,
		Short:  "Have an engine create containers with seccompd's runtime, or take that back",
		Long: "shims edits the configuration of one engine so that it starts seccompd's runtime in the place of runc and crun, or takes exactly\n" +
			"that out again. 'shims settings' prints the settings of that runtime for this machine.",
		Args:      takes(1, 1, "word"),
		ValidArgs: []string{"on", "off", "settings"},
		RunE: func(cmd *cobra.Command, args []string) error {
			word, err := oneOf("a word", args[0], []string{"on", "off", "settings"})
			if err != nil {
				return err
			}
			if word == "settings" {
				return s.settings()
			}
			if s.engine, err = oneOf("--engine", s.engine, shimEngines); err != nil {
				return err
			}
			a, err := s.run(cmd.Context(), word == "on")
			if err != nil {
				return err
			}
			return c.print(a)
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.engine, "engine", "containerd", "the `engine`: "+strings.Join(shimEngines, ", "))
	f.BoolVar(&s.dryRun, "dry-run", false, "print what would change, and change nothing")
	f.StringVar(&s.shims, "shims", engineconf.ShimDir, "the `directory` with seccompd's runtime")
	f.BoolVar(&s.divert, "divert", false, "with settings: name the runtimes as they are called once their own names lead to seccompd's")
	f.StringVar(&s.seccompctl, "seccompctl", "", "with settings: the `path` of seccompctl, where it is in no usual place")
	f.StringVar(&s.containerd.ConfigPath, "containerd-config", "/etc/containerd/config.toml", "containerd's configuration `file`")
	f.StringVar(&s.containerd.DropInDir, "containerd-drop-ins", "/etc/containerd/conf.d", "the `directory` for our part of it")
	f.StringVar(&s.containerd.Binary, "containerd", "", "the containerd `program`; 2.0 or later is assumed without one")
	f.StringVar(&s.containerd.Root, "root", "", "change the system in this `directory`, whose engines are not asked what they read")
	return cmd
}

// settings prints the settings of the runtime door for the runtimes that are installed.
func (s *shimmer) settings() error {
	found, err := engineconf.RealRuntimes(s.containerd.Root, s.shims)
	if err != nil {
		return err
	}
	for _, path := range s.runtimes {
		name, real, err := engineconf.NamedRuntime(s.containerd.Root, s.shims, path)
		if err != nil {
			return &usageError{message: fmt.Sprintf("--runtime cannot be %q: %v", path, err), hint: "the absolute path of a runc or crun"}
		}
		found[name] = real
	}
	if len(found) == 0 {
		return refuse(errors.New("neither runc nor crun is installed in any of the usual places (--runtime names one)"))
	}
	if s.divert {
		for name, path := range found {
			found[name] = strings.TrimSuffix(path, engineconf.Diverted) + engineconf.Diverted
		}
	}
	text, err := engineconf.RuntimeSettings(found, s.seccompctl)
	if err != nil {
		return err
	}
	_, err = s.out.Write(text)
	return err
}

func (s *shimmer) run(ctx context.Context, on bool) (*shimsAnswer, error) {
	a := &shimsAnswer{Engine: s.engine, On: on}
	planners, err := s.planners(ctx, a)
	if err != nil {
		return nil, err
	}
	change, err := engineconf.PlanAll(on, planners...)
	if err != nil {
		return nil, err
	}
	a.Changed, a.Files, a.Diff, a.Notes = !change.Empty(), change.Paths(), change.Diff(), change.Notes
	if a.Changed && s.containerd.Root == "" {
		a.Restart = restarts[s.engine]
	}
	if s.dryRun {
		return a, nil
	}
	if err := change.Apply(); err != nil {
		return nil, err
	}
	c, ok := planners[0].(engineconf.ContainerdRuntime)
	if !ok || !on || c.Binary == "" || c.Root != "" {
		return a, nil
	}
	if err := c.Prove(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("containerd does not read its configuration as it was written, so it was taken back: %w", err), change.Revert())
	}
	a.Proven = true
	return a, nil
}

var restarts = map[string]string{
	"containerd": "systemctl daemon-reload && systemctl restart containerd (running containers stay)",
	"docker":     "systemctl daemon-reload && systemctl restart containerd docker (containers stop, unless Docker has live-restore)",
	"crio":       "systemctl restart crio (running containers stay)",
}

// planners are the editors for the engine. Docker's containers may be started by a containerd of its own or by the system's, so
// both units are told.
func (s *shimmer) planners(ctx context.Context, a *shimsAnswer) ([]engineconf.Planner, error) {
	root := s.containerd.Root
	switch s.engine {
	case "docker":
		return []engineconf.Planner{
			engineconf.Docker{ConfigPath: "/etc/docker/daemon.json", Memory: defaultState + "/install/docker.json", Shims: s.shims, Root: root},
			engineconf.Unit{Name: "docker", Shims: s.shims, Root: root},
			engineconf.Unit{Name: "containerd", Shims: s.shims, Root: root},
		}, nil
	case "podman":
		return []engineconf.Planner{engineconf.Podman{Shims: s.shims, Root: root}}, nil
	case "crio":
		return []engineconf.Planner{engineconf.CRIO{Shims: s.shims, Root: root}}, nil
	}
	if s.containerd.Binary != "" {
		old, version, err := s.containerd.Old(ctx)
		if err != nil {
			return nil, err
		}
		a.Version = version
		if old {
			return []engineconf.Planner{engineconf.ContainerdOld{Containerd: s.containerd, Shims: s.shims}}, nil
		}
	}
	return []engineconf.Planner{engineconf.ContainerdRuntime{Containerd: s.containerd, Shims: s.shims}}, nil
}

func (a *shimsAnswer) table(t *table) {
	t.line("%s: the runtime door", strings.TrimSpace(a.Engine+" "+a.Version))
	for line := range strings.Lines(a.Diff) {
		t.line("  %s", strings.TrimRight(line, "\n"))
	}
	for _, n := range a.Notes {
		t.line("  note: %s", n)
	}
	if !a.Changed {
		t.line("  its configuration is as it should be")
	}
	if a.Proven {
		t.line("  it reads this: proven by 'containerd config dump'")
	}
	if a.Restart != "" {
		t.line("restart %s: %s", a.Engine, a.Restart)
	}
}
