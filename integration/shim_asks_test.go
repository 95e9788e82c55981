package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// doorDaemon is a seccompd beside a runtime door, on a node without NRI.
type doorDaemon struct {
	s   *shim
	cmd *exec.Cmd
}

// daemon starts one, and waits until doors can ask it.
func (s *shim) daemon(t *testing.T) *doorDaemon {
	t.Helper()
	args := []string{
		"--policy", s.dir + "/policy.yaml", "--profiles", s.dir + "/profiles", "--state-dir", s.dir + "/state", "--run-dir", s.dir + "/run",
		"--decisions", s.dir + "/decisions.jsonl", "--denials", "", "--drift-interval", "0", "--nri-socket", s.dir + "/none.sock",
	}
	for _, path := range s.runtimes {
		args = append(args, "--runtime", path)
	}
	// A program of its own, which can be replaced. Whoever writes to a program cannot execute it, nor what was forked meanwhile.
	program := s.dir + "/seccompd"
	if out, err := exec.Command("cp", "-u", s.binary(t, "seccompd"), program).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	// One that was killed leaves its sockets, at which nobody answers.
	for _, left := range []string{"/run/runtime.sock", "/run/metrics.sock"} {
		if err := os.Remove(s.dir + left); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	d := &doorDaemon{s: s, cmd: exec.Command(program, args...)}
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	log, err := os.Create(s.dir + "/daemon.log")
	if err != nil {
		t.Fatal(err)
	}
	d.cmd.Stdout, d.cmd.Stderr = log, log
	// It dies with the thread that started it.
	started := make(chan error)
	end := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		started <- errors.Join(d.cmd.Start(), log.Close())
		<-end
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.kill(); close(end) })
	for limit := time.Now().Add(settle); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(s.dir + "/run/runtime.sock"); err == nil {
			return d
		}
		if time.Now().After(limit) {
			text, _ := os.ReadFile(s.dir + "/daemon.log")
			t.Fatalf("the daemon does not listen for doors:\n%s", text)
		}
	}
}

func (d *doorDaemon) kill() {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

// answers returns how many containers the daemon has decided on in doors' places, and how many it left to them.
func (d *doorDaemon) answers(t *testing.T) (done, left int) {
	t.Helper()
	return answersOf(t, d.s.dir+"/run/metrics.sock")
}

// asked runs something that asks the daemon once, and reports whether the daemon decided. It counts what it has answered when the
// door goes on already.
func (d *doorDaemon) asked(t *testing.T, run func()) (decided bool) {
	t.Helper()
	done, left := d.answers(t)
	run()
	waitFor(t, "the daemon has answered", func() bool {
		nowDone, nowLeft := d.answers(t)
		decided = nowDone > done
		return nowDone+nowLeft > done+left
	})
	return decided
}

// decides runs something until the daemon has decided, and not the door: on a busy machine its answer may come too late.
func (d *doorDaemon) decides(t *testing.T, run func()) {
	t.Helper()
	for end := time.Now().Add(settle); !d.asked(t, run); {
		if time.Now().After(end) {
			t.Fatal("the daemon decides on no container")
		}
	}
}

func answersOf(t *testing.T, socket string) (done, left int) {
	t.Helper()
	for _, m := range metricsAt(t, socket)["seccompd_runtime_questions_total"].GetMetric() {
		if answerOf(m) == "done" {
			done = int(m.GetCounter().GetValue())
		} else {
			left = int(m.GetCounter().GetValue())
		}
	}
	return done, left
}

func metricsAt(t *testing.T, socket string) map[string]*dto.MetricFamily {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://daemon/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func answerOf(m *dto.Metric) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == "answer" {
			return l.GetValue()
		}
	}
	return ""
}

