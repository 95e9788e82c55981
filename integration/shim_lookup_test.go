package integration_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// lookupPolicy asks for what no bundle tells.
const lookupPolicy = `mode: enforce
rules:
- {name: front, match: {engines: [containerd], labels: ["tier=front"]}, action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}
- {name: other-image, match: {engines: [containerd], images: ["docker.io/*"]}, action: refuse, message: "not from there"}
- {name: box, match: {engines: [containerd], images: ["seccompd.test/busybox:*"]}, action: replace, profile: {base: RuntimeDefault, deny: [chmod]}}
- {name: of-the-pod, match: {podLabels: ["app=raw"], labels: ["part=one"], images: ["seccompd.test/busybox:*"]}, action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}
- {name: pause, match: {containerKinds: [sandbox], podLabels: ["app in (raw, web)"]}, action: replace, profile: {type: RuntimeDefault}}
default: {action: fill, profile: {type: RuntimeDefault}}
`

// asking is a door that asks containerd, with a policy in force that relies on it.
func asking(t *testing.T, policy string) *shim {
	t.Helper()
	s := newShim(t, "")
	s.configure(t, map[string]any{"containerdLookup": "10s"})
	s.apply(t, policy)
	return s
}

// noted reports whether a decision has a note with a text.
func (d decision) noted(text string) bool { return strings.Contains(strings.Join(d.Notes, "\n"), text) }

// TestShimAsksContainerd has rules on images and labels decide on containers of
// ctr, which are in containerd's record and in no bundle. Without the look-up
// they are unknown, and so the containers are refused.
func TestShimAsksContainerd(t *testing.T) {
	t.Parallel()
	s := asking(t, lookupPolicy)
	s.configure(t, nil)
	n := shimNode(t, s, node.Options{})
	probe := []string{"/probe", "mkdir", "chmod"}
	out, err := run(t.Context(), t, n, []string{"--rm", "--label", "tier=front"}, "control", probe...)
	if err == nil || !strings.Contains(out, "seccompd refused the container") || !strings.Contains(out, "labels") {
		t.Fatalf("control: decided without the look-up: %v\n%s", err, out)
	}
	s.configure(t, map[string]any{"containerdLookup": "10s"})
	for name, c := range map[string]struct {
		labels     []string
		rule, want string
	}{
		"labelled": {[]string{"--label", "tier=front"}, "front", "mkdir = -1 EPERM"},
		"another":  {[]string{"--label", "tier=back"}, "box", "chmod = -1 EPERM"},
		"none":     {nil, "box", "chmod = -1 EPERM"},
	} {
		out, err := run(t.Context(), t, n, append([]string{"--rm"}, c.labels...), name, probe...)
		if err != nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if d := s.of(t, named(n, name)); d.Rule != c.rule || !d.noted("containerd's record was asked") {
			t.Errorf("%s: on record: %+v", name, d)
		}
	}
	// An answer that comes too late is none.
	s.configure(t, map[string]any{"containerdLookup": "1ms"})
	out, err = run(t.Context(), t, n, []string{"--rm", "--label", "tier=front"}, "late", probe...)
	if err == nil || !strings.Contains(out, "seccompd refused the container") {
		t.Errorf("late: %v\n%s", err, out)
	}
	// Where the policy says so, what cannot be decided gets the runtime default.
	s.apply(t, "onError: RuntimeDefault\n"+lookupPolicy)
	out, err = run(t.Context(), t, n, []string{"--rm", "--label", "tier=front"}, "lenient", append(probe, "unshare")...)
	if err != nil || !strings.Contains(out, "mkdir = -14 EFAULT") || !strings.Contains(out, "unshare = -1 EPERM") {
		t.Errorf("lenient: %v\n%s", err, out)
	}
	if d := s.of(t, named(n, "lenient")); !d.noted("it did not answer within 1ms") {
		t.Errorf("lenient, on record: %+v", d)
	}
}

