package shim

import (
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/internal/doorconf"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// changed says what of the host is not as it was when a snapshot was compiled, by what costs next to nothing to ask: the
// kernel, and the file of the real runtime. "" is nothing. The daemon asks for the rest when it starts.
func (d *door) changed(snap *snapshot.Snapshot) string {
	var uts unix.Utsname
	if unix.Uname(&uts) == nil && snap.Facts.KernelRelease != "" && unix.ByteSliceToString(uts.Release[:]) != snap.Facts.KernelRelease {
		return "another kernel runs"
	}
	for _, rt := range snap.Facts.Runtimes {
		if d.real.is(rt.Path) {
			// Nobody can set the time at which a file was put in its place.
			if time.Unix(d.real.stat.Ctim.Unix()).After(snap.Created) {
				return "the runtime " + rt.Path + " was replaced"
			}
			return ""
		}
	}
	return "the runtime " + d.real.path + " is a new one"
}

// limit is for how long compiling again may take: it asks each runtime of the host.
const limit = 30 * time.Second

// again has seccompctl compile the policy in force once more for this host, from the source inside it. Whoever creates many
// containers at once does it once: the others wait, and find it done. It reports whether it was tried.
func (d *door) again(snap *snapshot.Snapshot, why string) bool {
	stamp := filepath.Join(d.settings.RunDir, "compiled")
	if os.MkdirAll(d.settings.RunDir, 0o700) != nil {
		return false
	}
	lock, err := os.OpenFile(stamp+".lock", os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return false
	}
	defer func() { _ = lock.Close() }()
	if unix.Flock(int(lock.Fd()), unix.LOCK_EX) != nil {
		return false
	}
	tried := snap.Digest + " " + why
	if now, _ := snapshot.Open(d.settings.StateDir).Current(); now != nil && now.Digest != snap.Digest {
		return true // somebody else has just done it
	}
	if text, err := os.ReadFile(stamp); err == nil && string(text) == tried {
		return false // it did not help
	}
	_ = atomicfile.Write(stamp, []byte(tried), 0o600)
	cmd := exec.Command(d.seccompctl(), "--state-dir", d.settings.StateDir, "--runtime", d.real.path, "apply", "--again") //nolint:gosec // paths of the settings
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", doorconf.Env + "=" + getenv(d.env, doorconf.Env)}
	if cmd.Start() != nil {
		return true
	}
	timer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait() // whether it helped is seen in the store
	return true
}

// seccompctl is the path of the program.
func (d *door) seccompctl() string {
	if d.settings.Seccompctl != "" {
		return d.settings.Seccompctl
	}
	if self, err := os.Readlink("/proc/self/exe"); err == nil {
		beside := filepath.Join(filepath.Dir(self), "seccompctl")
		if st, err := os.Stat(beside); err == nil && st.Mode().IsRegular() {
			return beside
		}
	}
	return "/usr/local/bin/seccompctl"
}
