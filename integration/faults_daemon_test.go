package integration_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// TestDaemonNotRunning is the node whose seccompd was never started, and the
// one whose seccompd was stopped.
func TestDaemonNotRunning(t *testing.T) {
	n := newNode(t, allMeasures())
	src := newSource(t, n, policyText("enforce", replaceAll))
	pod := runPod(t, n, node.PodSpec{})
	want(t, "never started", pod, node.ContainerSpec{}, refused, `required plugin "seccompd" not present`)
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, "started", pod, node.ContainerSpec{}, filtered, "")
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, "the first after it was stopped", pod, node.ContainerSpec{}, refused, "")
	want(t, "the second after it was stopped", pod, node.ContainerSpec{}, refused, `required plugin "seccompd" not present`)

	if err := n.Restart(t.Context(), func(o *node.Options) { o.RequiredPlugins = nil }); err != nil {
		t.Fatal(err)
	}
	want(t, "control: not required", pod, node.ContainerSpec{}, unfiltered, "")
}

// TestDaemonKilledBetweenRequests: containerd learns of it with the next
// container, which its own validator lets through (see TestMeasures for that
// control); ours must not.
func TestDaemonKilledBetweenRequests(t *testing.T) {
	n, d, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	pod := runPod(t, n, node.PodSpec{})
	for range soak(3, 100) {
		want(t, "with the daemon", pod, node.ContainerSpec{}, filtered, "")
		d.Kill()
		want(t, "the first after it was killed", pod, node.ContainerSpec{}, refused, "")
		want(t, "the second after it was killed", pod, node.ContainerSpec{}, refused, "not present")
		if err := d.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	bare := newNode(t, node.Options{})
	p := startBare(t, bare)
	pod = runPod(t, bare, node.PodSpec{})
	want(t, "control: with the plugin", pod, node.ContainerSpec{}, filtered, "")
	p.Kill()
	want(t, "control: no measure", pod, node.ContainerSpec{}, unfiltered, "")
}

// TestDaemonKilledInRequest kills the daemon while a request to create a
// container waits in its socket, and in both gaps between two plugins: before
// it is asked, and after it has answered but not yet validated.
func TestDaemonKilledInRequest(t *testing.T) {
	n, d, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	pod := runPod(t, n, node.PodSpec{})
	for range soak(3, 100) {
		if err := d.Freeze(); err != nil {
			t.Fatal(err)
		}
		creating := inFlight(t, pod, node.ContainerSpec{})
		waitForRequest(t, d.Pid())
		d.Kill()
		if got := <-creating; got != refused {
			t.Errorf("killed with the request in its socket: a container was %s, want %s", got, refused)
		}
		if err := d.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, "started again", pod, node.ContainerSpec{}, filtered, "")
	}
	for index, when := range map[string]string{"05": "before it is asked", "20": "before it validates"} {
		held := filepath.Join(n.Dir(), "held-"+index)
		p := startOther(t, n, node.PluginOptions{Name: "slow", Index: index, Hold: held})
		creating := inFlight(t, pod, node.ContainerSpec{})
		waitForFile(t, held)
		d.Kill()
		if err := os.Remove(held); err != nil {
			t.Fatal(err)
		}
		if got := <-creating; got != refused {
			t.Errorf("killed %s: a container was %s, want %s", when, got, refused)
		}
		p.Kill()
		if err := d.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, "started again", pod, node.ContainerSpec{}, filtered, "")
	}

	bare := newNode(t, node.Options{})
	held := filepath.Join(bare.Dir(), "held")
	p := startBare(t, bare, func(o *node.PluginOptions) { o.Hold = held })
	creating := inFlight(t, runPod(t, bare, node.PodSpec{}), node.ContainerSpec{})
	waitForFile(t, held)
	p.Kill()
	if got := <-creating; got != unfiltered {
		t.Errorf("control: no measure: a container was %s, want %s", got, unfiltered)
	}
}

