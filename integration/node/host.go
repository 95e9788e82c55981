package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Host is a machine of its own for engines that are not containerd alone: a pid and a mount namespace in which the
// distribution's packages of .build/debian are installed, with an /etc, a /var and a /run of its own. What is started in it
// ends with it, also where this process is killed.
type Host struct {
	dir     string
	lock    *os.File
	process *process
	pid     int
}

// hostDirs are the directories that a host has of its own, in its directory. Its /usr is laid over that of the machine.
var hostDirs = []string{"etc", "var", "run", "root", "opt"}

// hostFiles are what every host has in its /etc.
var hostFiles = map[string]string{
	"passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\nuser:x:1000:1000:user:" + userHome + ":/bin/sh\n",
	"group":  "root:x:0:\ndocker:x:999:\nuser:x:1000:\n",
	"subuid": "root:100000:65536\nuser:200000:65536\n", "subgid": "root:100000:65536\nuser:200000:65536\n", "hostname": "node\n", "hosts": "127.0.0.1 localhost\n",
}

// The ordinary user that every host has, in no group but their own, with subordinate ids.
const (
	userHome = "/var/home/user"
	userRun  = "/run/user/1000"
)

// AsUser is a command as the host's ordinary user runs it who has just logged in.
func (h *Host) AsUser(args ...string) []string {
	return append([]string{
		"setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "env", "--chdir", userHome, "HOME=" + userHome, "XDG_RUNTIME_DIR=" + userRun,
	}, args...)
}

// HostOptions say how a host differs from the machine.
type HostOptions struct {
	// PureCgroup2 mounts a cgroup2 tree alone, without controllers where the machine has them in v1: crun 1.8 and podman
	// refuse the two beside one another.
	PureCgroup2 bool
}

// StartHost makes a host.
func StartHost(ctx context.Context, options HostOptions) (*Host, error) {
	sweep()
	dir, lock, err := claimDir()
	if err != nil {
		return nil, err
	}
	h := &Host{dir: dir, lock: lock}
	if err := h.start(ctx, options); err != nil {
		return nil, errors.Join(fmt.Errorf("start a host: %w", err), h.Close())
	}
	return h, nil
}

func (h *Host) start(ctx context.Context, options HostOptions) error {
	for _, dir := range append([]string{"usr", "work", "etc/containers", "var/lib/dpkg", "var/log", "var/tmp"}, hostDirs...) {
		if err := os.MkdirAll(filepath.Join(h.dir, dir), 0o755); err != nil {
			return err
		}
	}
	for name, text := range hostFiles {
		if err := os.WriteFile(filepath.Join(h.dir, "etc", name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, dir := range []string{userHome, userRun} {
		if err := errors.Join(os.MkdirAll(h.Path(dir), 0o755), os.Chown(h.Path(dir), 1000, 1000)); err != nil {
			return err
		}
	}
	if err := os.Chmod(h.Path("/var/tmp"), 0o777|os.ModeSticky); err != nil {
		return err
	}
	packages, err := debian()
	if err != nil {
		return err
	}
	for _, name := range []string{"policy.json", "registries.conf"} {
		text, err := os.ReadFile(filepath.Join(packages, "etc/containers", name))
		if err != nil {
			return fmt.Errorf("%w (run integration/runtimes.sh)", err)
		}
		if err := os.WriteFile(filepath.Join(h.dir, "etc/containers", name), text, 0o644); err != nil {
			return err
		}
	}
	probe, err := Binary("probe")
	if err != nil {
		return err
	}
	h.process, err = startProcess(command{
		path: "/usr/bin/unshare",
		args: []string{"--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-ec", h.mounts(packages, options), "sh", probe, "pause"},
		env:  os.Environ(), log: filepath.Join(h.dir, "log"),
	})
	if err != nil {
		return err
	}
	return h.await(ctx)
}

func (h *Host) mounts(packages string, options HostOptions) string {
	var b strings.Builder
	// Before /run and the rest are covered.
	fmt.Fprintf(&b, "mount -t overlay -o lowerdir=%s/usr:/usr,upperdir=%s/usr,workdir=%s/work none /usr\n", packages, h.dir, h.dir)
	for _, dir := range hostDirs {
		fmt.Fprintf(&b, "mount --bind %s/%s /%s\n", h.dir, dir, dir)
	}
	b.WriteString("mount -t proc proc /proc\n")
	if options.PureCgroup2 {
		b.WriteString("mount -t cgroup2 none /sys/fs/cgroup\n")
	}
	fmt.Fprintf(&b, "touch /run/up\nexec \"$@\"\n")
	return b.String()
}

// await waits until all is mounted, and learns the pid of the host's first process.
func (h *Host) await(ctx context.Context) error {
	for start := time.Now(); time.Since(start) < patience && h.process.running() && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(h.Path("/run/up")); err != nil {
			continue
		}
		parent := h.process.pid()
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
		if err != nil {
			return err
		}
		h.pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err
	}
	return fmt.Errorf("its mounts are not there: %s", tail(filepath.Join(h.dir, "log")))
}

// debian is the directory of the distribution's packages.
func debian() (string, error) {
	bin, err := BinDir()
	return filepath.Join(filepath.Dir(bin), "debian"), err
}

// Path returns where a path beneath /etc, /var, /run, /root, /opt or /usr of the host is on this machine; of /usr only what the host
// itself wrote is there.
func (h *Host) Path(path string) string { return filepath.Join(h.dir, path) }

// CgroupParent is the cgroup that the host's containers should be in: what is in it is removed with the host.
func (h *Host) CgroupParent() string { return cgroupParent(h.dir) }

// Command is a command in the host. Its PATH is the one that systemd gives to services.
func (h *Host) Command(ctx context.Context, args ...string) *exec.Cmd {
	pid := strconv.Itoa(h.pid)
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target", pid, "--mount", "--pid", "--"}, args...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	return cmd
}

// Run runs a command in the host and returns what it wrote to stdout. Its stderr is in the error.
func (h *Host) Run(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := h.Command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("run %q: %w: %s", args, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// Close ends all that runs in the host and removes it.
func (h *Host) Close() error {
	if h.process != nil {
		h.process.kill()
		// unshare took its child with it; the kernel ends what else is in a pid namespace without a first process.
		if h.pid > 0 {
			for start := time.Now(); exists(h.pid) && time.Since(start) < patience; time.Sleep(5 * time.Millisecond) {
			}
		}
	}
	defer h.lock.Close()
	return demolish(h.dir, patience)
}

func exists(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}

// Probe runs a command in the host whose output is the probe's, and returns its answers.
func (h *Host) Probe(ctx context.Context, args ...string) (Answers, error) {
	out, err := h.Run(ctx, args...)
	if err != nil {
		return nil, err
	}
	return ParseAnswers(out)
}
