package denial

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestMain is the test, or a process that is denied calls: SECCOMPD_TEST_DENIED is the return value of its filter for
// sync(2) in hexadecimal, and how often it calls it.
func TestMain(m *testing.M) {
	if os.Getenv("SECCOMPD_TEST_LISTEN") != "" {
		w := NewWatcher(Settings{})
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			for end := time.Now().Add(inTime); time.Now().Before(end) && w.Stats().Error == ""; time.Sleep(10 * time.Millisecond) {
			}
			cancel()
		}()
		w.Run(ctx)
		_ = json.NewEncoder(os.Stdout).Encode(w.Stats())
		if _, err := ReadKernel(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return
	}
	if spec := os.Getenv("SECCOMPD_TEST_DENIED"); spec != "" {
		if err := denied(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// init keeps the first goroutine on the first thread, which is the one to end.
func init() {
	if os.Getenv("SECCOMPD_TEST_ENDS_FIRST") != "" {
		runtime.LockOSThread()
	}
}

func denied(spec string) error {
	var ret uint32
	var n int
	if _, err := fmt.Sscanf(spec, "%x %d", &ret, &n); err != nil {
		return err
	}
	runtime.LockOSThread()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SYNC, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: ret},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x7fff0000},
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	const setModeFilter, flagTSYNC, flagLog = 1, 1, 2
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, flagTSYNC|flagLog, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		return errno
	}
	if os.Getenv("SECCOMPD_TEST_ENDS_FIRST") != "" {
		go func() {
			fmt.Println("ready")
			_, _ = os.Stdin.Read(make([]byte, 1))
			for range n {
				unix.Sync()
			}
			os.Exit(0)
		}()
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0) // of this thread alone
	}
	if n < many {
		for range n {
			unix.Sync()
		}
		return nil
	}
	// A caller that the kernel has wait for room in its queue of records may miss that there is room again (audit_log_start of
	// Linux 6.18), and waits until somebody else makes a record, or a minute. So another thread makes some.
	var done atomic.Bool
	others := make(chan int)
	go func() {
		made := 0
		for ; !done.Load(); made++ {
			unix.Sync()
			time.Sleep(time.Millisecond)
		}
		others <- made
	}()
	for range n {
		unix.Sync()
	}
	done.Store(true)
	_, err := fmt.Println(n + <-others)
	return err
}

// inTime is how long a test waits for what is sure to come; the machine may be slow and have much else to do.
const inTime = 2 * time.Minute

// many calls are made by two threads, and how many they were is printed.
const many = 100_000

// group makes a control group that looks like a container's and returns its id and its file of processes.
func group(t *testing.T) (id, procs string) {
	t.Helper()
	return groupIn(t, "unified", "systemd")
}

// groupIn is group in the first of some hierarchies that there is, where there are several.
func groupIn(t *testing.T, hierarchies ...string) (id, procs string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("reading audit records needs root: run the tests as root")
	}
	id = fmt.Sprintf("%064x", time.Now().UnixNano())
	root := "/sys/fs/cgroup"
	for _, below := range hierarchies {
		if _, err := os.Stat(filepath.Join(root, below, "cgroup.procs")); err == nil {
			root = filepath.Join(root, below)
			break
		}
	}
	dir := filepath.Join(root, "seccompd-test-"+strconv.Itoa(os.Getpid()), id)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for end := time.Now().Add(inTime); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if err := os.Remove(dir); err == nil || os.IsNotExist(err) {
				break
			}
		}
		_ = os.Remove(filepath.Dir(dir))
	})
	return id, filepath.Join(dir, "cgroup.procs")
}

// inGroup is a command that runs in a control group, as a runtime's init does: it moves and then starts a program.
func inGroup(t *testing.T, procs, spec string, times int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`echo $$ >%s && exec /bin/sh -c 'for i in $(seq %d); do %s; done; exit 0'`, procs, times, self)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
	cmd.Env = append(os.Environ(), "SECCOMPD_TEST_DENIED="+spec)
	return cmd
}

