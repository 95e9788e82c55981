package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
	internalapi "k8s.io/cri-api/pkg/apis"
	cri "k8s.io/cri-client/pkg"
	"k8s.io/klog/v2"

	"github.com/go-logr/logr"
)

// Boot starts containerd and waits until it answers over CRI. Containers that
// ran before it was stopped or killed are still there.
func (n *Node) Boot(ctx context.Context) error {
	if err := n.writeConfig(); err != nil {
		return err
	}
	containerd, err := n.binary("containerd")
	if err != nil {
		return err
	}
	// The shim is looked up in PATH: the one beside containerd.
	dir := filepath.Dir(containerd)
	env := append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	if n.options.Old {
		env = append(append(env, "PATH="+dir+":"+filepath.Dir(dir)+"/sbin:"+os.Getenv("PATH")), n.options.ShimEnv...)
	}
	p, err := startProcess(command{path: containerd, args: []string{"--config", n.path("config.toml")}, env: env, log: n.ContainerdLog()})
	if err != nil {
		return fmt.Errorf("start containerd: %w", err)
	}
	n.mu.Lock()
	n.containerd = p
	n.mu.Unlock()
	if err := n.connect(ctx, p); err != nil {
		return fmt.Errorf("boot containerd: %w\n%s", err, tail(n.ContainerdLog()))
	}
	return nil
}

// binary is the path of one of containerd's programs.
func (n *Node) binary(name string) (string, error) {
	if !n.options.Old {
		return Binary(name)
	}
	packages, err := debian()
	return filepath.Join(packages, "usr/bin", name), err
}

// Stop ends containerd with SIGTERM, as systemd would. Containers go on.
func (n *Node) Stop(ctx context.Context) error {
	n.disconnect()
	return n.current().stop(ctx, patience)
}

// Kill ends containerd with SIGKILL. Containers go on.
func (n *Node) Kill() {
	n.disconnect()
	n.current().kill()
}

// PowerOff ends the whole node as a power cut does: containerd, its shims, every
// container, daemons and plugins. What a real node has on tmpfs is gone; Boot
// finds the rest, as after a reboot.
func (n *Node) PowerOff() error {
	n.Kill()
	if err := killAll(n.dir, patience); err != nil {
		return fmt.Errorf("power off: %w", err)
	}
	for _, child := range n.started() {
		child.kill() // it is dead, and now known to be
	}
	if err := unmountAll(n.dir); err != nil {
		return fmt.Errorf("power off: %w", err)
	}
	for _, dir := range []string{"state", "s", "runc", "seccompd/run"} {
		if err := os.RemoveAll(n.path(dir)); err != nil {
			return fmt.Errorf("power off: %w", err)
		}
	}
	return nil
}

// started returns the daemons and plugins.
func (n *Node) started() []*process {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.children)
}

func (n *Node) current() *process {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.containerd
}

// Restart stops containerd and boots it again, with its options changed by
// each of the given functions.
func (n *Node) Restart(ctx context.Context, changes ...func(*Options)) error {
	if err := n.Stop(ctx); err != nil {
		return fmt.Errorf("restart containerd: %w", err)
	}
	for _, change := range changes {
		change(&n.options)
	}
	return n.Boot(ctx)
}

// connect dials CRI until it answers or containerd is gone.
func (n *Node) connect(ctx context.Context, p *process) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := n.dial(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("containerd ended: %w", errors.Join(p.err, err))
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (n *Node) dial(ctx context.Context) error {
	if _, err := os.Stat(n.ContainerdSocket()); err != nil {
		return err
	}
	endpoint := "unix://" + n.ContainerdSocket()
	ctx = quiet(ctx)
	runtime, err := cri.NewRemoteRuntimeServiceBuilder().WithEndpoint(endpoint).WithConnectionTimeout(2 * time.Minute).WithTracerProvider(nil).Build(ctx)
	if err != nil {
		return err
	}
	images, err := cri.NewRemoteImageServiceBuilder().WithEndpoint(endpoint).WithConnectionTimeout(2 * time.Minute).WithTracerProvider(nil).Build(ctx)
	if err != nil {
		return errors.Join(err, runtime.Close(ctx))
	}
	n.clients.Store(&clients{runtime, images})
	return nil
}

func (n *Node) disconnect() {
	if c := n.clients.Load(); c != nil {
		ctx := quiet(context.Background())
		_ = c.runtime.Close(ctx) // closed already, at worst
		_ = c.images.Close(ctx)
	}
}

// cri returns the connection to CRI, which Start has made.
func (n *Node) cri() internalapi.RuntimeService { return n.clients.Load().runtime }

// quiet keeps cri-client from logging errors that it also returns.
func quiet(ctx context.Context) context.Context {
	return klog.NewContext(ctx, logr.Discard())
}

// snapshotter is overlayfs where it works on this directory: it does not in a
// container whose own files are on an overlay.
func (n *Node) snapshotter() string {
	if n.options.NativeSnapshots {
		return "native"
	}
	probe := n.path("overlay")
	for _, dir := range []string{"lower", "upper", "work", "merged"} {
		if err := os.MkdirAll(filepath.Join(probe, dir), 0o700); err != nil {
			return "native"
		}
	}
	defer os.RemoveAll(probe)
	merged := filepath.Join(probe, "merged")
	data := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", probe)
	if err := unix.Mount("overlay", merged, "overlay", 0, data); err != nil {
		return "native"
	}
	if err := unix.Unmount(merged, unix.MNT_DETACH); err != nil {
		return "native"
	}
	return "overlayfs"
}
