package cli

import (
	"context"
	"errors"

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
	f.StringVar(&e.containerd.Binary, "containerd", "/usr/bin/containerd", "the containerd `program`")
	f.StringVar(&e.containerd.Root, "root", "", "change the system in this `directory`, whose containerd is not asked")
	return cmd
}

func (e *enforcer) engine(ctx context.Context, mode engineconf.Mode) (*engineAnswer, error) {
	asked := e.containerd.Root == "" && mode != engineconf.Off
	a := &engineAnswer{Mode: mode}
	if asked {
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
	a.Containerd.Restart = !change.Empty()
	switch {
	case e.dryRun:
		return a, nil
	case asked:
		err = e.configure(ctx, &enforceAnswer{Containerd: &a.Containerd}, change, mode)
	default:
		err = change.Apply()
	}
	if err != nil {
		return nil, err
	}
	a.Changed = !change.Empty()
	return a, nil
}

func (a *engineAnswer) table(t *table) {
	a.Containerd.table(t)
	if a.Changed && (a.Containerd.Proven || a.Mode == engineconf.Off) {
		t.line("restart containerd: systemctl restart containerd (running containers stay)")
	}
}
