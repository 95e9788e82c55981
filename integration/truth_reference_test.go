package integration_test

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/integration/sample"
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// A kind is what a container ends up with in the truth table.
type kind string

const (
	rd       kind = "RD"      // containerd's default for the 14 default capabilities
	rdNoCaps kind = "RD none" // containerd's default for no capability: the strictest reading of it
	local    kind = "L"
	none     kind = "none"
	policyP  kind = "P"
	enosys   kind = "ENOSYS"
)

// The references are what each kind is on the node without plugins: the filter
// which containerd or the sample has there, and the kernel's answers in a
// container that asked for exactly that. Nothing of ours has a part in them.
var references = struct {
	sync.Mutex
	filters map[kind]*specs.LinuxSeccomp
	answers map[string]node.Answers
}{filters: map[kind]*specs.LinuxSeccomp{}, answers: map[string]node.Answers{}}

// referenceFilter returns the filter of a kind; nil for none.
func referenceFilter(t *testing.T, k kind) *specs.LinuxSeccomp {
	t.Helper()
	references.Lock()
	defer references.Unlock()
	return referenceFilterLocked(t, k)
}

func referenceFilterLocked(t *testing.T, k kind) *specs.LinuxSeccomp {
	t.Helper()
	if f, ok := references.filters[k]; ok {
		return f
	}
	var f *specs.LinuxSeccomp
	switch k {
	case rd:
		f = defaultOfContainerd(t, node.ContainerSpec{})
	case rdNoCaps:
		f = defaultOfContainerd(t, node.ContainerSpec{DropCapabilities: []string{"ALL"}})
	case policyP:
		p := sample.P(*referenceFilterLocked(t, rd))
		f = &p
	case local:
		l := sample.L()
		f = &l
	case enosys:
		e := sample.Enosys()
		f = &e
	case none:
	}
	references.filters[k] = f
	return f
}

// defaultOfContainerd is the filter that containerd makes for a container which
// asks for RuntimeDefault, with no plugin on the node.
func defaultOfContainerd(t *testing.T, spec node.ContainerSpec) *specs.LinuxSeccomp {
	t.Helper()
	spec.Seccomp = node.RuntimeDefault
	c, err := runPod(t, sharedNode(t), node.PodSpec{}).Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Filter()
	if err != nil {
		t.Fatal(err)
	}
	if f == nil {
		t.Fatal("containerd gave a container that asked for RuntimeDefault no filter")
	}
	return f
}

// referenceAnswers returns the kernel's answers to all words under a kind, for
// a container with the default capabilities or with all.
func referenceAnswers(t *testing.T, k kind, all bool) node.Answers {
	t.Helper()
	references.Lock()
	defer references.Unlock()
	key := fmt.Sprint(k, all)
	if answers, ok := references.answers[key]; ok {
		return answers
	}
	spec := node.ContainerSpec{Seccomp: node.Unconfined}
	if all {
		spec.AddCapabilities = []string{"ALL"}
	}
	n := sharedNode(t)
	if f := referenceFilterLocked(t, k); f != nil {
		path, err := n.WriteProfile("reference.json", *f)
		if err != nil {
			t.Fatal(err)
		}
		spec.Seccomp = node.Localhost(path)
	}
	answers, err := runPod(t, n, node.PodSpec{}).Probe(t.Context(), spec, words(t)...)
	if err != nil {
		t.Fatal(err)
	}
	references.answers[key] = answers
	return answers
}

// words are all calls that the probe has a name for, and the calls of the truth
// table once more through the i386 entry: mkdir, mkdirat, chmod, unshare, ptrace.
var words = sync.OnceValue(func() func(t *testing.T) []string {
	list, err := func() ([]string, error) {
		probe, err := node.Binary("probe")
		if err != nil {
			return nil, err
		}
		out, err := exec.Command(probe, "list").Output()
		return append(strings.Fields(string(out)), "32:39:8,0755", "32:296:-100,8,0755", "32:15:8,0755", "32:310:0x200", "32:26:0"), err
	}()
	return func(t *testing.T) []string {
		t.Helper()
		if err != nil || len(list) < 20 {
			t.Fatal("list the probe's words:", list, err)
		}
		return list
	}
})()

