package nri_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/containerd/nri/pkg/adaptation"
	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/pkg/stub"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/nri"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// The runtime here is the part of NRI that engines link, over a socket: what is sent and received is what containerd
// would. Whole engines are in the integration tests.
type runtime struct {
	*adaptation.Adaptation
	socket string
}

// engineName and engineVersion are what the runtime says it is, unless a test says otherwise.
const (
	engineName    = "containerd"
	engineVersion = "v2.4.2"
)

// TestMain keeps both sides' logs out of the way.
func TestMain(m *testing.M) {
	logrus.SetOutput(io.Discard)
	os.Exit(m.Run())
}

func startRuntime(t testing.TB, socket, name, version string) *runtime {
	t.Helper()
	if socket == "" {
		dir, err := os.MkdirTemp("", "nri") // a test's own directory is too long for a socket's path
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		socket = filepath.Join(dir, "s")
	}
	sync := func(ctx context.Context, cb adaptation.SyncCB) error {
		_, err := cb(ctx, nil, []*api.Container{{Id: "old"}})
		return err
	}
	update := func(context.Context, []*adaptation.ContainerUpdate) ([]*adaptation.ContainerUpdate, error) {
		return nil, nil
	}
	dir := filepath.Dir(socket)
	a, err := adaptation.New(name, version, sync, update, adaptation.WithSocketPath(socket),
		adaptation.WithPluginPath(filepath.Join(dir, "plugins")), adaptation.WithPluginConfigPath(filepath.Join(dir, "conf.d")))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	return &runtime{a, socket}
}

// node is a plugin that serves a runtime.
type node struct {
	*nri.Plugin
	runtime *runtime

	mu      sync.Mutex
	engine  nri.Engine
	missing error
	records []audit.Record
}

func (n *node) Engine() (nri.Engine, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.engine, n.missing
}

func (n *node) use(e nri.Engine) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.engine, n.missing = e, nil
}

func (n *node) record(r audit.Record) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records = append(n.records, r)
}

func (n *node) last(t *testing.T) audit.Record {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.records) == 0 {
		t.Fatal("nothing was recorded")
	}
	return n.records[len(n.records)-1]
}

// newNode returns a plugin that does not run yet.
func newNode(e nri.Engine) *node {
	n := &node{engine: e}
	n.Plugin = nri.New(nri.Settings{Engine: n.Engine, Record: n.record, Native: specs.ArchX86_64})
	return n
}

// serve connects a plugin to a runtime and waits until it is served.
func serve(t testing.TB, e nri.Engine) *node {
	t.Helper()
	n := newNode(e)
	n.runtime = startRuntime(t, "", engineName, engineVersion)
	n.run(t)
	return n
}

func (n *node) run(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx, nri.Connection{Socket: n.runtime.socket, Index: "10"}) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("the plugin ended with %v", err)
			}
		case <-time.After(patience):
			t.Error("the plugin does not end")
		}
	})
	n.wait(t, true)
}

// patience is how long a test waits for what is sure to come; the machine may be slow and have much else to do.
const patience = 2 * time.Minute

// wait waits until the plugin is connected, or not.
func (n *node) wait(t testing.TB, connected bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if n.State().Connected == connected {
			n.runtime.BlockPluginSync().Unblock()
			return
		}
	}
	t.Fatalf("still not connected == %v: %+v", connected, n.State())
}

// create asks for a container as an engine does, and returns the filter that it would get and whether there was one.
func (r *runtime) create(pod *api.PodSandbox, ctr *api.Container) (*api.LinuxSeccomp, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := r.CreateContainer(ctx, &api.CreateContainerRequest{Pod: pod, Container: ctr})
	if err != nil {
		return nil, err
	}
	if s := out.GetAdjust().GetLinux().GetSeccompPolicy(); s != nil {
		return s, nil
	}
	return nil, nil
}

// other is another vendor's plugin.
type other struct {
	adjust       func(*api.Container, *api.ContainerAdjustment)
	synchronized chan struct{}
}

// Synchronize is the last that the runtime asks before it asks about containers.
func (o *other) Synchronize(context.Context, []*api.PodSandbox, []*api.Container) ([]*api.ContainerUpdate, error) {
	close(o.synchronized)
	return nil, nil
}

func (o *other) CreateContainer(_ context.Context, _ *api.PodSandbox, ctr *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
	a := &api.ContainerAdjustment{}
	o.adjust(ctr, a)
	return a, nil, nil
}

// addPlugin connects another plugin, before ours or after it by its index.
func (r *runtime) addPlugin(t *testing.T, index string, adjust func(*api.Container, *api.ContainerAdjustment)) {
	t.Helper()
	o := &other{adjust, make(chan struct{})}
	r.add(t, o, index, o.synchronized)
}