// watch starts a watcher and returns what ends it and returns its lines.
func watch(t *testing.T, s Settings) (w *Watcher, end func() []Denial) {
	t.Helper()
	if s.Path == "" {
		s.Path = filepath.Join(t.TempDir(), "denials.jsonl")
	}
	w = NewWatcher(s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	for end := time.Now().Add(inTime); ; time.Sleep(20 * time.Millisecond) {
		st := w.Stats()
		if st.Reading && st.Processes > 0 {
			break
		}
		if st.Error != "" || st.ProcessError != "" || time.Now().After(end) {
			t.Fatalf("cannot watch: %q, %q", st.Error, st.ProcessError)
		}
	}
	return w, func() []Denial {
		cancel()
		<-done
		return lines(t, s.Path)
	}
}

// attributed counts what was attributed to one container: the machine may have others, of other tests.
type attributed struct {
	mu sync.Mutex
	of map[string]uint64
}

func (a *attributed) observe(c Container, _ Event, n uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil {
		a.of = map[string]uint64{}
	}
	a.of[c.ID] += n
}

// wait waits until so many were attributed to a container, or none was for long.
func (a *attributed) wait(id string, want uint64) {
	last := uint64(0)
	for since := time.Now(); time.Since(since) < inTime; time.Sleep(50 * time.Millisecond) {
		a.mu.Lock()
		n := a.of[id]
		a.mu.Unlock()
		if n >= want {
			return
		}
		if n != last {
			since = time.Now()
		}
		last = n
	}
}

// Each process makes one denied call and is gone: 50 for each action.
func TestProcessesThatHaveExitedAreAttributed(t *testing.T) {
	id, procs := group(t)
	var got attributed
	w, end := watch(t, Settings{Observe: got.observe})
	const each = 50
	for _, ret := range []string{"50001", "7ffc0000", "80000000"} {
		if out, err := inGroup(t, procs, ret+" 1", each).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	got.wait(id, 3*each)
	list := end()
	for _, a := range []specs.LinuxSeccompAction{specs.ActErrno, specs.ActLog, specs.ActKillProcess} {
		n := sum(list, func(d Denial) bool { return d.Container.ID == id && d.Syscall == "sync" && d.Action == a })
		if n != each {
			t.Errorf("%s: %d denials of the container, want %d: %+v", a, n, each, w.Stats())
		}
	}
}

// The first thread of a process has ended when somebody looks for its container, and another one is denied calls. In cgroup1 the
// kernel says of the first one that it is in no control group.
func TestProcessWhoseFirstThreadHasEndedIsAttributed(t *testing.T) {
	id, procs := groupIn(t, "systemd", "memory")
	cmd := inGroup(t, procs, "50001 3", 1)
	cmd.Env = append(cmd.Env, "SECCOMPD_TEST_ENDS_FIRST=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	var got attributed
	w, end := watch(t, Settings{Observe: got.observe})
	time.Sleep(200 * time.Millisecond) // all processes are looked at by now
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	got.wait(id, 3)
	if n := sum(end(), func(d Denial) bool { return d.Container.ID == id && d.Syscall == "sync" }); n != 3 {
		t.Errorf("%d denials of the container, want 3: %+v", n, w.Stats())
	}
}

// Of a process that has ended and was not waited for the kernel does not say in which groups of cgroup1 it was: one in a pid
// namespace of its own is not outside of containers.
func TestLookAtWhatHasEnded(t *testing.T) {
	id, procs := groupIn(t, "systemd", "memory")
	ended := func(flags uintptr) uint32 {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", "read line")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Wait() })
		pid := uint32(cmd.Process.Pid) //nolint:gosec // a pid
		if flags != 0 {
			if err := os.WriteFile(procs, []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
				t.Fatal(err)
			}
			if at, s := look(pid, func(string) bool { return false }); s != inside || at.id != id {
				t.Errorf("alive: %v, %v", at, s)
			}
		}
		_ = in.Close()
		for {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), ") Z ") {
				return pid
			}
			time.Sleep(time.Millisecond)
		}
	}
	if at, s := look(ended(syscall.CLONE_NEWPID), func(string) bool { return false }); s == outside || s == inside && at.id != id {
		t.Errorf("in a pid namespace of its own: %v, %v", at, s)
	}
	if at, s := look(ended(0), func(string) bool { return false }); s != outside {
		t.Errorf("in the machine's: %v, %v", at, s)
	}
}

// A container is found by a process of its own pid namespace, and not by one in a namespace that it made.
func TestFind(t *testing.T) {
	id, procs := group(t)
	start := func(flags uintptr) int {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", "read line; exec sleep 60")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		if err := os.WriteFile(procs, []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = in.Write([]byte("\n"))
		return cmd.Process.Pid
	}
	inner := start(syscall.CLONE_NEWPID)
	if whole, pid, err := Find(id); err != nil || whole != id || int(pid) != inner {
		t.Errorf("alone: %q, %d, %v; want process %d", whole, pid, err, inner)
	}
	own := start(0)
	if whole, pid, err := Find(id[:20]); err != nil || whole != id || int(pid) != own {
		t.Errorf("beside another one: %q, %d, %v; want process %d, not %d", whole, pid, err, own, inner)
	}
	if _, _, err := Find(strings.Repeat("f", 64)); !errors.Is(err, ErrNotRunning) {
		t.Errorf("no container: %v", err)
	}
}

// TestMillionDenials is one loop of denied calls: no count is lost, and the log stays small.
func TestMillionDenials(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	id, procs := group(t)
	path := filepath.Join(t.TempDir(), "denials.jsonl")
	var counted attributed
	w, end := watch(t, Settings{Path: path, Observe: counted.observe})
	const n = 1_000_000
	before := used(t)
	started := time.Now()
	out, err := inGroup(t, procs, fmt.Sprintf("50001 %d", n), 1).Output()
	took := time.Since(started)
	var made uint64
	if _, scan := fmt.Sscan(string(out), &made); err != nil || scan != nil || made < n {
		t.Fatalf("%q: %v, %v", out, err, scan)
	}
	counted.wait(id, made)
	cpu := used(t) - before
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	list := end()
	st := w.Stats()
	if got := sum(list, func(d Denial) bool { return d.Container.ID == id && d.Syscall == "sync" }); got != made {
		t.Errorf("%d denials are on record, want %d: %+v", got, made, st)
	}
	lines := 0
	for _, d := range list {
		if d.Container.ID == id {
			lines++
		}
	}
	if lines > 100 {
		t.Errorf("they take %d lines", lines)
	}
	if st.Overruns > 0 || st.KernelLost > 0 {
		t.Errorf("records were lost: %+v", st)
	}
	t.Logf("%d denials in %v (%v for the caller each) and %d lines; %v of processor for the watcher, heap %d KiB, from the system %d KiB",
		n, took, took/n, lines, cpu, mem.HeapAlloc>>10, mem.Sys>>10)
}

// used is the processor time of this process.
func used(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestReadKernel(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("asking for the state of audit needs root: run the tests as root")
	}
	k, err := ReadKernel()
	if err != nil {
		t.Fatal(err)
	}
	if k.Failure == FailureUnknown {
		t.Errorf("the failure mode is not known: %+v", k)
	}
	t.Logf("%+v", k)
}

// The kernel is not asked in a flood, which would hold up whoever asks.
func TestCalm(t *testing.T) {
	w := NewWatcher(Settings{})
	if !w.calm() {
		t.Error("without any record it is not calm")
	}
	looked, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-looked:
				return
			default:
				w.gather.add(Event{PID: 1})
			}
		}
	}()
	if w.calm() {
		t.Error("while hundreds of records come in a second it is calm")
	}
	close(looked)
	<-done
	if !w.calm() {
		t.Error("afterwards it is not calm")
	}
}

