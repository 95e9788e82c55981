package integration_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

const nerdctlPolicy = `mode: enforce
rules:
- name: web
  match: {engines: [nerdctl], containers: ["web-*"]}
  action: replace
  profile: {base: RuntimeDefault, deny: [mkdir]}
- {name: nerdctl, match: {engines: [nerdctl]}, action: fill, profile: {type: RuntimeDefault}}
default: {action: keep}
`

// TestShimNerdctl has containers as nerdctl asks containerd for them: it hands its labels on as annotations of the spec, and has
// ctr's way of giving a filter and of giving none. nerdctl itself cannot be had everywhere; ctr, with those annotations, stands in
// for it.
func TestShimNerdctl(t *testing.T) {
	t.Parallel()
	s := newShim(t, nerdctlPolicy)
	n := shimNode(t, s, node.Options{})
	by := func(namespace, name string) []string {
		return []string{"--annotation", "nerdctl/namespace=" + namespace, "--annotation", "nerdctl/name=" + name, "--annotation", "nerdctl/platform=linux/amd64"}
	}
	for id, c := range map[string]struct {
		options        []string
		rule           string
		mkdir, unshare string
	}{
		"plain":       {append(by("default", "web-1"), "--seccomp"), "web", "EPERM", "EPERM"},
		"unconfined":  {by("default", "web-1"), "web", "EPERM", "EPERM"},
		"privileged":  {append(by("default", "web-1"), "--privileged"), "web", "EPERM", "ok"}, // the default of a container with every capability
		"other":       {by("default", "db"), "nerdctl", "EFAULT", "EPERM"},
		"elsewhere":   {by("prod", "web-1"), "default", "EFAULT", "ok"}, // a claim: it is not in that namespace
		"without-one": {nil, "default", "EFAULT", "ok"},
	} {
		out, err := run(t.Context(), t, n, slices.Concat([]string{"--rm"}, c.options), id, "/probe", "mkdir", "unshare-newns", "unshare")
		if err != nil {
			t.Fatal(id, err)
		}
		answers, err := node.ParseAnswers(out)
		if err != nil {
			t.Fatal(id, err)
		}
		word := "unshare"
		if strings.HasPrefix(id, "priv") {
			word = "unshare-newns"
		}
		checkAnswers(t, id, answers, map[string]string{"mkdir": c.mkdir, word: c.unshare})
		if d := s.of(t, named(n, id)); d.Rule != c.rule {
			t.Errorf("%s: decided by the rule %q, want %q", id, d.Rule, c.rule)
		}
	}
}