// add connects a plugin that closes a channel when it is synchronized.
func (r *runtime) add(t testing.TB, plugin any, index string, synchronized <-chan struct{}) {
	t.Helper()
	s, err := stub.New(plugin, stub.WithPluginName("other"), stub.WithPluginIdx(index), stub.WithSocketPath(r.socket), stub.WithOnClose(func() {}))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	<-synchronized
	r.BlockPluginSync().Unblock()
}

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// engine is the real one, with a policy and the profile p.json.
func engine(t testing.TB, policy string) *enforce.Engine {
	t.Helper()
	p, err := policyfile.Parse("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\n"+policy))
	if err != nil {
		t.Fatal(err)
	}
	facts := host.Assume("amd64")
	enosys := uint(38)
	e, err := enforce.New(&snapshot.Snapshot{Created: now, Policy: p, Facts: facts, Digest: "sha256:test", Profiles: map[string]*profile.Profile{
		"Localhost/p.json": {Name: "p.json", Dialect: profile.OCI, DefaultAction: specs.ActAllow, Rules: []profile.Rule{{Names: []string{"mkdir"}, Action: specs.ActErrno}}},
		"Localhost/enosys.json": {
			Name: "enosys.json", Dialect: profile.OCI, DefaultAction: specs.ActErrno, DefaultErrnoRet: &enosys,
			Architectures: []specs.Arch{specs.ArchX86_64},
			Rules:         []profile.Rule{{Names: enough, Action: specs.ActAllow}},
		},
	}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// enough are calls that a runtime needs to start a container.
var enough = []string{
	"capget", "capset", "chdir", "clone", "clone3", "close", "close_range", "epoll_ctl", "epoll_pwait", "epoll_create1", "execve", "exit", "exit_group",
	"faccessat2", "fchdir", "fcntl", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "getpid", "getppid", "gettid", "getuid", "getrlimit", "prlimit64", "madvise", "mmap", "mprotect", "munmap",
	"nanosleep", "newfstatat", "openat", "openat2", "prctl", "pread64", "read", "readlinkat", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_yield",
	"set_robust_list", "set_tid_address", "setgid", "setgroups", "setuid", "setresuid", "setresgid", "shutdown", "sigaltstack", "statx", "tgkill", "tkill", "unlinkat", "wait4", "write", "eventfd2", "brk", "arch_prctl", "fsmount", "getrandom", "dup3", "pipe2", "umask", "setsid", "ioctl", "keyctl", "lseek", "uname", "access", "fchown", "fchmod", "sched_getaffinity", "getegid", "getgid", "geteuid", "socket", "connect", "sendmsg", "recvmsg", "poll", "ppoll", "mkdirat", "seccomp", "kill",
}

func pod() *api.PodSandbox {
	return &api.PodSandbox{
		Id: "pod-id", Name: "web", Uid: "uid", Namespace: "prod", Labels: map[string]string{"app": "web"}, RuntimeHandler: "runc",
		Linux: &api.LinuxPodSandbox{Namespaces: []*api.LinuxNamespace{{Type: "pid"}, {Type: "network"}, {Type: "ipc"}, {Type: "uts"}, {Type: "mount"}}},
	}
}

// container is one that asked for nothing and has no filter.
func container(id string) *api.Container {
	return &api.Container{
		Id: id, PodSandboxId: "pod-id", Name: "main", Labels: map[string]string{"tier": "front"},
		Mounts: []*api.Mount{{Destination: "/sys", Type: "sysfs", Options: []string{"nosuid", "ro"}}},
		User:   &api.User{Uid: 1000}, Image: &api.Image{Name: "docker.io/library/web:1", Digest: "sha256:" + digest},
		Linux: &api.LinuxContainer{Namespaces: []*api.LinuxNamespace{
			{Type: "pid"}, {Type: "mount"}, {Type: "network", Path: "/proc/7/ns/net"}, {Type: "ipc", Path: "/proc/7/ns/ipc"}, {Type: "uts", Path: "/proc/7/ns/uts"}, {Type: "cgroup"}, {Type: "user"},
		}},
	}
}

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// filtered is a container with a filter of its own.
func filtered(id string) *api.Container {
	c := container(id)
	c.Linux.SeccompProfile = &api.SecurityProfile{ProfileType: api.SecurityProfile_LOCALHOST, LocalhostRef: "/var/lib/kubelet/seccomp/own.json"}
	c.Linux.SeccompPolicy = own()
	return c
}

func own() *api.LinuxSeccomp {
	return &api.LinuxSeccomp{DefaultAction: "SCMP_ACT_ALLOW", Syscalls: []*api.LinuxSyscall{{Names: []string{"chmod"}, Action: "SCMP_ACT_ERRNO"}}}
}
