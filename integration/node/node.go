package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	internalapi "k8s.io/cri-api/pkg/apis"
)

// A Node is a containerd with everything that it needs, in a directory of its
// own. Its methods may be called from several goroutines; those that start and
// stop containerd by one at a time, while others create containers.
type Node struct {
	dir     string
	options Options
	lock    *os.File

	mu         sync.Mutex
	containerd *process
	children   []*process // daemons and plugins

	clients atomic.Pointer[clients]
	closing sync.Mutex
}

// clients are the connections to CRI. Those of a containerd that was stopped
// are closed, not gone: a call over them fails, as a kubelet's would.
type clients struct {
	runtime internalapi.RuntimeService
	images  internalapi.ImageManagerService
}

// patience is how long anything that is sure to come is waited for. A slow machine that has much else to do needs more than the
// 0.3 s in which containerd starts on an idle one; where it does come nobody waits that long.
const patience = 2 * time.Minute

// Start takes away what dead processes left behind, then starts a containerd
// with the busybox and the pause image. The caller must Close the node.
func Start(ctx context.Context, options Options) (*Node, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("start a node: it needs root")
	}
	sweep()
	dir, lock, err := claimDir()
	if err != nil {
		return nil, err
	}
	n := &Node{dir: dir, lock: lock, options: options}
	if err := n.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start a node: %w", err), n.Close())
	}
	return n, nil
}

func (n *Node) prepare(ctx context.Context) error {
	for _, dir := range []string{"root", "state", "s", "runc", "logs", "profiles", "cni/bin", "cni/conf", "nri/plugins", "nri/conf.d", "conf.d"} {
		if err := os.MkdirAll(n.path(dir), 0o700); err != nil {
			return err
		}
	}
	if n.options.Network {
		if err := n.writeNetwork(); err != nil {
			return err
		}
	}
	if err := n.Boot(ctx); err != nil {
		return err
	}
	busybox, err := busyboxImage()
	if err != nil {
		return err
	}
	pause, err := pauseImage()
	if err != nil {
		return err
	}
	return n.Import(ctx, busybox, pause)
}

// Dir is the directory that holds everything of this node.
func (n *Node) Dir() string { return n.dir }

// NRISocket is the path of the socket where NRI plugins register.
func (n *Node) NRISocket() string { return n.path("nri.sock") }

// PluginDir is where containerd looks for pre-registered NRI plugins when it
// boots, and PluginConfigDir where it looks for their configuration.
func (n *Node) PluginDir() string { return n.path("nri", "plugins") }

// PluginConfigDir is where containerd looks for configuration of NRI plugins.
func (n *Node) PluginConfigDir() string { return n.path("nri", "conf.d") }

// ConfigFile is containerd's configuration, which each Boot writes again, and
// DropInDir the directory for parts of others, which it imports and which stay.
func (n *Node) ConfigFile() string { return n.path("config.toml") }

// DropInDir is where containerd looks for further parts of its configuration.
func (n *Node) DropInDir() string { return n.path("conf.d") }

// ContainerdSocket is the path of containerd's socket, for ctr and for CRI.
func (n *Node) ContainerdSocket() string { return n.path("containerd.sock") }

// ContainerdLog is the path of what containerd said, over all of its boots.
func (n *Node) ContainerdLog() string { return n.path("containerd.log") }

// Close ends every process of the node and removes its mounts, its cgroups and
// its directory. It can be called more than once, and after a failed Start.
func (n *Node) Close() error {
	n.closing.Lock()
	defer n.closing.Unlock()
	n.disconnect()
	n.mu.Lock()
	children := append(n.children, n.containerd)
	n.children, n.containerd = nil, nil
	n.mu.Unlock()
	for _, child := range children {
		if child != nil {
			child.kill()
		}
	}
	if n.lock == nil {
		return nil
	}
	err := demolish(n.dir, patience)
	n.lock.Close()
	n.lock = nil
	return err
}

func (n *Node) path(parts ...string) string {
	return filepath.Join(append([]string{n.dir}, parts...)...)
}

func (n *Node) adopt(p *process) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.children = append(n.children, p)
}
