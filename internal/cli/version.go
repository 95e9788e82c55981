package cli

import (
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// versionAnswer is what version says.
type versionAnswer struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	System  string `json:"system"`
	// RuntimeDefaults are the runtime defaults that this program knows, by engine.
	RuntimeDefaults []runtimeDefault `json:"runtimeDefaults"`
	// Versions are those that runtime-default@VERSION can name.
	Versions []string `json:"runtimeDefaultVersions"`
	Builtins []string `json:"builtins"`
	// Host are the facts of this machine, where they were asked for.
	Host *host.Facts `json:"host,omitempty"`
}

type runtimeDefault struct {
	Engine workload.Engine `json:"engine"`
	Name   string          `json:"name"`
	Digest string          `json:"digest"`
}

func newVersion(c *console) *cobra.Command {
	var facts bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is, and which runtime defaults it knows",
		Args:  takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a := newVersionAnswer()
			if facts {
				f, err := c.host(cmd.Context())
				if err != nil {
					return err
				}
				a.Host = &f
			}
			return c.print(a)
		},
	}
	cmd.Flags().BoolVar(&facts, "host", false, "say also what of this machine changes what a profile means; with -o json, what --host-facts takes")
	return cmd
}

func newVersionAnswer() versionAnswer {
	a := versionAnswer{Version: Version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Versions: profile.RuntimeDefaultVersions()}
	for _, e := range workload.Engines() {
		if p := profile.RuntimeDefault(e); p != nil {
			a.RuntimeDefaults = append(a.RuntimeDefaults, runtimeDefault{e, p.Name, p.Digest()})
		}
	}
	for _, name := range profile.BuiltinNames() {
		a.Builtins = append(a.Builtins, "builtin/"+name)
	}
	return a
}

func (a versionAnswer) table(t *table) {
	t.row("seccompctl", a.Version)
	t.row("go", a.Go)
	t.row("system", a.System)
	t.gap()
	t.row("ENGINE", "RUNTIME DEFAULT", "DIGEST")
	for _, d := range a.RuntimeDefaults {
		t.row(string(d.Engine), d.Name, d.Digest)
	}
	t.gap()
	for _, v := range a.Versions {
		t.row(runtimeDefaultName + "@" + v)
	}
	t.gap()
	for _, b := range a.Builtins {
		t.row(b)
	}
	if a.Host != nil {
		a.hostTable(t)
	}
}

func (a versionAnswer) hostTable(t *table) {
	t.gap()
	t.row("kernel", a.Host.KernelRelease)
	t.row("ABIs", strings.Join(words(a.Host.ABIs), " "))
	for _, r := range a.Host.Runtimes {
		t.row(r.Name, r.Version+", libseccomp "+or(r.Libseccomp, unknown)+", "+r.Path)
	}
	for _, i := range a.Host.Ignored {
		t.row("ignored", i.Path+": "+i.Reason)
	}
}
