package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
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
	containerd, err := Binary("containerd")
	if err != nil {
		return err
	}
	p, err := startProcess(command{
		path: containerd,
		args: []string{"--config", n.path("config.toml")},
		// The shim is looked up in PATH: ours, not the distribution's.
		env: append(os.Environ(), "PATH="+filepath.Dir(containerd)+":"+os.Getenv("PATH")),
		log: n.ContainerdLog(),
	})
	if err != nil {
		return fmt.Errorf("start containerd: %w", err)
	}
	n.mu.Lock()
	n.containerd = p
	n.mu.Unlock()
	if err := n.connect(ctx, p); err != nil {
		return fmt.Errorf("boot containerd: %w\n%s", err, tail(n.ContainerdLog(), 20))
	}
	return nil
}

// Stop ends containerd with SIGTERM, as systemd would. Containers go on.
func (n *Node) Stop(ctx context.Context) error {
	n.disconnect()
	if n.containerd == nil {
		return nil
	}
	return n.containerd.stop(ctx, 20*time.Second)
}

// Kill ends containerd with SIGKILL. Containers go on.
func (n *Node) Kill() {
	n.disconnect()
	if n.containerd != nil {
		n.containerd.kill()
	}
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
	ctx, cancel := context.WithTimeout(ctx, bootTime)
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
	n.runtime, n.images = runtime, images
	return nil
}

func (n *Node) disconnect() {
	if n.runtime == nil {
		return
	}
	ctx := quiet(context.Background())
	n.runtime.Close(ctx)
	n.images.Close(ctx)
	n.runtime, n.images = nil, nil
}

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
	unix.Unmount(merged, unix.MNT_DETACH)
	return "overlayfs"
}
