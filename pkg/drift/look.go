package drift

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// patience is how long a thread may take to stop for the reading of its filters. One that runs, or waits for anything that a
// signal ends, stops in microseconds.
const patience = 10 * time.Millisecond

// holdings says what the threads of a container have, by the configuration or by the kernel: one for each number of filters in
// each process. Threads of a process with as many filters as another have got them together, or each its own; then the
// kernel is asked about one of them only.
func (n *Node) holdings(f *found, kernel bool) ([]holding, error) {
	var list []holding
	for _, p := range f.processes {
		threads, seen := n.seen[p.pid]
		var err error
		if !seen {
			threads, err = n.proc.threads(p.pid)
		}
		if err != nil {
			return nil, err
		}
		for bare(threads) && n.young(p) && n.settings.Now().Before(n.patient) {
			time.Sleep(20 * time.Millisecond)
			if threads, err = n.proc.threads(p.pid); err != nil {
				return nil, err
			}
		}
		var of []holding
		for _, t := range threads {
			i := slices.IndexFunc(of, func(h holding) bool { return h.threads[0].mode == t.mode && h.filters == t.filters })
			if i < 0 {
				of = append(of, holding{process: p, filters: t.filters})
				i = len(of) - 1
			}
			of[i].threads = append(of[i].threads, t)
		}
		for i := range of {
			if n.know(f, &of[i], kernel) {
				list = append(list, of[i])
			}
		}
	}
	return list, nil
}

func bare(threads []thread) bool {
	return slices.ContainsFunc(threads, func(t thread) bool { return t.mode == 0 })
}

// settling is how long a runtime has for the way from a process that it puts into a container to the filter. No look waits
// longer for all such processes together.
const settling = time.Second

func (n *Node) young(p process) bool { return n.settings.Now().Sub(n.startOf(p)) < 3*settling }

// know fills in what the threads of a holding have. It returns false where they have ended meanwhile.
func (n *Node) know(f *found, h *holding, kernel bool) bool {
	first := h.threads[0]
	stack, read := n.installed.stack(h.process, h.filters)
	var err error
	switch {
	case first.mode == 0:
		h.none, h.basis = true, ByKernel
		h.key, h.meaning, err = n.meanings.none()
	case first.mode == 1:
		h.strict, h.basis = true, ByKernel
	case kernel:
		h.basis = ByKernel
		if h.stack, err = n.fetch(h); err == nil && len(h.stack) == 0 { // it is another thread by now
			h.key, h.meaning, err = n.meanings.none()
		}
		if len(h.threads) == 0 {
			return false
		}
	case read:
		n.recalled++
		h.basis = ByKernel
		h.stack = stack
	case f.stranger != "":
		h.unknown = "what filter it has is not known: " + f.stranger + ", and no engine knows it"
	case f.configErr != nil:
		h.unknown = fmt.Sprintf("its configuration cannot be read: %v", f.configErr)
	case f.filter() == nil:
		h.unknown = "its configuration has no filter, and its processes have one"
	case f.config.Bypass() != "" && f.runtime != "runc":
		h.unknown = "annotation " + f.config.Bypass() + " makes crun replace the filter of its configuration"
	default:
		h.basis = BySpec
		h.key, h.meaning, err = n.meanings.filter(f.filter())
	}
	if err != nil {
		h.unknown = err.Error()
	}
	if h.unknown != "" && !kernel {
		h.unknown += " (--kernel reads what it has)"
	}
	return true
}

// byConfiguration is what a container has by its configuration, where filters of it were read by the kernel.
func (n *Node) byConfiguration(f *found, read []holding) (h holding, ok bool) {
	byKernel := slices.ContainsFunc(read, func(h holding) bool { return h.basis == ByKernel && !h.none && !h.strict })
	if !byKernel || f.config == nil || f.stranger != "" || f.config.Bypass() != "" && f.runtime != "runc" {
		return h, false
	}
	var err error
	h.basis, h.none = BySpec, f.filter() == nil
	h.key, h.meaning, err = n.meanings.filter(f.filter())
	return h, err == nil
}

// fetch reads the filters of the first thread of a holding that has not ended. Those that have are taken out of it.
func (n *Node) fetch(h *holding) (stack []bpf.Program, err error) {
	for ; len(h.threads) > 0; h.threads = h.threads[1:] {
		n.stopped++
		tid := h.threads[0].id
		if stack, err = bpf.Fetch(tid, patience); err == nil {
			return stack, nil
		}
		if _, gone := os.Stat(n.proc.path(strconv.Itoa(tid))); !errors.Is(gone, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, err
}
