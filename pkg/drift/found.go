package drift

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/workload"
)

// found is a container that was found, by whatever state there is of it.
type found struct {
	id     string
	bundle string
	// namespace is containerd's own; "" where it is not containerd's container.
	namespace string
	// pid is its first process, as the engine says; 0 where it does not run, or has none on this kernel.
	pid int
	// before is a time before which the first process must have started, or its number belongs to another by now.
	before time.Time
	// ticks is when the first process started, in the kernel's own count, where the runtime wrote it down.
	ticks uint64
	// runtime is "runc" or "crun", by the state that it keeps; "" is not known.
	runtime string
	// guest is the name of what runs it where that has a kernel of its own.
	guest string
	// waiting says that it was created, and its program not started yet.
	waiting bool
	// fifo is the path of the FIFO that it waits at for that.
	fifo string
	// stranger says that no engine and no runtime knows it: it was seen in /proc.
	stranger string

	config    *oci.Config
	configErr error
	workload  *workload.Workload
	processes []process
}

// containers lists the containers of all engines and runtimes that may run. Problems are sentences.
func (r Roots) containers() (list []*found, problems []string) {
	add := func(err error) {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, err.Error())
		}
	}
	for _, state := range distinct(r.Containerd) {
		tasks, err := containerdTasks(filepath.Join(state, "io.containerd.runtime.v2.task"))
		add(err)
		list = append(list, tasks...)
	}
	for _, root := range distinct(r.Runtimes) {
		states, err := runtimeStates(root)
		add(err)
		for _, s := range states {
			list = merge(list, s)
		}
	}
	for _, f := range list {
		add(f.read(r))
	}
	return list, problems
}

// merge adds what a runtime knows of a container to the list, which may have it already from its engine.
func merge(list []*found, s *found) []*found {
	i := slices.IndexFunc(list, func(f *found) bool {
		return f.id == s.id && (f.bundle == s.bundle || f.pid != 0 && f.pid == s.pid)
	})
	if i < 0 {
		return append(list, s)
	}
	f := list[i]
	f.runtime, f.waiting, f.fifo = s.runtime, s.waiting, s.fifo
	if f.pid == 0 || f.pid == s.pid {
		f.pid, f.ticks = s.pid, s.ticks
	}
	return list
}

// read reads the configuration and says which workload it describes.
func (f *found) read(r Roots) error {
	if f.config, f.configErr = readConfig(f.bundle); f.configErr != nil {
		f.workload = &workload.Workload{ID: f.id, Requested: workload.AnyRequest, Kinds: workload.AnyKind}
		if f.namespace != "" {
			f.workload.ContainerdNamespace = workload.Known(f.namespace)
		}
		return nil
	}
	f.workload = f.config.Workload(oci.Origin{ID: f.id, Bundle: f.bundle, Namespace: f.namespace})
	if engine, _ := f.workload.Engine.Value(); engine == workload.EngineDocker && r.Docker != "" {
		return fromDocker(r.Docker, f.workload)
	}
	return nil
}

// filter is what the configuration says; nil also where it cannot be read.
func (f *found) filter() *specs.LinuxSeccomp {
	if f.config == nil {
		return nil
	}
	return f.config.Filter
}

// readBounded reads a regular file that is not larger than a limit. It waits for nobody: opening a pipe would.
func readBounded(path string, limit int64) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if st, err := file.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: it is not a regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("read %s: it is larger than %d bytes", path, limit)
	}
	return text, nil
}

// guestOf returns the name of a runtime or shim that gives containers a kernel of their own, by its path; "" for others.
func guestOf(path string) string {
	name := strings.ToLower(filepath.Base(strings.TrimSpace(path)))
	switch {
	case strings.Contains(name, "kata"):
		return "Kata Containers"
	case strings.Contains(name, "runsc"), strings.Contains(name, "gvisor"):
		return "gVisor"
	}
	return ""
}