// TestShimAsksTheDaemon has doors that ask the daemon to decide: what it answers is what they would have come to.
func TestShimAsksTheDaemon(t *testing.T) {
	t.Parallel()
	s := newShim(t, attackPolicy)
	d := s.daemon(t)
	var b *bareBundle
	d.decides(t, func() {
		b = newBundle(t, s)
		b.created(b.run())
	})
	waitFor(t, "the decision's record", func() bool {
		return slices.ContainsFunc(s.decisions(t), func(r decision) bool { return r.Workload.ID == b.id })
	})
	if r := s.of(t, b.id); r.Door != "runtime" || r.Result != "installed" || r.Profile != "RuntimeDefault" && r.Rule != "default" {
		t.Errorf("on record: %+v", r)
	}
	// The same container again: the bundle has the filter already.
	d.decides(t, func() { b.created(b.run()) })
	// The daemon counts what it decides at its own door. Of this one it would count some containers, and no refusal.
	if f := metricsAt(t, d.s.dir+"/run/metrics.sock")["seccompd_containers_total"]; len(f.GetMetric()) != 0 {
		t.Errorf("counted by the daemon: %v", f)
	}
	// A large configuration is the door's to read.
	if d.asked(t, func() {
		large := newBundle(t, s)
		large.write(large.config(map[string]string{"NOTES": `"x":"` + strings.Repeat("a", 300<<10) + `",`}))
		large.created(large.run())
	}) {
		t.Error("the daemon has read a large configuration")
	}

	// What has just been applied holds at once, whether the daemon has noticed or not. Were it not asked for what it decides by,
	// some of these would get the policy before.
	for i := range 10 {
		call, other := "mkdir", "chmod"
		if i%2 == 1 {
			call, other = other, call
		}
		s.apply(t, "mode: enforce\ndefault: {action: replace, profile: {base: RuntimeDefault, deny: ["+call+"]}}\n")
		_ = d.asked(t, func() { // who decides makes no difference
			b := newBundle(t, s)
			b.write(strings.Replace(b.config(nil), `"mkdir"`, `"mkdir","chmod"`, 1))
			out, err := b.run()
			if err != nil || !strings.Contains(out, call+" = -1 EPERM") || strings.Contains(out, other+" = -1 EPERM") {
				t.Errorf("after %s was denied: %v\n%s", call, err, out)
			}
		})
	}

	// A refusal is the door's to word, and stands in the record once.
	s.apply(t, "mode: enforce\ndefault: {action: refuse, message: not today}\n")
	digest := s.digest(t)
	waitFor(t, "the daemon has taken it over", func() bool {
		status, err := audit.ReadStatus(s.dir + "/run")
		return err == nil && status.InForce.Digest == digest
	})
	if d.asked(t, func() {
		b = newBundle(t, s)
		out, err := b.run()
		b.refused(out, err, "not today")
	}) {
		t.Error("the daemon has refused a container")
	}
	s.recordedOnce(t, b.id)
	s.apply(t, attackPolicy)
	d.decides(t, func() {
		b := newBundle(t, s)
		b.created(b.run())
	})
}

// digest is that of the policy that was put in force.
func (s *shim) digest(t *testing.T) string {
	t.Helper()
	snap, err := snapshot.Open(s.dir + "/state").Current()
	if err != nil {
		t.Fatal(err)
	}
	return snap.Digest
}

// lastRecord returns the last line of the decision log, without what no two decisions have in common.
func (s *shim) lastRecord(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(s.dir + "/decisions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	var r map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatal(err)
	}
	for _, varying := range []string{"time", "id", "took"} {
		if r[varying] == nil {
			t.Errorf("no %s on record: %v", varying, r)
		}
		delete(r, varying)
	}
	return r
}

