package bpf

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// role names what a child of the tests is to be.
const role = "SECCOMPD_BPF_ROLE"

var roles = map[string]func(){"filtered": filtered, "echo": echo, "vfork": vfork, "fetcher": fetcher}

func TestMain(m *testing.M) {
	if f := roles[os.Getenv(role)]; f != nil {
		f()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// errnoFor answers one number with an errno, and allows all others.
func errnoFor(nr, errno uint32) Program {
	return Program{{Code: ld | abs}, {Code: jmp | jeq, K: nr, Jf: 1}, {Code: ret, K: 0x00050000 | errno}, {Code: ret, K: 0x7fff0000}}
}

// loadForAll gives the process two filters.
func loadForAll() {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	for _, p := range []Program{errnoFor(1000, 1), errnoFor(1001, 2)} {
		if err := Load(p, unix.SECCOMP_FILTER_FLAG_TSYNC); err != nil {
			panic(err)
		}
	}
}

// filtered says the id of a thread of its own, and waits for the end of its standard input.
func filtered() {
	loadForAll()
	tid := make(chan int)
	go func() {
		runtime.LockOSThread()
		tid <- unix.Gettid()
		select {}
	}()
	fmt.Println(<-tid)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// echo writes a line for each SIGUSR1.
func echo() {
	loadForAll()
	got := make(chan os.Signal, 1)
	signal.Notify(got, unix.SIGUSR1)
	fmt.Println(0)
	for range got {
		fmt.Println("signal")
	}
}

// vfork sleeps where ptrace(2) cannot stop it.
func vfork() {
	loadForAll()
	fmt.Println(0)
	pid, _, _ := unix.RawSyscall6(unix.SYS_CLONE, unix.CLONE_VFORK|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if pid == 0 {
		_, _, _ = unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0)
		for {
			_, _, _ = unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
		}
	}
}

// fetcher reads another process's filters until it is killed.
func fetcher() {
	pid, _ := strconv.Atoi(os.Getenv("PID"))
	for {
		_, _ = Fetch(pid, time.Second)
	}
}

// begin starts a child in a role, and returns it with the number that it says first and all that it says.
func begin(t testing.TB, as string, env ...string) (*exec.Cmd, int, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(env, role+"="+as)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	out := bufio.NewReader(pipe)
	if as == "fetcher" {
		return cmd, 0, out
	}
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return cmd, n, out
}

// condition is the letter of a process's state, and its tracer.
func condition(t *testing.T, pid int) (letter string, tracer int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "State:\t")
	s, err := readStatus(pid)
	if err != nil {
		t.Fatal(err)
	}
	return rest[:1], s.tracer
}

func TestFetch(t *testing.T) {
	if list, err := Fetch(os.Getppid(), time.Second); err != nil || len(list) != 0 {
		t.Errorf("a process without filters: %v %v", list, err)
	}
	cmd, tid, _ := begin(t, "filtered")
	for _, id := range []int{cmd.Process.Pid, tid, cmd.Process.Pid} {
		list, err := Fetch(id, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || list[0].String() != errnoFor(1000, 1).String() || list[1].String() != errnoFor(1001, 2).String() {
			t.Errorf("thread %d: %v", id, list)
		}
		if letter, tracer := condition(t, id); tracer != 0 || strings.Contains("tT", letter) {
			t.Errorf("thread %d is left in state %s with tracer %d", id, letter, tracer)
		}
	}
}

func TestFetchCannotTell(t *testing.T) {
	cmd, _, _ := begin(t, "filtered")
	gone := exec.Command("/proc/self/exe", "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := Fetch(gone.Process.Pid, time.Second); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a process that is gone: %v", err)
	}
	onDyingThread(func() {
		if err := ptrace(unix.PTRACE_SEIZE, cmd.Process.Pid, 0); err != nil {
			t.Error(err)
		}
		want := fmt.Sprintf("thread %d traces it already", unix.Gettid())
		if _, err := Fetch(cmd.Process.Pid, time.Second); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a process that is traced: %v", err)
		}
	})
}

// TestFetchWaitsForAnotherReader has somebody else trace the thread for a while.
func TestFetchWaitsForAnotherReader(t *testing.T) {
	cmd, _, _ := begin(t, "filtered")
	traced, letGo := make(chan struct{}), make(chan struct{})
	go onDyingThread(func() {
		if err := ptrace(unix.PTRACE_SEIZE, cmd.Process.Pid, 0); err != nil {
			t.Error(err)
		}
		close(traced)
		<-letGo
	})
	<-traced
	if _, err := Fetch(cmd.Process.Pid, 10*time.Millisecond); err == nil || !strings.Contains(err.Error(), "traces it already") {
		t.Errorf("control: %v", err)
	}
	time.AfterFunc(50*time.Millisecond, func() { close(letGo) })
	if list, err := Fetch(cmd.Process.Pid, 20*time.Second); err != nil || len(list) != 2 {
		t.Errorf("%v %v", list, err)
	}
}

func TestFetchLeavesStoppedWhatIsStopped(t *testing.T) {
	cmd, _, _ := begin(t, "filtered")
	if err := cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if list, err := Fetch(cmd.Process.Pid, 10*time.Second); err != nil || len(list) != 2 {
			t.Fatalf("%v %v", list, err)
		}
	}
	within(t, "it is not stopped any more", func() bool {
		letter, tracer := condition(t, cmd.Process.Pid)
		return letter == "T" && tracer == 0
	})
}

