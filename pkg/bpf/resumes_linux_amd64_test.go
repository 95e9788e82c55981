package bpf

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// waitingIn starts a thread that waits in a call, and returns it when it does.
func waitingIn(t *testing.T, name string) (cmd *exec.Cmd, tid int, call Call, said func() string) {
	t.Helper()
	cmd, tid, out := begin(t, "waiter", "CALL="+name, "DIR="+t.TempDir(), "GODEBUG=asyncpreemptoff=1", "PATH="+os.Getenv("PATH"))
	lines := make(chan string, 1)
	go func() {
		for {
			line, err := out.ReadString('\n')
			if err != nil {
				return
			}
			lines <- strings.TrimSpace(line)
		}
	}()
	within(t, "it does not wait", func() bool {
		var ok bool
		call, ok = Waiting(tid)
		return ok && settled(tid)
	})
	table, _ := syscalls.Table(specs.ArchX86_64)
	if want, _ := table.Number(strings.Fields(name)[0]); call.Number != want {
		t.Fatalf("it waits in %+v, want call %d", call, want)
	}
	return cmd, tid, call, func() string {
		t.Helper()
		select {
		case line := <-lines:
			return line
		case <-time.After(20 * time.Second):
			t.Fatal("it said nothing")
			return ""
		}
	}
}

// settled reports whether a thread has been in the same call for some time.
func settled(tid int) bool {
	before, ok := Waiting(tid)
	for range 20 {
		time.Sleep(time.Millisecond)
		if now, same := Waiting(tid); !ok || !same || now != before {
			return false
		}
	}
	return true
}

// TestResumes stops threads in each call of the list, many times. None sees anything, although the filter denies
// restart_syscall, and each gets afterwards what it waited for.
func TestResumes(t *testing.T) {
	want := map[string]string{
		"pause": "returned -1 4", "rt_sigsuspend": "returned -1 4", // that is how they end, by the signal
		"wait4": "", "waitid": "returned 0 0",
		"futex": "returned 0 0", "futex private": "returned 0 0", "futex bitset": "returned 0 0",
		"select": "returned 1 0", "pselect6": "returned 1 0", "ppoll": "returned 1 0",
		"read": "returned 1 0", "readv": "returned 1 0", "open": "", "openat": "",
	}
	for name := range resuming {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is in the list and not in this test", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd, tid, call, said := waitingIn(t, name)
			starting := strings.HasPrefix(name, "open")
			if !call.Resumes(Waiter{TID: tid, Alone: true, Starting: starting}) {
				t.Fatalf("%+v is not in the list", call)
			}
			if starting && call.Resumes(Waiter{TID: tid, Alone: true}) {
				t.Error("opening a file is in the list for every program")
			}
			if slices.Contains([]string{"select", "pselect6", "ppoll", "read", "readv"}, name) && call.Resumes(Waiter{TID: tid}) {
				t.Error("another thread could change what the file descriptor stands for, and it is in the list")
			}
			for range 50 {
				fetchQuietly(t, tid, call)
			}
			if err := cmd.Process.Signal(unix.SIGUSR2); err != nil {
				t.Fatal(err)
			}
			line := said()
			if want[name] == "" { // a number that is not known here
				var r, errno int
				if _, err := fmt.Sscanf(line, "returned %d %d", &r, &errno); err != nil || r <= 0 || errno != 0 {
					t.Errorf("%q", line)
				}
			} else if line != want[name] {
				t.Errorf("%q, want %q", line, want[name])
			}
		})
	}
}

// fetchQuietly reads the filter of a thread that waits in a call, and finds it waiting in the same call again.
func fetchQuietly(t *testing.T, tid int, call Call) {
	t.Helper()
	var list []Program
	var stayed bool
	// Just after a stop a thread may look as if it waited, and then run for a moment before it does: then it is not stopped.
	within(t, "it does not wait in its call", func() bool {
		var err error
		if list, stayed, err = FetchWaiting(tid, call, 10*time.Second); err != nil && !errors.Is(err, ErrMoved) {
			t.Fatal(err)
		}
		return err == nil
	})
	if !stayed || len(list) != 1 || list[0].String() != errnoFor(unix.SYS_RESTART_SYSCALL, uint32(unix.EDOM)).String() {
		t.Fatalf("stayed in its call: %v; filters: %v", stayed, list)
	}
	within(t, "it does not wait in its call again", func() bool { now, ok := Waiting(tid); return ok && now == call })
}

