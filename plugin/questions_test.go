package main

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/doorconf"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/shim"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// TestQuestionsThatAreNone has whoever can connect send what no door sends: it is never answered with done, nothing that
// came with it stays open, and the next door is answered.
func TestQuestionsThatAreNone(t *testing.T) {
	m := newMachine(t)
	m.policy(keepAll)
	m.boot()
	eventually(t, "it listens for doors", func() bool {
		_, err := os.Stat(m.path("run/" + doorconf.Socket))
		return err == nil
	})
	ask := func(text string, rights ...int) string {
		t.Helper()
		c, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: m.path("run/" + doorconf.Socket), Net: "unixpacket"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_ = c.SetDeadline(time.Now().Add(inTime))
		var control []byte
		if len(rights) > 0 {
			control = unix.UnixRights(rights...)
		}
		if _, _, err := c.WriteMsgUnix([]byte(text), control, nil); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 16)
		n, _ := c.Read(answer)
		return string(answer[:n])
	}
	dir, err := unix.Open(t.TempDir(), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(dir) }()
	file, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	settings := `{"runtime":"/bin/true","stateDir":"` + m.set.stateDir + `","runDir":"` + m.set.runDir + `","decisions":"` + m.set.decisions + `"}`
	question := func(fields ...string) string { return strings.Join(fields, "\x00") + "\x00" }
	whole := question("seccompd-runtime 1", "runc", "/s", settings, "/b", "A=b", "", "create", "--bundle", "/b", "x")
	c, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: m.path("run/" + doorconf.Socket), Net: "unixpacket"})
	if err != nil || c.Close() != nil { // who asks nothing is not counted
		t.Fatal(err)
	}
	before := descriptors(t)
	questions := map[string]struct {
		text   string
		rights []int
	}{
		"nothing":                   {"", []int{dir}},
		"no directory":              {whole, nil},
		"two directories":           {whole, []int{dir, dir}},
		"ten directories":           {whole, []int{dir, dir, dir, dir, dir, dir, dir, dir, dir, dir}},
		"a file":                    {whole, []int{int(file.Fd())}},
		"another version":           {strings.Replace(whole, "runtime 1", "runtime 2", 1), []int{dir}},
		"not whole":                 {strings.TrimSuffix(whole, "\x00"), []int{dir}},
		"too few":                   {question("seccompd-runtime 1", "runc"), []int{dir}},
		"no end of the environment": {question("seccompd-runtime 1", "runc", "/s", settings, "/b", "A=b"), []int{dir}},
		"no arguments":              {question("seccompd-runtime 1", "runc", "/s", settings, "/b", ""), []int{dir}},
		"other settings":            {question("seccompd-runtime 1", "runc", "/s", `{"runtime":"/bin/true"}`, "/b", "A=b", "", "create", "--bundle", "/b", "x"), []int{dir}},
		"bad settings":              {question("seccompd-runtime 1", "runc", "/s", `{`, "/b", "A=b", "", "create", "--bundle", "/b", "x"), []int{dir}},
		"another bundle":            {question("seccompd-runtime 1", "runc", "/s", settings, "/c", "A=b", "", "create", "--bundle", "/b", "x"), []int{dir}},
		"another command":           {question("seccompd-runtime 1", "runc", "/s", settings, "/b", "", "delete", "x"), []int{dir}},
		"help":                      {question("seccompd-runtime 1", "runc", "/s", settings, ".", "", "create", "--help"), []int{dir}},
		"a checkpoint":              {question("seccompd-runtime 1", "runc", "/s", settings, "/b", "", "restore", "--bundle", "/b", "x"), []int{dir}},
		"no bundle's content":       {whole, []int{dir}},
		"a long one":                {whole + strings.Repeat("x\x00", shim.MaxQuestion), []int{dir}},
	}
	for name, q := range questions {
		if answer := ask(q.text, q.rights...); answer == shim.Done {
			t.Errorf("%s: %q", name, answer)
		}
	}
	eventually(t, "the status tells of them", func() bool {
		s, err := audit.ReadStatus(m.set.runDir)
		d := s.RuntimeDoors
		return err == nil && d != nil && d.Done == 0 && d.Left == uint64(len(questions)) && d.Why != "" && d.Error == "" &&
			d.StateDir == m.set.stateDir && d.RunDir == m.set.runDir && d.Decisions == m.set.decisions
	})
	// What ends a connection without a word is as good as no answer.
	for end := time.Now().Add(inTime); descriptors(t) > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d descriptors are open, before it were %d", descriptors(t), before)
		}
	}
}

// TestQuestionThatPanics has a fault in what decides: the door decides itself, and the daemon goes on.
func TestQuestionThatPanics(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range pair {
		f := os.NewFile(uintptr(fd), "end")
		c, err := net.FileConn(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = c.(*net.UnixConn)
		defer func() { _ = c.Close() }()
	}
	dir := t.TempDir()
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	text := strings.Join([]string{"seccompd-runtime 1", "runc", "/s", `{"runtime":"/bin/true"}`, dir, "", "create", "--bundle", dir, "x", ""}, "\x00")
	if _, _, err := ends[0].WriteMsgUnix([]byte(text), unix.UnixRights(fd), nil); err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	a := &shim.Answerer{Engine: func() (*enforce.Engine, *snapshot.Snapshot) { panic("a fault") }}
	answer, err := answerDoor(ends[1], a)
	if answer != decide || err == nil || !strings.Contains(err.Error(), "a fault") {
		t.Errorf("%q, %v", answer, err)
	}
	if now := descriptors(t); now >= before {
		t.Errorf("%d descriptors are open, before it were %d: neither the connection nor the bundle stays open", now, before)
	}
	if n, err := ends[0].Read(make([]byte, 8)); n != 0 {
		t.Errorf("the door was told something: %d bytes, %v", n, err)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
