package integration_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/integration/sample"
)

// asked is a column of the truth tables: what a pod asks for.
type asked struct {
	name string
	pod  node.PodSpec
	spec node.ContainerSpec
}

// columns returns what pods can ask for, in the order of the tables.
func columns(t *testing.T, n *node.Node) []asked {
	t.Helper()
	localhost := func(name string, profile specs.LinuxSeccomp) node.ContainerSpec {
		path, err := n.WriteProfile(name, profile)
		if err != nil {
			t.Fatal(err)
		}
		return node.ContainerSpec{Seccomp: node.Localhost(path)}
	}
	return []asked{
		{name: "RuntimeDefault", spec: node.ContainerSpec{Seccomp: node.RuntimeDefault}},
		{name: "Localhost L", spec: localhost("l.json", sample.L())},
		{name: "Unconfined", spec: node.ContainerSpec{Seccomp: node.Unconfined}},
		{name: "unset"},
		{name: "privileged", pod: node.PodSpec{Privileged: true}, spec: node.ContainerSpec{Seccomp: node.RuntimeDefault, Privileged: true}},
		{name: "Localhost with default ENOSYS", spec: localhost("enosys.json", sample.Enosys())},
	}
}

// TestBaseline is the row "without us" of the truth table: what containerd
// installs and what the kernel answers with no plugin on the node. The other
// rows are measured against it.
func TestBaseline(t *testing.T) {
	type row struct {
		filter  string // default action of linux.seccomp, or "none"
		answers map[string]string
	}
	open := map[string]string{
		"mkdir": "EFAULT", "chmod": "EFAULT", "unshare": "ok", "mount": "EFAULT", "ptrace": "ok", "bpf": "E2BIG",
		"setns": "EBADF", "clone-newuser": "ok", "clone3": "EINVAL", "keyctl": "EOPNOTSUPP", "unknown": "ENOSYS",
	}
	but := func(changes map[string]string) map[string]string {
		answers := maps.Clone(open)
		maps.Copy(answers, changes)
		return answers
	}
	enosys := map[string]string{}
	for word := range open {
		enosys[word] = "ENOSYS"
	}
	// Listed, for runc's own sake: clone without a mask on its flags.
	maps.Copy(enosys, map[string]string{"mkdir": "EFAULT", "clone-newuser": "ok", "clone3": "EINVAL", "keyctl": "EOPNOTSUPP"})

	want := map[string]row{
		"RuntimeDefault": {string(specs.ActErrno), but(map[string]string{
			"unshare": "EPERM", "mount": "EPERM", "bpf": "EPERM", "setns": "EPERM", "clone-newuser": "EPERM", "clone3": "ENOSYS", "keyctl": "EPERM",
		})},
		"Localhost L":                   {string(specs.ActAllow), but(map[string]string{"chmod": "EPERM"})},
		"Unconfined":                    {"none", open},
		"unset":                         {"none", open},
		"privileged":                    {"none", open},
		"Localhost with default ENOSYS": {string(specs.ActErrno), enosys},
	}

	n := sharedNode(t)
	for _, column := range columns(t, n) {
		t.Run(column.name, func(t *testing.T) {
			t.Parallel()
			want := want[column.name]
			pod := runPod(t, n, column.pod)
			c, err := pod.Run(t.Context(), column.spec)
			if err != nil {
				t.Fatal(err)
			}
			checkFilter(t, c, want.filter)
			checkKernel(t, c, want.filter != "none")

			words := slices.Sorted(maps.Keys(want.answers))
			for by, ask := range map[string]func() (node.Answers, error){
				"exec":          func() (node.Answers, error) { return c.Probe(t.Context(), words...) },
				"first process": func() (node.Answers, error) { return pod.Probe(t.Context(), column.spec, words...) },
			} {
				answers, err := ask()
				if err != nil {
					t.Fatal(err)
				}
				checkAnswers(t, by, answers, want.answers)
			}
		})
	}
}

// checkFilter holds linux.seccomp of the bundle to a default action.
func checkFilter(t *testing.T, c *node.Container, want string) {
	t.Helper()
	filter, err := c.Filter()
	if err != nil {
		t.Fatal(err)
	}
	got := "none"
	if filter != nil {
		got = string(filter.DefaultAction)
	}
	if got != want {
		t.Errorf("linux.seccomp has the default action %s, want %s", got, want)
	}
}

// checkKernel holds /proc of the first process to one filter, or to none.
func checkKernel(t *testing.T, c *node.Container, filtered bool) {
	t.Helper()
	kernel, err := c.Kernel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := node.Kernel{}
	if filtered {
		want = node.Kernel{Mode: 2, Filters: 1}
	}
	if kernel.Mode != want.Mode || kernel.Filters != want.Filters {
		t.Errorf("Seccomp: %d and Seccomp_filters: %d, want %d and %d", kernel.Mode, kernel.Filters, want.Mode, want.Filters)
	}
}

// checkAnswers holds the kernel's answers to the wanted ones, word by word.
func checkAnswers(t *testing.T, by string, answers node.Answers, want map[string]string) {
	t.Helper()
	for _, word := range slices.Sorted(maps.Keys(want)) {
		got := "no answer"
		if answer, ok := answers[word]; ok {
			got = fmt.Sprint(answer)
		}
		if got != want[word] {
			t.Errorf("%s: %s answered %s, want %s", by, word, got, want[word])
		}
	}
}
