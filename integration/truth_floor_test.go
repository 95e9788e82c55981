package integration_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/audit"
)

// floored are words for calls that the floor of these tests denies, and for one
// that it does not. Bits above an int do not get round it.
var floored = map[string]string{
	"keyctl": "EACCES", "64:41:38,5,0": "EACCES", "64:41:0x100000026,5,0": "EACCES", "socket-unix": "ok",
}

const theFloor = "floor: {mode: %s, profile: {type: Localhost, localhostProfile: floor.json}}\n" +
	"exceptions:\n" +
	"- {name: keys, match: {namespaces: [opened]}, allow: [keyctl], until: 2099-01-01T00:00:00Z, reason: r}\n"

const floorProfile = `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
	{"names": ["keyctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
	{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13, "args": [{"index": 0, "value": 38, "op": "SCMP_CMP_EQ"}]}]}`

func flooredNode(t *testing.T, floorMode, rest string) (*node.Node, *node.Daemon) {
	t.Helper()
	n := newNode(t, allMeasures())
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	src := newSource(t, n, policyText("enforce", strings.ReplaceAll(fmt.Sprintf(theFloor, floorMode), "2099-01-01T00:00:00Z", until)+rest))
	writeFile(t, src.profiles+"/floor.json", floorProfile)
	writeJSON(t, src.profiles+"/p.json", *referenceFilter(t, policyP))
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n, d
}

// TestFloorHolds: whatever a container asks for, the kernel refuses it what the
// floor denies, in exec'ed processes too, and by 32-bit calls; an exception opens
// its call and no other, and without the floor, which is the control, the calls go through.
func TestFloorHolds(t *testing.T) {
	t.Parallel()
	n, d := flooredNode(t, "enforce", "default: {action: keep}\n")
	bare := sharedNode(t)
	for _, column := range columns(t, n) {
		if column.name == "Localhost with default ENOSYS" {
			continue // denies all of it itself
		}
		t.Run(column.name, func(t *testing.T) {
			c, err := runPod(t, n, column.pod).Run(t.Context(), column.spec)
			if err != nil {
				t.Fatal(err)
			}
			words := maps.Clone(floored)
			words["32:288:-1"], words["32:359:38,5,0"] = "EACCES", "EACCES" // keyctl, socket of i386
			list := make([]string, 0, len(words))
			for w := range words {
				list = append(list, w)
			}
			answers, err := c.Probe(t.Context(), list...)
			if err != nil {
				t.Fatal(err)
			}
			if column.name == "RuntimeDefault" {
				for w, answer := range words {
					if answer == "EACCES" {
						words[w] = "EPERM" // it denies them itself, with the stricter errno
					}
				}
			}
			if column.name == "Localhost L" {
				delete(words, "32:288:-1") // it lists x86_64 only, so that these kill
				delete(words, "32:359:38,5,0")
			}
			checkAnswers(t, "under the floor", answers, words)
			r := recordOf(t, d, c.ID)
			if !r.Floor || r.Profile != "current" || r.Result != audit.ResultInstalled {
				t.Errorf("on record: %+v", r)
			}

			opened := column.pod
			opened.Namespace = "opened"
			answers, err = runPod(t, n, opened).Probe(t.Context(), column.spec, "keyctl", "64:41:38,5,0")
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"keyctl": "EOPNOTSUPP", "64:41:38,5,0": "EACCES"}
			if column.name == "RuntimeDefault" {
				want["keyctl"], want["64:41:38,5,0"] = "EPERM", "EPERM"
			}
			checkAnswers(t, "with an exception", answers, want)
		})
	}
	control, err := runPod(t, bare, node.PodSpec{}).Probe(t.Context(), node.ContainerSpec{}, "keyctl", "64:41:0x100000026,5,0")
	if err != nil {
		t.Fatal(err)
	}
	for word, a := range control {
		if a.String() == "EACCES" {
			t.Errorf("control: %s answers EACCES without us, too", word)
		}
	}
}

