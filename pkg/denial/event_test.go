package denial

import (
	"strings"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Records as kernels wrote them: 6.18, one with SELinux, one with AppArmor, one of a 32-bit call, one of an x32 number, and
// one of a process without a program.
func TestParseEvent(t *testing.T) {
	for _, tt := range []struct {
		text            string
		pid             uint32
		comm, exe, call string
		abi             specs.Arch
		action          specs.LinuxSeccompAction
		milliseconds    int
	}{
		{
			text: "audit(1795119683.056:4242): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=4951 comm=651B5B33316D76696C exe=\"/tmp/den\" sig=0 arch=c000003e syscall=162 compat=0 ip=0x7f0c5a2f3b5d code=0x50000",
			pid:  4951, comm: "e\x1b[31mvil", exe: "/tmp/den", call: "sync", abi: specs.ArchX86_64, action: specs.ActErrno, milliseconds: 56,
		},
		{
			text: "audit(1795119683.900:1): auid=0 uid=1000 gid=1000 ses=3 subj=system_u:system_r:container_t:s0:c1,c2 pid=7 comm=\"sh\" exe=\"/bin/busybox\" sig=31 arch=40000003 syscall=20 compat=1 ip=0x8048000 code=0x80000000\x00",
			pid:  7, comm: "sh", exe: "/bin/busybox", call: "getpid", abi: specs.ArchX86, action: specs.ActKillProcess, milliseconds: 900,
		},
		{
			text: "audit(1795119683.001:1): auid=0 uid=0 gid=0 ses=3 subj=docker-default (enforce) pid=7 comm=\"a\" exe=\"/a\" sig=31 arch=c000003e syscall=1073741863 compat=0 ip=0x0 code=0x0\n",
			pid:  7, comm: "a", exe: "/a", call: "getpid", abi: specs.ArchX32, action: specs.ActKillThread, milliseconds: 1,
		},
		{
			text: "audit(1795119683.001:1): auid=0 uid=0 gid=0 ses=3 pid=7 comm=\"a\" exe=(null) sig=0 arch=c000003e syscall=9999 compat=0 ip=0x0 code=0x7ffc0000",
			pid:  7, comm: "a", call: "#9999", abi: specs.ArchX86_64, action: specs.ActLog, milliseconds: 1,
		},
		{
			text: "audit(1795119683.001:1): auid=0 uid=0 gid=0 ses=3 pid=7 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=-1 compat=0 ip=0x0 code=0x1234ffff",
			pid:  7, comm: "a", exe: "/a", call: "#-1", abi: specs.ArchX86_64, action: specs.ActKillProcess, milliseconds: 1,
		},
	} {
		e, err := ParseEvent([]byte(tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if e.PID != tt.pid || e.Comm != tt.comm || e.Exe != tt.exe || e.Syscall() != tt.call || e.ABI() != tt.abi || e.Action() != tt.action {
			t.Errorf("%s\nread as %+v: %s on %s, %s", tt.text, e, e.Syscall(), e.ABI(), e.Action())
		}
		if want := time.Unix(1795119683, int64(tt.milliseconds)*1e6); !e.Time.Equal(want) {
			t.Errorf("time %v, want %v", e.Time, want)
		}
	}
}

func TestParseEventRefuses(t *testing.T) {
	const good = "audit(1795119683.056:42): auid=1 uid=0 gid=0 ses=4 pid=4951 comm=\"a\" exe=\"/tmp/den\" sig=0 arch=c000003e syscall=162 compat=0 ip=0x7 code=0x50000"
	for name, text := range map[string]string{
		"empty":             "",
		"no time":           strings.TrimPrefix(good, "audit(1795119683.056:42): "),
		"no pid":            strings.Replace(good, "pid=4951 ", "", 1),
		"two pids":          good + " pid=1",
		"a pid of letters":  strings.Replace(good, "4951", "self", 1),
		"a pid of 33 bits":  strings.Replace(good, "4951", "4294967296", 1),
		"a comm of neither": strings.Replace(good, `"a"`, "xyz", 1),
		"half a comm":       strings.Replace(good, `"a"`, "abc", 1),
		"a time of letters": strings.Replace(good, "056", "abc", 1),
	} {
		if e, err := ParseEvent([]byte(text)); err == nil {
			t.Errorf("%s: read as %+v", name, e)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte("audit(1795119683.056:42): auid=1 uid=0 gid=0 ses=4 pid=4951 comm=\"a\" exe=\"/tmp/den\" sig=0 arch=c000003e syscall=162 compat=0 ip=0x7 code=0x50000"))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := ParseEvent(text)
		p := newParser()
		for range 2 { // the second time from memory
			if again, err2 := p.parse(text); again != e || (err == nil) != (err2 == nil) {
				t.Errorf("%q read as %+v, %v, and then as %+v, %v", text, e, err, again, err2)
			}
		}
		if err != nil {
			return
		}
		if len(e.Exe) > maxText || e.Action() == "" || e.Syscall() == "" || e.ABI() == "" {
			t.Errorf("%q read as %+v", text, e)
		}
	})
}
