package bpf

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() { roles["onlooker"] = onlooker }

// onlooker says whether it may read others' filters, and whether it can.
func onlooker() {
	if os.Getenv("WITHOUT") == "filter" {
		loadForAll()
	}
	pid, _ := strconv.Atoi(os.Getenv("PID"))
	may := MayFetchWaiting()
	_, err := Fetch(pid, 10*time.Second)
	fmt.Printf("%v; %v\n", may, err == nil)
}

// TestMayFetchWaiting holds what is said beforehand against what the kernel says.
func TestMayFetchWaiting(t *testing.T) {
	other, _, _ := begin(t, "filtered")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ without, want string }{
		{"", "<nil>; true"},
		{"filter", "the reader has a filter itself; false"},
		{"CAP_SYS_ADMIN", "the reader has no CAP_SYS_ADMIN; false"},
		{"CAP_SYS_PTRACE", "the reader has no CAP_SYS_PTRACE; false"},
		{"namespace", "the reader is in a user namespace; false"},
	} {
		cmd := exec.Command(self)
		if capability, ok := strings.CutPrefix(c.without, "CAP_"); ok {
			cmd = exec.Command("setpriv", "--bounding-set", "-"+strings.ToLower(capability), self)
		}
		cmd.Env = []string{role + "=onlooker", "WITHOUT=" + c.without, fmt.Sprintf("PID=%d", other.Process.Pid)}
		cmd.Stderr = os.Stderr
		if c.without == "namespace" {
			root := []syscall.SysProcIDMap{{HostID: 0, ContainerID: 0, Size: 1}}
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, UidMappings: root, GidMappings: root}
		}
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("without %q: %q, %v, want %q", c.without, got, err, c.want)
		}
	}
}
