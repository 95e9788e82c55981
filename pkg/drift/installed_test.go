package drift

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// returning is a stack of one program of so many instructions, the last of which returns a value.
func returning(value uint32, length int) []bpf.Program {
	p := make(bpf.Program, length)
	for i := range p {
		p[i] = bpf.Instruction{Code: 0x06, K: value}
	}
	return []bpf.Program{p}
}

func TestInstalledIsKept(t *testing.T) {
	dir := t.TempDir()
	i := newInstalled()
	i.note(life{7, 70}, 1, returning(1, 3))
	i.note(life{7, 70}, 2, append(returning(1, 3), returning(2, 4)...))
	i.note(life{8, 80}, 1, returning(1, 3))
	i.note(life{9, 90}, 1, nil)
	if err := i.keep(dir); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(keptFile(dir)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	back, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p       process
		filters int
		want    int // instructions of the last program; 0: not known
	}{
		{process{pid: 7, start: 70}, 1, 3}, {process{pid: 7, start: 70}, 2, 4}, {process{pid: 8, start: 80}, 1, 3},
		{process{pid: 8, start: 81}, 1, 0}, {process{pid: 8, start: 80}, 2, 0}, {process{pid: 9, start: 90}, 1, 0},
	} {
		stack, ok := back.stack(c.p, c.filters)
		if ok != (c.want > 0) || ok && (len(stack) != c.filters || len(stack[len(stack)-1]) != c.want) {
			t.Errorf("%+v with %d: %v, %v", c.p, c.filters, ok, stack)
		}
	}
	if back.size != i.size || len(back.stacks) != 2 || back.changed {
		t.Errorf("%d bytes, want %d; %d stacks", back.size, i.size, len(back.stacks))
	}
	back.prune([]*found{{processes: []process{{pid: 8, start: 80}}}})
	if len(back.of) != 1 || len(back.stacks) != 1 || back.size != 24 || !back.changed {
		t.Errorf("after processes have ended: %+v", back)
	}
}

func TestInstalledOfAnotherBootAndOfNoneIsNothing(t *testing.T) {
	dir := t.TempDir()
	if i, err := load(dir); err != nil || len(i.of) != 0 {
		t.Errorf("no file: %v, %v", i.of, err)
	}
	i := newInstalled()
	i.note(life{7, 70}, 1, returning(1, 3))
	if err := i.keep(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(keptFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, to, problem string
	}{
		"as it is":                {},
		"another boot":            {from: boot(), to: "another"},
		"half of it":              {from: `"processes"`, to: "\x00", problem: "read the filters that the daemon has read: "},
		"no program":              {from: `"BgAAAAE`, to: `"/wAAAAE`, problem: "read the filters that the daemon has read: check filter"},
		"another number of them":  {from: `"filters":1`, to: `"filters":2`},
		"filters that it has not": {from: `"has":"`, to: `"has":"0`},
	} {
		changed := strings.Replace(string(text), c.from, c.to, 1)
		if c.from != "" && changed == string(text) {
			t.Fatalf("%s: nothing was changed in %s", name, text)
		}
		if err := os.WriteFile(filepath.Join(dir, "filters.json"), []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		i, err := load(dir)
		if (err != nil) != (c.problem != "") || err != nil && !strings.HasPrefix(err.Error(), c.problem) {
			t.Errorf("%s: %v, want %q", name, err, c.problem)
		}
		if known := len(i.of) > 0; known != (c.from == "") {
			t.Errorf("%s: %v is known", name, i.of)
		}
	}
}

func TestInstalledIsBounded(t *testing.T) {
	i := newInstalled()
	many := &found{}
	for n := range maxContainerReads {
		if i.filled(many) {
			t.Fatalf("a container is full after %d processes", n)
		}
		many.processes = append(many.processes, process{pid: n, start: 1})
		i.note(life{n, 1}, 1, returning(1, 10))
	}
	if !i.filled(many) || i.size != 80 {
		t.Errorf("a container is not full after %d processes of the same %d bytes", maxContainerReads, i.size)
	}
	large := &found{}
	for n := 0; !i.filled(large); n++ {
		if n > 8 {
			t.Fatal("a container has no bound for the size of its filters")
		}
		large.processes = append(large.processes, process{pid: 1000 + n, start: 1})
		i.note(life{1000 + n, 1}, 1, returning(uint32(n), 4096))
	}
	for n := uint32(0); !i.full(); n++ {
		if i.size > 2*maxStackBytes {
			t.Fatal("there is no bound for the size of all filters")
		}
		i.note(life{2000, 1}, int(n), returning(100+n, 4096))
	}
	i = newInstalled()
	for n := 0; !i.full(); n++ {
		if n > 2*maxLives {
			t.Fatal("there is no bound for the number of processes")
		}
		i.note(life{n, 1}, 1, returning(1, 1))
	}
}
