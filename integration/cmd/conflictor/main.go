// Conflictor is another vendor's NRI plugin, for the tests of what happens when
// two plugins meet: it sets seccomp or annotations, as node.PluginOptions say.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/pkg/stub"

	"github.com/seccompd/seccompd/integration/node"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "conflictor:", err)
		os.Exit(1)
	}
}

func run() error {
	socket := flag.String("socket", "", "NRI socket")
	ready := flag.String("ready", "", "file that is made once containerd has synchronised us")
	text := flag.String("options", "{}", "node.PluginOptions as JSON")
	flag.Parse()

	p := plugin{ready: *ready}
	if err := json.Unmarshal([]byte(*text), &p.options); err != nil {
		return fmt.Errorf("read options: %w", err)
	}
	if p.options.Seccomp != nil { // FromOCILinuxSeccomp panics on nil
		p.seccomp = api.FromOCILinuxSeccomp(p.options.Seccomp)
	}
	var handler any = p
	if p.options.Validate {
		handler = validator{p}
	}
	options := []stub.Option{stub.WithSocketPath(*socket), stub.WithPluginName(p.options.Name), stub.WithPluginIdx(p.options.Index)}
	if p.options.FailRequest {
		options = append(options, stub.WithFailurePolicy(&api.FailurePolicy{FailRequest: true}))
	}
	s, err := stub.New(handler, options...)
	if err != nil {
		return err
	}
	return s.Run(context.Background())
}

type plugin struct {
	options node.PluginOptions
	seccomp *api.LinuxSeccomp
	ready   string
}

// Synchronize is the last step of a registration.
func (p plugin) Synchronize(context.Context, []*api.PodSandbox, []*api.Container) ([]*api.ContainerUpdate, error) {
	return nil, os.WriteFile(p.ready, nil, 0o600)
}

// CreateContainer adjusts the container as the options say.
func (p plugin) CreateContainer(_ context.Context, _ *api.PodSandbox, c *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
	if err := p.hold(); err != nil {
		return nil, nil, err
	}
	if p.options.Only != "" && p.options.Only != c.GetName() {
		return nil, nil, nil
	}
	if p.options.Panic {
		panic("a fault in the plugin")
	}
	adjustment := &api.ContainerAdjustment{}
	if p.seccomp != nil {
		adjustment.SetLinuxSeccompPolicy(p.seccomp)
	}
	for key, value := range p.options.Annotations {
		adjustment.AddAnnotation(key, value)
	}
	return adjustment, nil, nil
}

// hold says that we were asked, and waits for leave to answer.
func (p plugin) hold() error {
	if p.options.Hold == "" {
		return nil
	}
	err := os.WriteFile(p.options.Hold, nil, 0o600)
	for ; err == nil; _, err = os.Stat(p.options.Hold) {
		time.Sleep(time.Millisecond)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

type validator struct{ plugin }

// ValidateContainerAdjustment agrees.
func (validator) ValidateContainerAdjustment(context.Context, *api.ValidateContainerAdjustmentRequest) error {
	return nil
}
