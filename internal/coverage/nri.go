package coverage

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/engineconf"
)

// nri tells whether containerd lets seccompd's plugin in, and requires it. Whether the plugin is connected the daemon says.
func (n Node) nri(ctx context.Context, e *Engine) Door {
	d := Door{Name: "nri", State: Unknown, Covers: "containers of pods over CRI, without pause containers", Close: "install.sh --engine containerd"}
	c := n.Containerd
	c.Root, c.Binary = n.Root, filepath.Join(n.Root, e.Program)
	if _, err := c.Version(ctx); err != nil {
		d.How = err.Error()
		if errors.Is(err, engineconf.ErrTooOld) {
			d.State, d.Close = No, ""
		}
		return d
	}
	state, err := c.Check(ctx)
	if err != nil {
		d.How = err.Error()
		return d
	}
	if err := state.Prove(engineconf.Enforce); err == nil {
		d.State, d.How, d.Close = Yes, "containerd config dump: it creates no pod's container without seccompd", ""
		return d
	}
	if err := state.Prove(engineconf.Audit); err != nil {
		d.State, d.How = No, err.Error()
		return d
	}
	d.State, d.How, d.Close = No, "containerd config dump: it lets seccompd in, and creates containers without it too", "seccompctl enforce"
	if slices.ContainsFunc(state.Required, func(name string) bool { return strings.HasSuffix(name, "seccompd") }) {
		d.How = "containerd config dump: it lists seccompd as required, without effect"
	}
	return d
}