// TestShimAsksWhoAnswers asks at sockets that are not containerd's.
func TestShimAsksWhoAnswers(t *testing.T) {
	t.Parallel()
	s := asking(t, lookupPolicy)
	n := shimNode(t, s, node.Options{})
	// A container that containerd has a record of, and whose bundle is ours.
	create := func(id string) {
		if out, err := ctr(t.Context(), n, "container", "create", "--snapshotter", snapshotter(t, n), "--label", "tier=front", node.BusyboxImage, id); err != nil {
			t.Fatal(out, err)
		}
	}
	silent := t.TempDir() + "/s"
	listener, err := net.Listen("unix", silent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for name, c := range map[string]struct{ address, note string }{
		"containerd's":                  {n.ContainerdSocket(), ""},
		"one of root's that hands on":   {handsOn(t, n.ContainerdSocket(), 0), ""},
		"one of a user's that hands on": {handsOn(t, n.ContainerdSocket(), 1234), "user 1234 listens there"},
		"none":                          {t.TempDir() + "/none", "no such file"},
		"no address":                    {"", "does not say where it listens"},
		"not a path":                    {"127.0.0.1:80", "is not the path of a socket"},
		"one that says nothing":         {silent, "it did not answer within 2s"},
	} {
		limit := "10s"
		if name == "one that says nothing" {
			limit = "2s"
		}
		s.configure(t, map[string]any{"containerdLookup": limit})
		b := newBundle(t, s)
		b.env = append(b.env, "GRPC_ADDRESS="+c.address)
		create(b.id)
		out, err := b.run()
		if d := s.of(t, b.id); c.note == "" {
			b.created(out, err)
			if d.Rule != "front" {
				t.Errorf("%s: on record: %+v", name, d)
			}
		} else {
			b.refused(out, err, "labels")
			s.apply(t, "onError: RuntimeDefault\n"+lookupPolicy)
			if out, err := b.run(); err != nil || !strings.Contains(out, "mkdir = -14 EFAULT") {
				t.Errorf("%s: %v %s", name, err, out)
			}
			if d := s.of(t, b.id); !d.noted(c.note) {
				t.Errorf("%s: on record: %+v", name, d)
			}
			s.apply(t, lookupPolicy)
		}
	}
	b := newBundle(t, s)
	b.env = append(b.env, "GRPC_ADDRESS="+n.ContainerdSocket())
	out, err := b.run()
	b.refused(out, err, "labels") // containerd has no record of it
}

// handsOn listens as a user, and hands everything on to another socket.
func handsOn(t *testing.T, to string, uid int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "seccompd-socket-")
	if err == nil {
		err = os.Chmod(dir, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	var listener net.Listener
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // ends with its goroutine, and with whose it is
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
			err = errno
			return
		}
		listener, err = net.Listen("unix", dir+"/s")
	}()
	<-done
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				other, err := net.Dial("unix", to)
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(other, conn); _ = other.Close() }()
				_, _ = io.Copy(conn, other)
			}()
		}
	}()
	return dir + "/s"
}

// TestShimAsksAboutPods has NRI switched off, and rules on labels of pods and of
// containers decide all the same.
func TestShimAsksAboutPods(t *testing.T) {
	t.Parallel()
	s := asking(t, lookupPolicy)
	s.configure(t, nil)
	n := newNode(t, withDoor(s, node.Options{NoNRI: true}))
	spec := node.PodSpec{Labels: map[string]string{"app": "raw"}}
	if pod, err := n.RunPod(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "seccompd refused the container") {
		t.Fatalf("control: decided without the look-up: %v %v", pod, err)
	}
	s.configure(t, map[string]any{"containerdLookup": "10s"})
	pod := runPod(t, n, spec)
	if d := s.of(t, pod.ID); d.Rule != "pause" || d.Result != "installed" {
		t.Errorf("the pause container: %+v", d)
	}
	for name, c := range map[string]struct {
		labels map[string]string
		rule   string
		want   map[string]string
	}{
		"part-one": {map[string]string{"part": "one"}, "of-the-pod", map[string]string{"mkdir": "EPERM"}},
		"part-two": {map[string]string{"part": "two"}, "", map[string]string{"mkdir": "EFAULT"}},
		"no-part":  {nil, "", map[string]string{"mkdir": "EFAULT"}},
	} {
		answers, err := pod.Probe(t.Context(), node.ContainerSpec{Name: name, Labels: c.labels, Seccomp: node.RuntimeDefault}, "mkdir")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkAnswers(t, name, answers, c.want)
	}
	answers, err := runPod(t, n, node.PodSpec{Labels: map[string]string{"app": "web"}}).Probe(t.Context(), node.ContainerSpec{Labels: map[string]string{"part": "one"}, Seccomp: node.RuntimeDefault}, "mkdir")
	if err != nil || answers["mkdir"].String() != "EFAULT" {
		t.Errorf("another pod: %v %v", answers, err)
	}
}

