package cli

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/engineconf"
)

// engineAnswer is what engine says.
type engineAnswer struct {
	Mode    engineconf.Mode `json:"mode"`
	Changed bool            `json:"changed"`
	// Containerd is what happens to its configuration. It is not proven in a tree that is not the running system's.
	Containerd containerdAnswer `json:"containerd"`
}

// newEngine is the step of install.sh that a shell script cannot do well. It is hidden because people use enforce, which
// looks at the audit first and changes the policy too.
func newEngine(c *console) *cobra.Command {
	e := &enforcer{console: c}
	cmd := &cobra.Command{
		Use:    "engine off|audit|enforce",
		Hidden: true,
		Short:  "Bring containerd's configuration into a mode, and nothing else",
		Long: "engine has containerd let seccompd in (audit), require it (enforce), or forget it (off), proves that containerd reads it so,\n" +
			"and leaves the policy alone. It exits with 1, and changes nothing, where a running containerd still requires seccompd.",
		Args:      takes(1, 1, "mode"),
		ValidArgs: []string{string(engineconf.Off), string(engineconf.Audit), string(engineconf.Enforce)},
		RunE: func(cmd *cobra.Command, args []string) error {
			mode, err := engineconf.ParseMode(args[0])
			if err != nil {
				return &usageError{message: err.Error()}
			}
			a, err := e.engine(cmd.Context(), mode)
			var held *engineconf.HeldError
			switch {
			case errors.As(err, &held):
				return refuse(err)
			case err != nil:
				return err
			}
			return c.print(a)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&e.dryRun, "dry-run", false, "print what would change, and change nothing")
	f.StringVar(&e.containerd.ConfigPath, "containerd-config", "/etc/containerd/config.toml", "containerd's configuration `file`")
	f.StringVar(&e.containerd.DropInDir, "containerd-drop-ins", "/etc/containerd/conf.d", "the `directory` for our part of it")
	f.StringVar(&e.containerd.Binary, "containerd", "", "the containerd `program`; may be left out for off, and with --root")
	f.StringVar(&e.containerd.Root, "root", "", "change the system in this `directory`, whose containerd is asked for its version only")
	return cmd
}

func (e *enforcer) engine(ctx context.Context, mode engineconf.Mode) (*engineAnswer, error) {
	a := &engineAnswer{Mode: mode}
	there := e.containerd.Root == ""
	if e.containerd.Binary == "" && there && mode != engineconf.Off {
		return nil, &usageError{message: "--containerd is missing", hint: "the path of the program"}
	}
	if e.containerd.Binary != "" && mode != engineconf.Off {
		version, err := e.containerd.Version(ctx)
		if err != nil {
			return nil, err
		}
		a.Containerd.Version = version
	}
	change, err := e.containerd.Plan(mode)
	if err != nil {
		return nil, err
	}
	a.Containerd.Files, a.Containerd.Diff, a.Containerd.Notes = change.Paths(), change.Diff(), change.Notes
	if e.dryRun {
		a.Containerd.Restart = !change.Empty()
		return a, nil
	}
	if !there || e.containerd.Binary == "" || mode == engineconf.Off && change.Empty() {
		a.Changed, a.Containerd.Restart = !change.Empty(), there && !change.Empty()
		return a, change.Apply()
	}
	// What it reads now, if it reads anything: where that stays the same, nobody has to restart it.
	before, _ := e.containerd.Check(ctx)
	if err := change.Apply(); err != nil {
		return nil, err
	}
	after, err := e.containerd.Check(ctx)
	if err == nil {
		err = after.Prove(mode)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("containerd does not read its configuration as it was written, so it was taken back: %w", err), change.Revert())
	}
	a.Changed, a.Containerd.Proven, a.Containerd.Restart = !change.Empty(), true, !reflect.DeepEqual(before, after)
	return a, nil
}

func (a *engineAnswer) table(t *table) {
	c := a.Containerd
	t.line("containerd %s", c.Version)
	for line := range strings.Lines(c.Diff) {
		t.line("  %s", strings.TrimRight(line, "\n"))
	}
	for _, n := range c.Notes {
		t.line("  note: %s", n)
	}
	if c.Diff == "" {
		t.line("  its configuration is as it should be")
	}
	if c.Proven {
		t.line("  it reads this: proven by 'containerd config dump'")
	}
	if a.Changed && c.Restart {
		t.line("restart containerd: systemctl restart containerd (running containers stay)")
	}
}
