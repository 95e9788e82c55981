package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Debian returns where the packages of the distribution are unpacked, which are not installed, and the variable by which
// programs among them find their libraries.
func Debian() (dir, libraries string, err error) {
	if dir, err = debian(); err != nil {
		return "", "", err
	}
	found, err := filepath.Glob(dir + "/usr/lib/*-linux-gnu")
	if err != nil || len(found) == 0 {
		return "", "", fmt.Errorf("find the distribution's runtimes: run integration/build.sh: %w", errors.Join(err, os.ErrNotExist))
	}
	return dir, "LD_LIBRARY_PATH=" + found[0], nil
}

// BareRoot makes what a bundle for a runtime alone has beside its configuration: a root file system with the probe.
func BareRoot(dir string) error {
	file, err := Binary("probe")
	if err != nil {
		return err
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(dir+"/rootfs/proc", 0o755), os.MkdirAll(dir+"/rootfs/dev", 0o755), os.WriteFile(dir+"/rootfs/probe", program, 0o755))
}

// BareSpec is the configuration of a container in a bundle of BareRoot. Its network is the machine's.
func BareSpec(filter *specs.LinuxSeccomp, capabilities []string, args ...string) *specs.Spec {
	spec := &specs.Spec{
		Version: "1.0.2", // crun 1.8 knows no later one
		Process: &specs.Process{Args: args, Cwd: "/"},
		Root:    &specs.Root{Path: "rootfs", Readonly: true},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}, {Destination: "/dev", Type: "tmpfs", Source: "tmpfs"}},
		Linux: &specs.Linux{
			Seccomp:    filter,
			Namespaces: []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace}},
		},
	}
	if len(capabilities) > 0 {
		spec.Process.Capabilities = &specs.LinuxCapabilities{Bounding: capabilities, Effective: capabilities, Permitted: capabilities}
	}
	return spec
}

// WriteSpec writes the configuration of a bundle.
func WriteSpec(dir string, spec *specs.Spec) error {
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	return os.WriteFile(dir+"/config.json", text, 0o600)
}

// PureCgroup2 is a command in a mount namespace with nothing but cgroup v2: crun refuses hosts that have both versions.
func PureCgroup2(command ...string) []string {
	return append([]string{"unshare", "--mount", "sh", "-c", `mount -t cgroup2 none /sys/fs/cgroup && exec "$@"`, "sh"}, command...)
}
