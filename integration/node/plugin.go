package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// PluginOptions say what another vendor's NRI plugin does at CreateContainer:
// the part which a conflict needs. The zero value takes part and does nothing.
type PluginOptions struct {
	Name  string // "conflictor" where empty
	Index string // two digits; "20" where empty

	// Seccomp is set on containers, if not nil. An empty one is sent as it is.
	Seccomp *specs.LinuxSeccomp
	// Annotations are added to containers.
	Annotations map[string]string
	// Only limits all of it to containers whose name this is.
	Only string
	// Validate makes the plugin a validator too, one that agrees.
	Validate bool
	// FailRequest asks the runtime to refuse a container when the plugin does
	// not answer.
	FailRequest bool
	// Panic makes the plugin panic instead of answering.
	Panic bool
	// Hold is the path of a file that the plugin makes when it is asked; it answers once the file is gone.
	Hold string
}

// A Plugin is another NRI plugin on the node: integration/cmd/conflictor.
type Plugin struct{ process *process }

// StartPlugin starts another NRI plugin and waits until containerd has
// synchronised it.
func (n *Node) StartPlugin(ctx context.Context, o PluginOptions) (*Plugin, error) {
	binary, err := Binary("conflictor")
	if err != nil {
		return nil, fmt.Errorf("start an NRI plugin: %w", err)
	}
	if o.Name == "" {
		o.Name = "conflictor"
	}
	if o.Index == "" {
		o.Index = "20"
	}
	options, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("start an NRI plugin: %w", err)
	}
	return n.startPlugin(ctx, binary, o.Index+"-"+o.Name, "-options", string(options))
}

// StartFaulty starts integration/cmd/faulty: seccompd's own door, with the
// policy given, around an engine that panics, hangs or looks away for some
// containers.
func (n *Node) StartFaulty(ctx context.Context, policy, profiles string, more ...string) (*Plugin, error) {
	binary, err := Binary("faulty")
	if err != nil {
		return nil, fmt.Errorf("start an NRI plugin: %w", err)
	}
	return n.startPlugin(ctx, binary, "10-seccompd", append([]string{"-policy", policy, "-profiles", profiles}, more...)...)
}

// startPlugin starts a plugin that makes the file -ready once containerd has
// synchronised it.
func (n *Node) startPlugin(ctx context.Context, binary, name string, args ...string) (*Plugin, error) {
	ready, log := n.path("plugin-"+name+".ready"), n.path("plugin-"+name+".log")
	p, err := startProcess(command{
		path: binary,
		args: append([]string{"-socket", n.NRISocket(), "-ready", ready}, args...),
		env:  os.Environ(),
		log:  log,
	})
	if err != nil {
		return nil, fmt.Errorf("start an NRI plugin: %w", err)
	}
	n.adopt(p)
	if err := waitForFile(ctx, ready, p.done); err != nil {
		return nil, fmt.Errorf("start an NRI plugin: %w\n%s", err, tail(log))
	}
	return &Plugin{process: p}, os.Remove(ready)
}

// Kill ends the plugin; containerd forgets it.
func (p *Plugin) Kill() { p.process.kill() }

// Running tells whether the plugin has not ended.
func (p *Plugin) Running() bool { return p.process.running() }

// Preregister makes containerd launch a binary as an NRI plugin when it boots:
// a link named INDEX-NAME in its plugin directory, with the given text as the
// plugin's configuration.
func (n *Node) Preregister(index, name, binary, config string) error {
	full := index + "-" + name
	if err := os.Symlink(binary, filepath.Join(n.PluginDir(), full)); err != nil {
		return fmt.Errorf("pre-register plugin %q: %w", full, err)
	}
	if err := os.WriteFile(filepath.Join(n.PluginConfigDir(), full+".conf"), []byte(config), 0o600); err != nil {
		return fmt.Errorf("pre-register plugin %q: %w", full, err)
	}
	return nil
}

func waitForFile(ctx context.Context, path string, gone <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case <-gone:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}