// TestShimStrictIdentity believes names of pods once containerd's own record
// confirms them, and annotations that it does not confirm never.
func TestShimStrictIdentity(t *testing.T) {
	t.Parallel()
	const policy = "mode: enforce\nrules:\n- {name: free, match: {namespaces: [free], pods: [\"p-*\"]}, action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}\n"
	s := newShim(t, "strictIdentity: true\n"+policy)
	n := shimNode(t, s, withDoor(s, node.Options{NoNRI: true}))
	if pod, err := n.RunPod(t.Context(), node.PodSpec{Namespace: "free", Name: "p-0"}); err == nil || !strings.Contains(err.Error(), "seccompd refused the container") {
		t.Fatalf("control: names that nobody confirms: %v %v", pod, err)
	}
	s.configure(t, map[string]any{"containerdLookup": "10s"})
	pod := runPod(t, n, node.PodSpec{Namespace: "free", Name: "p-1"})
	answers, err := pod.Probe(t.Context(), node.ContainerSpec{Seccomp: node.RuntimeDefault}, "mkdir")
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "confirmed", answers, map[string]string{"mkdir": "EPERM"})
	if d := s.of(t, pod.ID); d.Rule != "free" {
		t.Errorf("the pause container: %+v", d)
	}

	// A client of containerd that claims to be a pod's.
	s.apply(t, policy)
	forge := func(id string) (string, error) {
		out, err := n.Ctr(t.Context(), "run", "--rm", "--snapshotter", snapshotter(t, n), "--cgroup", "/"+filepath.Base(n.Dir())+"/"+id, "--runc-binary", s.bin+"/runc",
			"--annotation", "io.kubernetes.cri.container-type=container", "--annotation", "io.kubernetes.cri.sandbox-id=x",
			"--annotation", "io.kubernetes.cri.sandbox-namespace=free", "--annotation", "io.kubernetes.cri.sandbox-name=p-9",
			node.BusyboxImage, named(n, id), "/probe", "mkdir")
		return string(out), err
	}
	out, err := forge("forged")
	if d := s.of(t, named(n, "forged")); err == nil || d.Result != "refused" {
		t.Errorf("forged: %v %s %+v", err, out, d)
	}
	s.configure(t, nil)
	out, err = forge("believed")
	if d := s.of(t, named(n, "believed")); err != nil || d.Rule != "free" {
		t.Errorf("control: without the look-up it is believed: %v %s %+v", err, out, d)
	}
}

// TestContainerdsRecords asks the containerd of the distribution, a 1.6, too.
func TestContainerdsRecords(t *testing.T) {
	for version, own := range map[string]bool{"2": true, "1.6": false} {
		t.Run(version, func(t *testing.T) {
			c := newContainerd(t, own, "")
			c.start()
			defer c.stop()
			must(t, c.Host, "ctr", "containers", "create", "--label", "tier=front", "--rootfs", "/var/tmp/root", "asked", "/probe")
			defer must(t, c.Host, "ctr", "containers", "delete", "asked")
			ask := []string{real(t, "seccompctl"), "containerd-record", "--address", "/run/containerd/containerd.sock", "--namespace", "default", "--"}
			if out := strings.TrimSpace(must(t, c.Host, append(ask, "asked")...)); out != `{"id":"asked","labels":{"tier":"front"}}` {
				t.Errorf("its record: %s", out)
			}
			if out, err := c.Run(t.Context(), append(ask, "another")...); err == nil || !strings.Contains(err.Error(), "containerd has no record of it") {
				t.Errorf("the record of none: %v %s", err, out)
			}
		})
	}
}