// A process outside of containers is counted as that, and not written.
func TestOutsideOfContainers(t *testing.T) {
	group(t)
	w, end := watch(t, Settings{})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "SECCOMPD_TEST_DENIED=50001 7")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for end := time.Now().Add(inTime); w.Stats().Outside < 7 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	list := end()
	if n := sum(list, func(d Denial) bool { return strings.Contains(d.Exe, filepath.Base(self)) }); n != 0 {
		t.Errorf("%d denials of no container were written", n)
	}
	if st := w.Stats(); st.Outside < 7 {
		t.Errorf("%d counted outside, want 7: %+v", st.Outside, st)
	}
}

// Where nothing can be read, somebody is told so, and why.
func TestWhereThereIsNoAudit(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		flags uintptr
		want  string
	}{
		"pid":  {syscall.CLONE_NEWPID, "this is not the machine's own pid namespace"},
		"user": {syscall.CLONE_NEWUSER, "operation not permitted"},
	} {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), "SECCOMPD_TEST_LISTEN=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: tt.flags}
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, said.String())
		}
		var s Stats
		if err := json.Unmarshal(out, &s); err != nil {
			t.Fatalf("%s: %s: %v", name, out, err)
		}
		if s.Reading || !strings.Contains(s.Error, tt.want) {
			t.Errorf("%s: %s, want an error with %q", name, out, tt.want)
		}
		if !strings.HasPrefix(said.String(), "ask for the state of audit: ") {
			t.Errorf("%s: the state of audit is told: %q", name, said.String())
		}
	}
}
