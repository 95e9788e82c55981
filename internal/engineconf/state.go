package engineconf

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/pelletier/go-toml/v2"
)

// State is what containerd's configuration says about NRI, as far as seccompd depends on it.
type State struct {
	// NRI is false where NRI is switched off; no plugin sees any container then.
	NRI bool `json:"nri"`
	// CRI is false where containerd serves no kubelet, so that no container of it reaches NRI.
	CRI bool `json:"cri"`
	// Connections is false where only plugins in PluginPath are let in, which containerd starts itself.
	Connections bool   `json:"connections"`
	SocketPath  string `json:"socketPath"`
	PluginPath  string `json:"pluginPath"`
	// PreRegistered is the path of seccompd in PluginPath, empty where it is not there.
	PreRegistered string `json:"preRegistered,omitempty"`
	// Validator says whether containerd's own validator is on. What follows has no effect while it is off.
	Validator bool `json:"validator"`
	// Required are the plugins without which no container is created.
	Required []string `json:"required"`
	// ToleratedBy is an annotation with which the author of a pod goes round Required; empty is none.
	ToleratedBy string `json:"toleratedBy,omitempty"`
	// Rejects are the kinds of change that the validator refuses, as the keys of its configuration, sorted.
	Rejects []string `json:"rejects,omitempty"`

	disabledNRI bool
}

// The keys of the validator that refuse what seccompd does.
var rejectSeccomp = []string{
	"reject_custom_seccomp_adjustment", "reject_runtime_default_seccomp_adjustment", "reject_unconfined_seccomp_adjustment",
}

// nriTable is containerd's table of NRI with containerd's defaults (2.2 to 2.4).
type nriTable struct {
	Disable            bool           `toml:"disable"`
	DisableConnections bool           `toml:"disable_connections"`
	SocketPath         string         `toml:"socket_path"`
	PluginPath         string         `toml:"plugin_path"`
	DefaultValidator   validatorTable `toml:"default_validator"`
}

type validatorTable struct {
	Enable          bool     `toml:"enable"`
	RequiredPlugins []string `toml:"required_plugins"`
	Tolerate        string   `toml:"tolerate_missing_plugins_annotation"`
}

// InForce reads what `containerd config dump` printed.
func InForce(dump []byte) (State, error) {
	var t tree
	if err := toml.Unmarshal(dump, &t); err != nil {
		return State{}, fmt.Errorf("read what containerd printed: %w", err)
	}
	nri, ok := t.Plugins[nriPlugin].(map[string]any)
	if !ok && !slices.Contains(t.DisabledPlugins, nriPlugin) {
		return State{}, fmt.Errorf("read what containerd printed: it has no %s: this containerd was built without NRI, or it is older than 2.0", nriPlugin)
	}
	return newState(t.DisabledPlugins, nri)
}

// Check asks containerd what it reads.
func (c Containerd) Check(ctx context.Context) (State, error) {
	cmd := exec.CommandContext(ctx, c.Binary, "--config", c.on(c.ConfigPath), "config", "dump")
	dump, err := cmd.Output()
	if err != nil {
		return State{}, fmt.Errorf("run %s config dump: %w", c.Binary, withStderr(err))
	}
	state, err := InForce(dump)
	if err != nil {
		return State{}, err
	}
	state.PreRegistered = c.preRegistered(state.PluginPath)
	return state, nil
}

// preRegistered looks for seccompd among the plugins that containerd starts: two digits, a dash and the name, executable.
func (c Containerd) preRegistered(dir string) string {
	found, err := filepath.Glob(filepath.Join(c.on(dir), "[0-9][0-9]-"+pluginName))
	if err != nil {
		return ""
	}
	for _, path := range found {
		// A link counts as executable, whatever it leads to (nri 0.12.3, discoverPlugins).
		if stat, err := os.Lstat(path); err == nil && !stat.IsDir() && stat.Mode()&0o111 != 0 {
			return filepath.Join(dir, filepath.Base(path))
		}
	}
	return ""
}

func (c Containerd) stateOf(r *reading) (State, error) {
	state, err := newState(r.disabled, r.nri)
	if err != nil {
		return State{}, err
	}
	state.PreRegistered = c.preRegistered(state.PluginPath)
	return state, nil
}

func newState(disabled []string, nri map[string]any) (State, error) {
	text, err := toml.Marshal(nri)
	if err != nil {
		return State{}, err
	}
	t := nriTable{SocketPath: "/var/run/nri/nri.sock", PluginPath: "/opt/nri/plugins"}
	if err := toml.Unmarshal(text, &t); err != nil {
		return State{}, fmt.Errorf("read containerd's table of NRI: %w", err)
	}
	s := State{
		NRI:         !t.Disable && !slices.Contains(disabled, nriPlugin),
		CRI:         !slices.ContainsFunc(disabled, isCRI),
		Connections: !t.DisableConnections,
		SocketPath:  t.SocketPath,
		PluginPath:  t.PluginPath,
		Validator:   t.DefaultValidator.Enable,
		Required:    t.DefaultValidator.RequiredPlugins,
		ToleratedBy: t.DefaultValidator.Tolerate,
		disabledNRI: slices.Contains(disabled, nriPlugin),
	}
	validator, _ := nri["default_validator"].(map[string]any)
	for key, value := range validator {
		if on, ok := value.(bool); ok && on && rejects.MatchString(key) {
			s.Rejects = append(s.Rejects, key)
		}
	}
	slices.Sort(s.Rejects)
	return s, nil
}

var rejects = regexp.MustCompile(`^reject_.*_adjustment$`)

// isCRI knows the plugin that serves the kubelet, by its names in versions 1 to 4 of the configuration.
func isCRI(plugin string) bool {
	return plugin == "cri" || plugin == "io.containerd.grpc.v1.cri" || plugin == "io.containerd.cri.v1.runtime"
}

// requires reports whether no container is created without seccompd.
func (s State) requires() bool {
	return s.Validator && slices.ContainsFunc(s.Required, ours)
}

var indexed = regexp.MustCompile(`^[0-9]{2}-` + pluginName + `$`)

func ours(plugin string) bool { return plugin == pluginName || indexed.MatchString(plugin) }