// sameAnswers holds the kernel's answers to those of a reference, all of them.
func sameAnswers(t *testing.T, by string, got, want node.Answers) {
	t.Helper()
	text := map[string]string{}
	for word, answer := range want {
		text[word] = answer.String()
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d answers, want %d", by, len(got), len(want))
	}
	checkAnswers(t, by, got, text)
}

// sameFilter holds linux.seccomp of a bundle to a filter with the same meaning
// on this kernel, which may list ABIs that it does not run.
func sameFilter(t *testing.T, c *node.Container, want *specs.LinuxSeccomp) {
	t.Helper()
	got, err := c.Filter()
	if err != nil {
		t.Fatal(err)
	}
	sameMeaning(t, meaning(t, got), meaning(t, want))
}

// sameMeaning holds two filters to answer alike, but for the errno of calls that
// have no name in runc's libseccomp, where NRI loses the default.
func sameMeaning(t *testing.T, got, want algebra.Meaning) {
	t.Helper()
	c := algebra.Compare(got, want)
	for _, list := range []*[]algebra.Witness{&c.Tighter, &c.Looser} {
		*list = slices.DeleteFunc(*list, func(w algebra.Witness) bool {
			return w.A.Class() == algebra.Denies && w.B.Class() == algebra.Denies && !vocabulary(t).Knows(w.Arch, w.Name)
		})
	}
	if len(c.Tighter)+len(c.Looser) > 0 {
		t.Errorf("linux.seccomp is not what it should be: stricter on %v, laxer on %v", first(c.Tighter), first(c.Looser))
	}
}

func first(list []algebra.Witness) []algebra.Witness { return list[:min(len(list), 3)] }

// meaning returns what a filter answers on this kernel, to runc; nil permits everything.
func meaning(t *testing.T, f *specs.LinuxSeccomp) algebra.Meaning {
	t.Helper()
	if f == nil {
		f = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}}
	}
	m, _, err := algebra.Read(running(t, f), algebra.Env{Native: specs.ArchX86_64, Stub: true, Vocabulary: vocabulary(t)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// vocabulary is that of the libseccomp which runc uses here.
func vocabulary(t *testing.T) *syscalls.Vocab {
	t.Helper()
	runc, err := node.Binary("runc")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := readRuntime(runc)
	if err != nil {
		t.Fatal(err)
	}
	rt, _ := facts.Runtime("")
	v, ok := rt.Vocabulary()
	if !ok {
		t.Fatalf("runc does not tell its libseccomp: %+v", rt)
	}
	return &v
}

var runtimes = struct {
	sync.Mutex
	facts map[string]host.Facts
}{facts: map[string]host.Facts{}}

// readRuntime asks a runtime what it is, once.
func readRuntime(path string) (host.Facts, error) {
	runtimes.Lock()
	defer runtimes.Unlock()
	if f, ok := runtimes.facts[path]; ok {
		return f, nil
	}
	f, err := host.Read(context.Background(), host.Options{Runtimes: []string{path}})
	if err == nil {
		runtimes.facts[path] = f
	}
	return f, err
}

// running returns a filter without the ABIs that the kernel does not run, as
// the kernel itself says in a container without a filter.
func running(t *testing.T, f *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	t.Helper()
	if f == nil {
		return nil
	}
	c := *f
	c.Architectures = slices.DeleteFunc(slices.Clone(f.Architectures), func(a specs.Arch) bool { return slices.Contains(notRun(t), a) })
	return &c
}

var abis struct {
	once   sync.Once
	notRun []specs.Arch
}

func notRun(t *testing.T) []specs.Arch {
	t.Helper()
	abis.once.Do(func() {
		entry := map[string]specs.Arch{"32:20": specs.ArchX86, "x32:39": specs.ArchX32} // getpid
		answers, err := runPod(t, sharedNode(t), node.PodSpec{}).Probe(t.Context(), node.ContainerSpec{Seccomp: node.Unconfined}, slices.Collect(maps.Keys(entry))...)
		if err != nil {
			t.Fatal(err)
		}
		for word, abi := range entry {
			if answers[word].String() != "ok" {
				abis.notRun = append(abis.notRun, abi)
			}
		}
	})
	return abis.notRun
}
