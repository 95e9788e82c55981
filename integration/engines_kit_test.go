package integration_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// enginePolicy has a floor that every container shows, privileged ones too, and fills in the engine's default.
const enginePolicy = `apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
doors: [runtime]
floor:
  deny: [chmod]
default:
  action: fill
  profile: {type: RuntimeDefault}
`

// podmanPolicy fills in a profile of the node's own: seccompd does not carry podman's default.
var podmanPolicy = strings.Replace(enginePolicy, "{type: RuntimeDefault}", "{type: Localhost, localhostProfile: block-unshare.json}", 1)

// hosts are those that run now; TestMain closes what is left of them.
var hosts struct {
	sync.Mutex
	all []*node.Host
}

func closeHosts() {
	hosts.Lock()
	defer hosts.Unlock()
	for _, h := range hosts.all {
		_ = h.Close()
	}
	hosts.all = nil
}

// newHost starts a host for one test.
func newHost(t *testing.T, options node.HostOptions) *node.Host {
	t.Helper()
	starting.RLock()
	defer starting.RUnlock()
	h, err := node.StartHost(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	hosts.Lock()
	hosts.all = append(hosts.all, h)
	hosts.Unlock()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// must runs a command in the host.
func must(t *testing.T, h *node.Host, args ...string) string {
	t.Helper()
	out, err := h.Run(context.WithoutCancel(t.Context()), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// put writes a file of the host, beneath one of the directories that are its own.
func put(t *testing.T, h *node.Host, path, text string, perm os.FileMode) {
	t.Helper()
	at := h.Path(path)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), perm); err != nil {
		t.Fatal(err)
	}
}

// findConfig begins a program that stands before a runtime: the configuration that the runtime is to read is in $file, if there is one.
const findConfig = `#!/bin/sh
file='' before=''
for word in "$@"; do
	[ "$before" != --bundle ] || file=$word/config.json
	[ "$before" != --process ] || file=$word
	before=$word
done
`

// weakRuntime stands in for a runtime on a machine without CAP_SYS_RESOURCE: a container that asks for every capability, as a
// privileged one does, gets all but that one. It comes after seccompd, which sees the request whole.
const weakRuntime = findConfig + `
[ -z "$file" ] || sed -i 's/,"CAP_SYS_RESOURCE"//g; s/"CAP_SYS_RESOURCE",//g' "$file"
exec RUNTIME "$@"
`

// weaken puts weakRuntime into the host in the place of runc where it is needed, and says so.
func weaken(t *testing.T, h *node.Host) {
	t.Helper()
	if strings.Contains(must(t, h, "sh", "-c", "grep CapBnd /proc/self/status"), "1ffffffffff") {
		return
	}
	t.Log("this machine has no CAP_SYS_RESOURCE: runc is given one capability less than a privileged container asks for")
	standIn(t, h, "runc", "/usr/sbin/runc")
}

// weakenCrun puts weakRuntime into the host in the place of crun. With a cgroup crun wants to lock more memory for its device
// filter than a machine without CAP_SYS_RESOURCE allows, and the controllers of v2; the engines that have no flag for that get
// one by the script.
func weakenCrun(t *testing.T, h *node.Host) {
	t.Helper()
	t.Log("crun is given no cgroup, and one capability less than a privileged container asks for")
	standIn(t, h, "crun", "/usr/bin/crun --cgroup-manager=disabled")
}

func standIn(t *testing.T, h *node.Host, name, command string) {
	t.Helper()
	must(t, h, "mkdir", "-p", "/usr/local/sbin")
	must(t, h, "sh", "-c", `printf '%s' "$1" >"$2" && chmod 755 "$2"`, "sh", strings.Replace(weakRuntime, "RUNTIME", command, 1), "/usr/local/sbin/"+name)
}

// door installs seccompd's runtime door for an engine, as install.sh does it, and puts the policy in force.
func door(t *testing.T, h *node.Host, policy string, args ...string) string {
	t.Helper()
	put(t, h, "/etc/seccompd/policy.yaml", policy, 0o644)
	for name, text := range dockerProfiles {
		put(t, h, "/etc/seccompd/profiles/"+name, text, 0o644)
	}
	out := must(t, h, append([]string{release(t)}, args...)...)
	must(t, h, "/usr/local/bin/seccompctl", "apply", "--policy", "/etc/seccompd/policy.yaml")
	return out
}

// sortedCases ranges over named cases in the order of their names.
func sortedCases[C any](cases map[string]C) func(yield func(string, C) bool) {
	return func(yield func(string, C) bool) {
		for _, name := range slices.Sorted(maps.Keys(cases)) {
			if !yield(name, cases[name]) {
				return
			}
		}
	}
}

// ownPolicy removes from a tree what door put there before the installation.
func ownPolicy(tree map[string]string) {
	for path := range tree {
		if path == "seccompd" || path == "seccompd/policy.yaml" || path == "seccompd/profiles" || strings.HasPrefix(path, "seccompd/profiles/") {
			delete(tree, path)
		}
	}
}

// forgetPolicy removes every snapshot, as if there had never been one.
func forgetPolicy(t *testing.T, h *node.Host) {
	t.Helper()
	must(t, h, "sh", "-c", "rm /var/lib/seccompd/*.snapshot")
}
