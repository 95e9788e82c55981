package integration_test

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/drift"
)

// TestReadOfCrun has the daemon find a container of podman for which an annotation made crun load another filter than its
// configuration has. By the configuration alone it is unknown. The containers wait in read, for what comes from a pipe.
func TestReadOfCrun(t *testing.T) {
	p := newPodman(t, "crun")
	door(t, p.Host, podmanPolicy, "--engine", "podman")
	copyFile(t, built(t, "seccompd"), p.Path("/usr/local/bin/seccompd"))
	start := func(id string, global []string, flags ...string) string {
		args := append(slices.Concat([]string{"/usr/bin/podman"}, global), p.run("--detach", "--interactive", "--name", id)...)
		return strings.TrimSpace(must(t, p.Host, slices.Concat(args, flags, []string{"busybox", "cat"})...))
	}
	all := bpf.Program{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
	data := base64.StdEncoding.EncodeToString(all.Encode(binary.LittleEndian))
	plain := start("plain", nil)
	annotated := start("annotated", []string{"--runtime", "/usr/bin/crun"}, "--annotation", "run.oci.seccomp_bpf_data="+data)
	want := map[string]string{plain: "enforced", annotated: "unknown: annotation run.oci.seccomp_bpf_data makes crun replace the filter"}
	verdicts(t, "without the daemon", driftOf(t, p.Host), want)

	must(t, p.Host, "sh", "-c", "/usr/local/bin/seccompd --drift-interval 1s </dev/null >/var/log/seccompd.out 2>&1 & echo $! >/run/seccompd.pid")
	t.Cleanup(func() { _ = must(t, p.Host, "sh", "-c", "kill $(cat /run/seccompd.pid)") })
	var got map[string]drift.Container
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		got = driftOf(t, p.Host)
		if got[annotated].Basis == drift.ByKernel && got[plain].Basis == drift.ByKernel {
			break
		}
	}
	want[annotated] = "weaker: no decision on it is on record: it came in by no door"
	verdicts(t, "with it", got, want)
	if got[plain].Basis != drift.ByKernel {
		t.Errorf("the daemon has not read the filter of %s: %+v; it says: %s", plain, got[plain], must(t, p.Host, "cat", "/var/log/seccompd.out"))
	}
	if len(got[annotated].Calls) == 0 {
		t.Error("no call that the annotated container may make")
	}
}
