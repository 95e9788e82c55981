package policy

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/workload"
)

func itoa(n int) string { return strconv.Itoa(n) }

// digestOf is a digest that differs for every n.
func digestOf(n int) string { return fmt.Sprintf("sha256:%064x", n) }

// manyRules is a policy of n rules, half of them for an exact namespace and half for an exact digest.
func manyRules(n int) *Policy {
	p := &Policy{Mode: ModeEnforce}
	for i := range n {
		m := Match{Namespaces: []string{"team-" + itoa(i)}}
		if i%2 == 1 {
			m = Match{Images: []string{"@" + digestOf(i)}}
		}
		p.Rules = append(p.Rules, Rule{Name: "r" + itoa(i), Match: m, Action: ActionKeep})
	}
	return p
}

// pod is a workload as the NRI door of containerd 2.4 sees it.
func pod(namespace, digest string) *workload.Workload {
	return &workload.Workload{
		ID: "c1", Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes),
		ContainerdNamespace: workload.Known("k8s.io"), Namespace: workload.Known(namespace),
		Pod: workload.Known("db-0"), Container: workload.Known("db"), Image: workload.Known("ghcr.io/acme/db:1"),
		ImageDigest: workload.Known(digest), Labels: workload.Known(map[string]string{}),
		PodLabels: workload.Known(map[string]string{"app": "db"}), Annotations: workload.Known(map[string]string{"a": "b"}),
		RuntimeHandler: workload.Known(""), Requested: workload.RequestUnset, LocalhostProfile: workload.Absent[string](),
		Privileged: workload.Known(false), User: workload.Known(uint32(1000)),
		HostNamespaces: workload.Known(workload.HostNamespaces(0)),
		Kinds:          workload.KindContainer | workload.KindInit | workload.KindEphemeral,
	}
}

func BenchmarkDecide(b *testing.B) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, n := range []int{10, 1000, 10000} {
		c, err := Compile(manyRules(n))
		if err != nil {
			b.Fatal(err)
		}
		for _, w := range []struct {
			name     string
			workload *workload.Workload
		}{
			{"namespace", pod("team-"+itoa(n-2), digestOf(n))},
			{"digest", pod("other", digestOf(n-1))},
			{"default", pod("other", digestOf(n))},
		} {
			b.Run(fmt.Sprintf("%s/rules=%d", w.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c.Decide(w.workload, now)
				}
			})
		}
	}
}

// BenchmarkDecideGlobs is what rules cost that no index can find.
func BenchmarkDecideGlobs(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		p := &Policy{Mode: ModeEnforce}
		for i := range n {
			p.Rules = append(p.Rules, Rule{Name: "r" + itoa(i), Match: Match{Namespaces: []string{"team-" + itoa(i) + "-*"}}, Action: ActionKeep})
		}
		c, err := Compile(p)
		if err != nil {
			b.Fatal(err)
		}
		w := pod("team-"+strings.Repeat("9", 6), digestOf(0))
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Decide(w, time.Time{})
			}
		})
	}
}
