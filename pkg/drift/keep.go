package drift

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/pkg/bpf"
)

// kept is the file in which the daemon leaves what it read, for itself when it starts again and for seccompctl.
type kept struct {
	// Boot is the boot of the machine: numbers of processes begin anew with it.
	Boot string `json:"boot"`
	// Filters are stacks, the oldest filter first, each in the bytes that seccomp_export_bpf(3) writes, by their digests.
	Filters   map[string][]string `json:"filters"`
	Processes []keptProcess       `json:"processes"`
}

type keptProcess struct {
	PID     int    `json:"pid"`
	Start   uint64 `json:"start"`
	Filters int    `json:"filters"`
	Has     string `json:"has"`
}

// maxKept is larger than any such file.
const maxKept = 4 * maxStackBytes

func keptFile(runDir string) string { return filepath.Join(runDir, "filters.json") }

func boot() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(text))
}

// load returns what the daemon has read since the machine started; nothing where there is none.
func load(runDir string) (*installed, error) {
	i := newInstalled()
	text, err := readBounded(keptFile(runDir), maxKept)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return i, nil
	}
	var k kept
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		return i, fmt.Errorf("read the filters that the daemon has read: %w", err)
	}
	if k.Boot != boot() {
		return i, nil
	}
	stacks := map[string][]bpf.Program{}
	for digest, texts := range k.Filters {
		var stack []bpf.Program
		for _, text := range texts {
			var p bpf.Program
			data, err := base64.StdEncoding.DecodeString(text)
			if err == nil {
				p, err = bpf.Decode(data, binary.NativeEndian)
			}
			if err != nil {
				return newInstalled(), fmt.Errorf("read the filters that the daemon has read: %w", err)
			}
			stack = append(stack, p)
		}
		stacks[digest] = stack
	}
	for _, p := range k.Processes {
		if stack := stacks[p.Has]; len(stack) > 0 && len(stack) == p.Filters {
			i.note(life{p.PID, p.Start}, p.Filters, stack)
		}
	}
	i.changed = false
	return i, nil
}

// keep writes what was read where it changed.
func (i *installed) keep(runDir string) error {
	if !i.changed || runDir == "" {
		return nil
	}
	k := kept{Boot: boot(), Filters: map[string][]string{}, Processes: []keptProcess{}}
	for digest, stack := range i.stacks {
		for _, p := range stack {
			k.Filters[digest] = append(k.Filters[digest], base64.StdEncoding.EncodeToString(p.Encode(binary.NativeEndian)))
		}
	}
	for l, readings := range i.of {
		for filters, r := range readings {
			if r.stack != "" {
				k.Processes = append(k.Processes, keptProcess{PID: l.pid, Start: l.start, Filters: filters, Has: r.stack})
			}
		}
	}
	slices.SortFunc(k.Processes, func(a, b keptProcess) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Filters, b.Filters))
	})
	text, err := json.Marshal(k)
	if err == nil {
		err = atomicfile.Write(keptFile(runDir), append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the filters that were read: %w", err)
	}
	i.changed = false
	return nil
}