func (s *shim) recordedOnce(t *testing.T, id string) {
	t.Helper()
	count := 0
	for _, r := range s.decisions(t) {
		if r.Workload.ID == id {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d records of one container", count)
	}
}

// TestShimWithoutAnAnswer has daemons that do not answer, or are none: the door decides itself, and no container is without
// the policy's filter.
func TestShimWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := newShim(t, attackPolicy)
	d := s.daemon(t)
	decides := func(t *testing.T) {
		t.Helper()
		d.decides(t, func() { b := newBundle(t, s); b.created(b.run()) })
	}
	leaves := func(t *testing.T) {
		t.Helper()
		if d.asked(t, func() { b := newBundle(t, s); b.created(b.run()) }) {
			t.Error("the daemon decided, and was to leave it to the door")
		}
	}
	t.Run("control", func(t *testing.T) {
		s.configure(t, map[string]any{"dockerRoot": s.dir + "/none"})
		defer s.configure(t, nil)
		decides(t)
	})
	same := newBundle(t, s)
	d.decides(t, func() { same.write(same.config(nil)); same.created(same.run()) })
	waitFor(t, "the decision's record", func() bool {
		list := s.decisions(t)
		return list[len(list)-1].Workload.ID == same.id
	})
	byDaemon := s.lastRecord(t)
	for name, changed := range map[string]map[string]any{
		"another state directory": {"stateDir": s.dir + "/other"},
		"another decision log":    {"decisions": s.dir + "/other.jsonl"},
	} {
		t.Run(name, func(t *testing.T) {
			s.configure(t, changed)
			defer s.configure(t, nil)
			if name == "another state directory" { // a policy is in force there too, which is another one
				if out, err := exec.Command("cp", "-a", s.dir+"/state", s.dir+"/other").CombinedOutput(); err != nil {
					t.Fatalf("%v %s", err, out)
				}
			}
			leaves(t)
		})
	}
	t.Run("another mount namespace", func(t *testing.T) {
		// Its state directory holds another policy.
		other := &shim{dir: t.TempDir(), bin: s.bin, runtimes: s.runtimes}
		other.apply(t, "mode: enforce\ndefault: {action: replace, profile: {base: RuntimeDefault, deny: [chmod]}}\n")
		for _, there := range []bool{false, true} {
			decided := d.asked(t, func() {
				b := newBundle(t, s)
				b.write(strings.Replace(b.config(nil), `"mkdir"`, `"mkdir","chmod"`, 1))
				script := `exec "$@"`
				if there {
					script = "mount --bind " + other.dir + "/state " + s.dir + `/state; exec "$@"`
				}
				cmd := exec.Command("unshare", "--mount", "sh", "-ec", script, "sh", b.called, "--root", b.root, "run", "--bundle", b.dir, b.id)
				cmd.Env = b.env
				out, err := cmd.CombinedOutput()
				if err != nil || strings.Contains(string(out), "chmod = -1 EPERM") != there || strings.Contains(string(out), "mkdir = -1 EPERM") == there {
					t.Errorf("with another policy there: %v: %v\n%s", there, err, out)
				}
			})
			// In its own namespace it decides, if it answers in time.
			if there && decided {
				t.Error("with another policy there the daemon decided")
			}
		}
	})
	t.Run("frozen", func(t *testing.T) {
		done, left := d.answers(t)
		if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		b := newBundle(t, s)
		text := b.config(nil)
		b.write(text)
		b.created(b.run())
		// The bundle is used again, and nobody waits for an answer about it any more.
		b.write(text)
		if err := d.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the daemon answers late", func() bool {
			nowDone, nowLeft := d.answers(t)
			return nowDone+nowLeft > done+left
		})
		time.Sleep(100 * time.Millisecond) // it has written what it records
		if got, err := os.ReadFile(b.dir + "/config.json"); err != nil || string(got) != text {
			t.Errorf("the daemon changed the configuration for a door that was gone: %v\n%.300s", err, got)
		}
		if left, _ := filepath.Glob(b.dir + "/.config.json.seccompd-*"); len(left) != 0 {
			t.Error("left behind:", left)
		}
		s.recordedOnce(t, b.id)
	})
	t.Run("replaced", func(t *testing.T) {
		decides(t)
		if err := os.Remove(s.dir + "/seccompd"); err != nil {
			t.Fatal(err)
		}
		copyFile(t, s.binary(t, "seccompd"), s.dir+"/seccompd")
		leaves(t)
	})
	d.kill()
	t.Run("killed", func(t *testing.T) {
		same.write(same.config(nil))
		same.created(same.run())
		// Nobody can tell who has decided.
		if byDoor := s.lastRecord(t); !reflect.DeepEqual(byDaemon, byDoor) {
			t.Errorf("on record by the daemon and by the door:\n%v\n%v", byDaemon, byDoor)
		}
	})
	// Whoever answers must be root: the control shows that what root says is believed.
	t.Run("somebody else", func(t *testing.T) {
		impostor(t, s, 65534)
		b := newBundle(t, s)
		b.created(b.run())
	})
	t.Run("control: root", func(t *testing.T) {
		impostor(t, s, 0)
		waitFor(t, "a daemon that lies is believed", func() bool { // as soon as it does not do so too late
			b := newBundle(t, s)
			out, err := b.run()
			if err != nil || !strings.Contains(out, "mkdir = ") {
				t.Fatalf("%v\n%s", err, out)
			}
			return strings.Contains(out, "mkdir = -14 EFAULT")
		})
	})
}

// impostor answers every question with "done", as a user.
func impostor(t *testing.T, s *shim, user int) {
	t.Helper()
	path := s.dir + "/run/runtime.sock"
	_ = os.Remove(path)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	}
	if err != nil {
		t.Fatal(err)
	}
	listening := make(chan error)
	go func() {
		// The thread has another user from here on, and ends with it. Who listens is who answers.
		runtime.LockOSThread()
		if _, _, no := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), uintptr(user), ^uintptr(0)); no != 0 {
			listening <- no
			return
		}
		listening <- unix.Listen(fd, 8)
	}()
	if err := <-listening; err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), path)
	l, err := net.FileListener(f)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 64<<10))
			_, _ = c.Write([]byte("done"))
			_, _ = c.Read(make([]byte, 8))
			_ = c.Close()
		}
	}()
}