// TestNotOnTheList is the control: these calls are not on the list, and a stop is seen in each.
func TestNotOnTheList(t *testing.T) {
	for name, errno := range map[string]unix.Errno{
		"epoll_wait": unix.EINTR, "semtimedop": unix.EINTR, "rt_sigtimedwait": unix.EINTR,
		"nanosleep": unix.EDOM, "poll": unix.EDOM, "futex timed": unix.EDOM, // the filter's answer to restart_syscall
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, tid, call, said := waitingIn(t, name)
			if call.Resumes(Waiter{TID: tid, Alone: true, Starting: true}) {
				t.Fatalf("%+v is in the list", call)
			}
			stop(t, tid)
			if got, want := said(), fmt.Sprintf("returned -1 %d", errno); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			if name == "semtimedop" {
				// The semaphore outlives its processes.
				if _, _, errno := unix.Syscall(unix.SYS_SEMCTL, uintptr(call.Args[0]), 0, unix.IPC_RMID); errno != 0 {
					t.Error(errno)
				}
			}
		})
	}
}

// stop stops a thread and lets it go on, as a debugger would.
func stop(t *testing.T, tid int) {
	t.Helper()
	onDyingThread(func() {
		if err := errors.Join(ptrace(unix.PTRACE_SEIZE, tid, 0), ptrace(unix.PTRACE_INTERRUPT, tid, 0)); err != nil {
			t.Error(err)
		}
		if _, err := stopped(tid, 10*time.Second); err != nil {
			t.Error(err)
		}
		if err := ptrace(unix.PTRACE_DETACH, tid, 0); err != nil {
			t.Error(err)
		}
	})
}

// TestFetchSpares reads the filters of threads whose filters deny the call that they would go on with. It returns EINTR, and not what
// the filter says; TestNotOnTheList and the next test have what it says to others.
func TestFetchSpares(t *testing.T) {
	for _, name := range []string{"nanosleep", "poll", "futex timed"} {
		_, tid, call, said := waitingIn(t, name)
		list, stayed, err := FetchWaiting(tid, call, 10*time.Second)
		if err != nil || stayed || len(list) != 1 {
			t.Errorf("%s: %v %v %v", name, list, stayed, err)
		}
		if got, want := said(), fmt.Sprintf("returned -1 %d", unix.EINTR); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestFetchKillsNobody stops a thread in a call for which a filter kills that another thread has loaded for all since. The
// control is a stop by somebody who does not look.
func TestFetchKillsNobody(t *testing.T) {
	for _, spared := range []bool{true, false} {
		cmd, tid, call, said := waitingIn(t, "pause denied")
		if err := cmd.Process.Signal(unix.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		if line := said(); line != "loaded" {
			t.Fatal(line)
		}
		if now, ok := Waiting(tid); !ok || now != call {
			t.Fatalf("it does not wait any more: %+v", now)
		}
		if spared {
			list, stayed, err := FetchWaiting(tid, call, 10*time.Second)
			if err != nil || stayed || len(list) != 2 {
				t.Errorf("%v, %v, %v", list, stayed, err)
			}
			if line := said(); line != "returned -1 4" {
				t.Errorf("%q", line)
			}
			continue
		}
		stop(t, tid)
		state, err := cmd.Process.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if status, ok := state.Sys().(syscall.WaitStatus); !ok || status.Signal() != unix.SIGSYS {
			t.Errorf("control: it is not killed: %s", state)
		}
	}
}

// TestFetchWaitingLeavesAlone looks at threads that do not wait where they should.
func TestFetchWaitingLeavesAlone(t *testing.T) {
	_, tid, call, _ := waitingIn(t, "epoll_wait")
	other := call
	other.Args[0]++
	for range 50 {
		if _, _, err := FetchWaiting(tid, other, 10*time.Second); !errors.Is(err, ErrMoved) {
			t.Fatalf("a thread in another call: %v", err)
		}
		within(t, "it is still traced", func() bool { _, tracer := condition(t, tid); return tracer == 0 })
	}
	if now, ok := Waiting(tid); !ok || now != call {
		t.Errorf("it was disturbed: %+v", now)
	}
	if _, _, err := FetchWaiting(os.Getppid(), call, time.Second); err == nil || !strings.Contains(err.Error(), "it has no filter") {
		t.Errorf("a process without a filter: %v", err)
	}
}

// TestWaitingKnowsOnlyWhatItCanTell reads what /proc/PID/syscall may say.
func TestWaitingKnowsOnlyWhatItCanTell(t *testing.T) {
	const arguments = "0x7ffe1000 0x80 0x2 0x0 0x0 0xffffffff"
	for text, ok := range map[string]bool{
		"202 " + arguments + " 0x7ffd44d2fc90 0x7f0000001234\n": true,
		"202 " + arguments + " 0xffd44d20 0x80001234\n":         false, // 32 bits: not futex
		"-1 0x7ffd44d2fc90 0x7f0000001234\n":                    false,
		"running\n":                                             false,
		"":                                                      false,
		"202 " + arguments + " 0x7ffd44d2fc90\n":                false,
	} {
		call, got := parseCall(text)
		if got != ok || ok && (call.Number != 202 || call.Args[0] != 0x7ffe1000 || call.PC != 0x7f0000001234) {
			t.Errorf("%q: %v %+v", text, got, call)
		}
	}
}
