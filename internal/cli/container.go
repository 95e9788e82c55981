package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// containerProcess finds the first process of the container whose id begins so, and the whole id. Every engine puts a
// container's processes into a control group that has the id in its name.
func containerProcess(proc, id string) (pid int, full string, err error) {
	if id == "" || strings.ContainsAny(id, "/ ") {
		return 0, "", &usageError{message: fmt.Sprintf("a container id cannot be %q", id), hint: "as in container:4f1c2a"}
	}
	entries, err := os.ReadDir(proc)
	if err != nil {
		return 0, "", fmt.Errorf("look for container %q: %w", id, err)
	}
	found := map[string][]int{}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		groups, err := os.ReadFile(filepath.Join(proc, e.Name(), "cgroup"))
		if err != nil {
			continue // it has ended
		}
		for _, name := range containersIn(string(groups)) {
			if strings.HasPrefix(name, id) {
				found[name] = append(found[name], n)
			}
		}
	}
	if list, ok := found[id]; ok {
		found = map[string][]int{id: list}
	}
	names := slices.Sorted(maps.Keys(found))
	switch len(names) {
	case 0:
		return 0, "", fmt.Errorf("no process runs in a container whose id begins with %q", id)
	case 1:
		return firstProcess(proc, found[names[0]]), names[0], nil
	}
	return 0, "", &usageError{message: fmt.Sprintf("the ids of %d containers begin with %q", len(names), id), hint: strings.Join(names[:min(len(names), 8)], ", ")}
}

// wholeID is an id as engines make them.
var wholeID = regexp.MustCompile("^[0-9a-f]{64}$")

// containersIn lists the names in /proc/PID/cgroup that may be a container's id: a group's, or what follows the engine in
// that of a scope, as in cri-containerd-ID.scope, and without systemd in libpod-ID. systemd's other units, and podman's monitor
// beside a container, are none.
func containersIn(groups string) []string {
	var out []string
	for line := range strings.Lines(groups) {
		_, line, _ = strings.Cut(strings.TrimSpace(line), ":")
		_, path, _ := strings.Cut(line, ":")
		if strings.HasSuffix(path, " (deleted)") {
			continue // its last process is going
		}
		for _, name := range strings.Split(path, "/") {
			scope, ok := strings.CutSuffix(name, ".scope")
			last := scope[strings.LastIndexByte(scope, '-')+1:]
			ok = ok || wholeID.MatchString(last)
			switch {
			case ok && !strings.Contains(scope, "conmon"):
				name = last
			case ok || name == "" || name == ".." || strings.HasSuffix(name, ".slice") || strings.HasSuffix(name, ".service"):
				continue
			}
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// firstProcess returns the one that is 1 in the container's PID namespace, or the lowest. What is 1 in a namespace within that one
// was made by the container.
func firstProcess(proc string, pids []int) int {
	slices.Sort(pids)
	first, levels := pids[0], 0
	for _, pid := range pids {
		text, _ := os.ReadFile(filepath.Join(proc, strconv.Itoa(pid), "status"))
		for line := range strings.Lines(string(text)) {
			list, ok := strings.CutPrefix(line, "NSpid:")
			ids := strings.Fields(list)
			if n := len(ids); ok && n > 1 && ids[n-1] == "1" && (levels == 0 || n < levels) {
				first, levels = pid, n
			}
		}
	}
	return first
}
