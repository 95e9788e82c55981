package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/containerd/nri/pkg/adaptation"
	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/integration/node"
)

// batch is how many requests are one measurement, and rest the time between
// them: a node that creates containers is busy with far slower things, and the
// daemon writes its records in that time.
const (
	batch = 10
	rest  = 2 * time.Millisecond
)

// request measures a request of the runtime's side of NRI to a plugin in a
// process of its own, without a containerd around it: CreateContainer with the
// validation that belongs to it.
func (b *bench) request(ctx context.Context) ([]result, error) {
	constant, err := newRuntime(filepath.Join(b.none.node.Dir(), "constant"))
	if err != nil {
		return nil, err
	}
	defer constant.Stop()
	stop, err := b.connectConstant(ctx, constant)
	if err != nil {
		return nil, err
	}
	defer stop()
	daemon, err := newRuntime(filepath.Join(b.none.node.Dir(), "daemon"))
	if err != nil {
		return nil, err
	}
	defer daemon.Stop()
	d, err := startDaemon(ctx, b.none.node, "11", "--nri-socket", daemon.socket)
	if err != nil {
		return nil, err
	}
	if err := d.Start(ctx); err != nil {
		return nil, err
	}
	defer d.Kill()

	took, err := compare(ctx, "request", 3*b.rounds, constant.ask, daemon.ask, constant.askInARow, daemon.askInARow)
	if err != nil {
		return nil, err
	}
	return []result{
		paired("request: seccompd / constant plugin", took[1], took[0], 1.15),
		paired("request, back to back: seccompd / constant plugin", took[3], took[2], 0),
	}, nil
}

// connectConstant starts the constant plugin on a runtime.
func (b *bench) connectConstant(ctx context.Context, r *runtime) (stop func(), err error) {
	binary, err := node.Binary("conflictor")
	if err != nil {
		return nil, err
	}
	options, err := json.Marshal(b.constantPlugin())
	if err != nil {
		return nil, err
	}
	ready := filepath.Join(filepath.Dir(r.socket), "ready")
	cmd := exec.CommandContext(ctx, binary, "-socket", r.socket, "-ready", ready, "-options", string(options))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	for range 1000 {
		if _, err := os.Stat(ready); err == nil {
			return stop, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	return nil, errors.New("the constant plugin does not get ready")
}

// A runtime is the part of NRI that containerd links, on a socket.
type runtime struct {
	*adaptation.Adaptation
	socket string
	asked  int
}

func newRuntime(dir string) (*runtime, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	socket := filepath.Join(dir, "nri.sock")
	sync := func(ctx context.Context, cb adaptation.SyncCB) error {
		_, err := cb(ctx, nil, nil)
		return err
	}
	update := func(context.Context, []*adaptation.ContainerUpdate) ([]*adaptation.ContainerUpdate, error) {
		return nil, nil
	}
	a, err := adaptation.New("containerd", "v2.4.2", sync, update, adaptation.WithSocketPath(socket),
		adaptation.WithPluginPath(filepath.Join(dir, "plugins")), adaptation.WithPluginConfigPath(filepath.Join(dir, "conf.d")))
	if err != nil {
		return nil, err
	}
	if err := a.Start(); err != nil {
		return nil, err
	}
	return &runtime{Adaptation: a, socket: socket}, nil
}

// ask asks about a batch of containers, each of which must get a filter, and
// returns the time of one.
func (r *runtime) ask(ctx context.Context) (time.Duration, error) { return r.batch(ctx, rest) }

// askInARow is ask without rest.
func (r *runtime) askInARow(ctx context.Context) (time.Duration, error) { return r.batch(ctx, 0) }

func (r *runtime) batch(ctx context.Context, rest time.Duration) (time.Duration, error) {
	var took time.Duration
	for range batch {
		r.asked++
		request := &api.CreateContainerRequest{Pod: pod(), Container: container(r.asked)}
		time.Sleep(rest)
		start := time.Now()
		answer, err := r.CreateContainer(ctx, request)
		took += time.Since(start)
		if err != nil {
			return 0, err
		}
		if len(answer.GetAdjust().GetLinux().GetSeccompPolicy().GetSyscalls()) == 0 {
			return 0, fmt.Errorf("container %s got no filter", request.GetContainer().GetId())
		}
	}
	return took / batch, nil
}

func pod() *api.PodSandbox {
	return &api.PodSandbox{
		Id: "f0e1d2c3b4a5", Name: "web-7d9c6", Namespace: "shop", Uid: "6a5b4c3d-0000-4000-8000-000000000001",
		Labels: map[string]string{"app": "web", "pod-template-hash": "7d9c6"},
		Linux:  &api.LinuxPodSandbox{CgroupParent: "/kubepods/burstable/pod6a5b4c3d"},
	}
}

// container is one that asks for nothing, of the size that containers have.
func container(number int) *api.Container {
	c := &api.Container{
		Id: fmt.Sprintf("%064x", number), PodSandboxId: "f0e1d2c3b4a5", Name: "web", State: api.ContainerState_CONTAINER_CREATED,
		Args:   []string{"/bin/web", "--listen", ":8080"},
		Labels: map[string]string{"io.kubernetes.container.name": "web", "io.kubernetes.pod.name": "web-7d9c6", "io.kubernetes.pod.namespace": "shop"},
		Linux: &api.LinuxContainer{
			Namespaces: []*api.LinuxNamespace{{Type: "pid"}, {Type: "ipc"}, {Type: "uts"}, {Type: "mount"}, {Type: "network"}},
			Resources:  &api.LinuxResources{},
		},
	}
	// As containerd mounts it for all but privileged containers.
	c.Mounts = append(c.Mounts, &api.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", "ro"}})
	for i := range 12 {
		c.Env = append(c.Env, fmt.Sprintf("SERVICE_%d_HOST=10.0.0.%d", i, i))
		c.Mounts = append(c.Mounts, &api.Mount{Destination: fmt.Sprintf("/mnt/%d", i), Type: "bind", Source: "/var/lib/kubelet", Options: []string{"rbind", "ro"}})
	}
	return c
}