// TestFloorMeetsRestrict: a rule's profile and the floor both hold.
func TestFloorMeetsRestrict(t *testing.T) {
	t.Parallel()
	n, _ := flooredNode(t, "enforce", "default: {action: restrict"+profileP+"}\n")
	path, err := n.WriteProfile("l.json", *referenceFilter(t, local))
	if err != nil {
		t.Fatal(err)
	}
	answers, err := runPod(t, n, node.PodSpec{}).Probe(t.Context(), node.ContainerSpec{Seccomp: node.Localhost(path)}, "mkdir", "chmod", "unshare", "keyctl", "64:41:38,5,0", "getpid")
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "restricted", answers, map[string]string{
		"mkdir": "EACCES", "chmod": "EPERM", "unshare": "EPERM", "keyctl": "EPERM", "64:41:38,5,0": "EPERM", "getpid": "ok",
	})
}

// TestFloorInAudit logs in the kernel what the floor would deny, and denies
// nothing.
func TestFloorInAudit(t *testing.T) {
	t.Parallel()
	n, d := flooredNode(t, "audit", "default: {action: keep}\n")
	log := listenAudit(t)
	calls := []string{"keyctl", "64:41:0x100000026,5,0", "socket-unix"}
	c, err := runPod(t, n, node.PodSpec{}).Run(t.Context(), node.ContainerSpec{
		Seccomp: node.Unconfined, Args: append(append([]string{"/probe", "-n"}, calls...), "pause"),
	})
	if err != nil {
		t.Fatal(err)
	}
	answers, err := c.Answers(t.Context(), "socket-unix")
	if err != nil {
		t.Fatal(err)
	}
	for word, a := range answers {
		if s := a.String(); s == "EACCES" || s == "EPERM" {
			t.Errorf("%s answers %s", word, s)
		}
	}
	pid, err := c.Pid(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"syscall=250 ": true, "syscall=41 ": true}
	for end := time.Now().Add(settle); len(want) > 0 && time.Now().Before(end); {
		if record := log.next(t); strings.Contains(record, fmt.Sprintf(" pid=%d ", pid)) {
			maps.DeleteFunc(want, func(call string, _ bool) bool { return strings.Contains(record, call) })
		}
	}
	if len(want) > 0 {
		t.Errorf("the kernel has no records of %v of pid %d", want, pid)
	}
	if r := recordOf(t, d, c.ID); !strings.Contains(r.Would, "floor") {
		t.Errorf("on record: would %q", r.Would)
	}
}

// TestAuditOfReplace: what auditing a replacement logs is what it would deny and
// the container may do, and nothing is denied that was not.
func TestAuditOfReplace(t *testing.T) {
	t.Parallel()
	n, _ := truthNode(t, policyText("audit", "default: {action: replace"+profileP+"}\n"))
	log := listenAudit(t)
	path, err := n.WriteProfile("l.json", *referenceFilter(t, local))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		request node.Request
		logged  []string // by number, on x86_64: mkdir 83, unshare 272
		silent  []string
	}{
		"RuntimeDefault": {node.RuntimeDefault, []string{"83"}, []string{"272"}}, // which denies unshare itself
		"Localhost":      {node.Localhost(path), []string{"83", "272"}, nil},
		"Unconfined":     {node.Unconfined, []string{"83", "272"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			calls := []string{"mkdir", "unshare", "getppid"}
			run, err := runPod(t, n, node.PodSpec{}).Run(t.Context(), node.ContainerSpec{
				Seccomp: c.request, Args: append(append([]string{"/probe", "-n"}, calls...), "pause"),
			})
			if err != nil {
				t.Fatal(err)
			}
			answers, err := run.Answers(t.Context(), "getppid")
			if err != nil {
				t.Fatal(err)
			}
			if got := answers["mkdir"].String(); got != "EFAULT" {
				t.Errorf("mkdir answers %s in audit", got)
			}
			pid, err := run.Pid(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for end := time.Now().Add(settle); len(seen) < len(c.logged) && time.Now().Before(end); {
				record := log.next(t)
				if !strings.Contains(record, fmt.Sprintf(" pid=%d ", pid)) {
					continue
				}
				for _, nr := range append(c.logged, c.silent...) {
					if strings.Contains(record, "syscall="+nr+" ") {
						seen[nr] = true
					}
				}
			}
			for _, nr := range c.logged {
				if !seen[nr] {
					t.Errorf("call %s is not logged", nr)
				}
			}
			for _, nr := range c.silent {
				if seen[nr] {
					t.Errorf("call %s is logged, and was denied already", nr)
				}
			}
		})
	}
}