func TestFetchIsBounded(t *testing.T) {
	cmd, _, _ := begin(t, "vfork")
	pid := cmd.Process.Pid
	tid := 0
	// Any thread can sleep so for a moment, as for a page.
	within(t, "no thread waits for its vfork", func() bool {
		tid = sleeper(pid)
		for range 20 {
			time.Sleep(time.Millisecond)
			if tid == 0 || sleeper(pid) != tid {
				return false
			}
		}
		return true
	})
	if _, err := Fetch(tid, 20*time.Millisecond); err == nil || !strings.Contains(err.Error(), "did not stop within 20ms") {
		t.Errorf("a process in a sleep that nothing interrupts: %v", err)
	}
	within(t, "it is still traced", func() bool { _, tracer := condition(t, tid); return tracer == 0 })
}

// sleeper returns a thread of a process that sleeps without being interruptible, or 0.
func sleeper(pid int) int {
	list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, e := range list {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", pid, e.Name()))
		if strings.Contains(string(text), "State:\tD") {
			tid, _ := strconv.Atoi(e.Name())
			return tid
		}
	}
	return 0
}

func within(t *testing.T, otherwise string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(otherwise)
		}
	}
}

// TestFetchLosesNoSignal stops a thread where a signal is about to be delivered to it. The thread gets it when it is let go,
// and also when the reader dies before that.
func TestFetchLosesNoSignal(t *testing.T) {
	cmd, _, out := begin(t, "echo")
	pid := cmd.Process.Pid
	for _, letGo := range []bool{true, false} {
		onDyingThread(func() {
			if err := errors.Join(ptrace(unix.PTRACE_SEIZE, pid, 0), unix.Tgkill(pid, pid, unix.SIGUSR1)); err != nil {
				t.Error(err)
			}
			sig, err := stopped(pid, 10*time.Second)
			if err != nil || sig != int32(unix.SIGUSR1) {
				t.Errorf("stopped by %d: %v", sig, err)
			}
			if letGo {
				if err := ptrace(unix.PTRACE_DETACH, pid, uintptr(sig)); err != nil {
					t.Error(err)
				}
			}
		})
		if line, err := out.ReadString('\n'); err != nil || line != "signal\n" {
			t.Fatalf("%q %v", line, err)
		}
	}
}

func TestFetchIsKilledAndTheOtherGoesOn(t *testing.T) {
	cmd, _, out := begin(t, "echo")
	for i := range 20 {
		reader, _, _ := begin(t, "fetcher", fmt.Sprintf("PID=%d", cmd.Process.Pid))
		within(t, "the reader does not begin", func() bool { _, tracer := condition(t, cmd.Process.Pid); return tracer != 0 })
		time.Sleep(time.Duration(i*37%1000) * time.Microsecond)
		_ = reader.Process.Kill()
		_ = reader.Wait()
		if err := cmd.Process.Signal(unix.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		if line, err := out.ReadString('\n'); err != nil || line != "signal\n" {
			t.Fatalf("%q %v", line, err)
		}
		if letter, tracer := condition(t, cmd.Process.Pid); tracer != 0 || letter == "t" {
			t.Fatalf("it is left in state %s with tracer %d", letter, tracer)
		}
	}
}

func BenchmarkFetch(b *testing.B) {
	cmd, _, _ := begin(b, "filtered")
	for b.Loop() {
		if list, err := Fetch(cmd.Process.Pid, time.Second); err != nil || len(list) != 2 {
			b.Fatal(list, err)
		}
	}
}
