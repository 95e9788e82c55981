package denial

import (
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// place is what the path of a control group says of a container.
type place struct {
	id     string
	engine workload.Engine // "" where the path does not tell
}

// placeOf returns the container that a process with these control groups (the text of /proc/PID/cgroup) is in, and false for
// one outside of containers. The outermost container counts: what runs in it on its own account is its business. Every
// hierarchy is looked at, since a runtime may place a container in some only. known reports whether an id is one that is
// known by other means: names chosen by people do not look like one.
func placeOf(text string, known func(id string) bool) (place, bool) {
	var found place
	ok := false
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		_, path, _ := strings.Cut(rest, ":")
		path = strings.TrimSuffix(path, " (deleted)")
		if p, here := placeIn(path, known); here && (!ok || found.engine == "") {
			found, ok = p, true
		}
	}
	return found, ok
}

func placeIn(path string, known func(id string) bool) (place, bool) {
	engine := workload.Engine("")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		name, scope := strings.CutSuffix(part, ".scope")
		prefix, id := "", name
		// Without systemd podman and CRI-O name groups as its scopes, but for the end.
		if dash := strings.LastIndexByte(name, '-'); dash >= 0 && (scope || isID(name[dash+1:])) {
			prefix, id = name[:dash], name[dash+1:]
		}
		if isID(part) && !known(part) && (engine == "" || engine == workload.EnginePodman) && i+1 < len(parts) && isPodmans(parts[i+1]) {
			continue // a pod of podman, around its containers
		}
		if prefix == "libpod-conmon" || prefix == "crio-conmon" {
			return place{}, false // the monitor of a container is none
		}
		if e, ok := enginesByPrefix[prefix]; ok && prefix != "" {
			engine = e
		} else if e, ok := enginesByParent[part]; ok {
			engine = e
		}
		if i < len(parts)-1 && (i == 1 && shared[part] || parts[1] == "kubepods" && !isID(id) || strings.HasSuffix(part, ".slice")) {
			continue // whatever a container is called
		}
		if isID(id) || known(id) || known(name) {
			if !isID(id) && !known(id) {
				id = name
			}
			return place{id: id, engine: engine}, true
		}
	}
	return place{}, false
}

// What the names of containers' groups begin with, and in which groups engines put containers otherwise.
var (
	enginesByPrefix = map[string]workload.Engine{
		"cri-containerd": workload.EngineKubernetes, "crio": workload.EngineKubernetes,
		"docker": workload.EngineDocker, "libpod": workload.EnginePodman, "libpod-payload": workload.EnginePodman, "nerdctl": workload.EngineNerdctl,
	}
	enginesByParent = map[string]workload.Engine{
		"kubepods": workload.EngineKubernetes, "kubepods.slice": workload.EngineKubernetes, "k8s.io": workload.EngineKubernetes,
		"docker": workload.EngineDocker, "libpod_parent": workload.EnginePodman,
	}
)

// shared are groups at the top that hold those of many containers, as cgroupfs has them: of the kubelet, of engines, and of
// containerd's namespaces.
var shared = map[string]bool{
	"kubepods": true, "docker": true, "libpod_parent": true, "buildkit": true, "k8s.io": true, "moby": true, "default": true, "buildkitd": true,
}

// isPodmans reports whether a group is named as podman names that of a container where there is no systemd.
func isPodmans(name string) bool {
	id, ok := strings.CutPrefix(name, "libpod-")
	return ok && isID(id)
}

// isID reports whether a text is an id as engines make them: 64 hexadecimal digits.
func isID(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