// waitForFile waits until a plugin that holds its answer back has been asked.
func waitForFile(t *testing.T, path string) {
	t.Helper()
	waitFor(t, "the plugin is asked", func() bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

// waitForRequest waits until a frozen process has something to read: a request
// that was sent to it and that it has not seen.
func waitForRequest(t *testing.T, pid int) {
	t.Helper()
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(process)
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			number, err := strconv.Atoi(entry.Name())
			if err != nil {
				t.Fatal(err)
			}
			if unread(process, number) > 0 {
				return
			}
		}
	}
	t.Fatal("no request reached the daemon")
}

// unread returns how many bytes wait in a unix stream socket of a process; 0
// for what is none.
func unread(process, number int) int {
	fd, err := unix.PidfdGetfd(process, number, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	if kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
		return 0
	}
	bytes, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return bytes
}

// TestDaemonKilledAnyTime kills the daemon at random moments while containers
// are created: each is refused or has the filter. Its control is that of
// TestDaemonKilledInRequest.
func TestDaemonKilledAnyTime(t *testing.T) {
	n, d, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	pod := runPod(t, n, node.PodSpec{})
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	seen := map[verdict]int{}
	for range soak(12, 500) {
		creating := inFlight(t, pod, node.ContainerSpec{})
		time.Sleep(time.Duration(random.IntN(25_000)) * time.Microsecond)
		d.Kill()
		seen[<-creating]++
		if err := d.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(seen)
	if others := len(seen) - min(seen[refused], 1) - min(seen[filtered], 1); others != 0 {
		t.Errorf("containers were %v, want only %s and %s", seen, refused, filtered)
	}
}

// TestDaemonHangs stops the daemon for longer than containerd waits. When it
// goes on it finds its way back.
func TestDaemonHangs(t *testing.T) {
	n, d, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	pod := runPod(t, n, node.PodSpec{})
	want(t, "before", pod, node.ContainerSpec{}, filtered, "")
	if err := d.Freeze(); err != nil {
		t.Fatal(err)
	}
	want(t, "the first while it hangs", pod, node.ContainerSpec{}, refused, "")
	want(t, "the second while it hangs", pod, node.ContainerSpec{}, refused, "not present")
	if err := d.Thaw(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "after it hung", pod, filtered)

	// It hangs for less than the timeout: nobody notices.
	if err := n.Restart(t.Context(), func(o *node.Options) { o.NRIRequestTimeout = 10 * time.Second }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "containerd restarted", pod, filtered)
	if err := d.Freeze(); err != nil {
		t.Fatal(err)
	}
	creating := inFlight(t, pod, node.ContainerSpec{})
	waitForRequest(t, d.Pid())
	if err := d.Thaw(); err != nil {
		t.Fatal(err)
	}
	if got := <-creating; got != filtered {
		t.Errorf("after a short hang a container was %s, want %s", got, filtered)
	}

	bare := newNode(t, node.Options{})
	startBare(t, bare, func(o *node.PluginOptions) { o.Hold = filepath.Join(bare.Dir(), "held") })
	want(t, "control: no measure", runPod(t, bare, node.PodSpec{}), node.ContainerSpec{}, unfiltered, "")
}

// TestDaemonRestarted restarts the daemon while containers are created.
func TestDaemonRestarted(t *testing.T) {
	n, d, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	creating := keepCreating(t, n, 2, filtered, refused)
	for range soak(5, 200) {
		if err := d.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	seen := creating.stop()
	if seen[filtered] == 0 {
		t.Errorf("containers were %v, want some %s", seen, filtered)
	}
	want(t, "after the last restart", runPod(t, n, node.PodSpec{}), node.ContainerSpec{}, filtered, "")

	// Control: restarting takes time in which a container comes through where
	// nothing requires the daemon.
	if err := n.Restart(t.Context(), func(o *node.Options) { o.RequiredPlugins = nil }); err != nil {
		t.Fatal(err)
	}
	pod := runPod(t, n, node.PodSpec{})
	eventually(t, "containerd restarted", pod, filtered, unfiltered)
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	judge(t, pod, node.ContainerSpec{}) // containerd notices
	want(t, "control: not required", pod, node.ContainerSpec{}, unfiltered, "")
}
