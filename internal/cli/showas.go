package cli

import (
	"fmt"
	"strings"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
)

// What show can show of a filter.
const (
	asTable = "table"
	asOCI   = "oci"
	asBPF   = "bpf"
	asASM   = "asm"
)

var showable = []string{asTable, asOCI, asBPF, asASM}

// programsAnswer is what show says of programs.
type programsAnswer struct {
	Name string `json:"name"`
	// Filters are those of a process, the oldest first, or the one of a profile.
	Filters []program `json:"filters"`
}

// program is a filter as instructions, or in assembly.
type program struct {
	Instructions []instruction `json:"instructions,omitempty"`
	Assembly     []bpf.Line    `json:"assembly,omitempty"`
}

// instruction is a struct sock_filter.
type instruction struct {
	Code uint16 `json:"code"`
	Jt   uint8  `json:"jt"`
	Jf   uint8  `json:"jf"`
	K    uint32 `json:"k"`
}

func programs(name, as string, list []bpf.Program) programsAnswer {
	out := programsAnswer{Name: name, Filters: []program{}}
	for _, p := range list {
		var one program
		if as == asASM {
			one.Assembly = p.Listing()
		} else {
			for _, i := range p {
				one.Instructions = append(one.Instructions, instruction(i))
			}
		}
		out.Filters = append(out.Filters, one)
	}
	return out
}

func (a programsAnswer) table(t *table) {
	if len(a.Filters) == 0 {
		t.line("%s has no filter", a.Name)
	}
	for n, p := range a.Filters {
		if len(a.Filters) > 1 {
			t.gap()
			t.line("; filter %d of %d", n+1, len(a.Filters))
		}
		for _, i := range p.Instructions {
			t.line("{ 0x%02x, %d, %d, 0x%08x },", i.Code, i.Jt, i.Jf, i.K)
		}
		for at, l := range p.Assembly {
			if l.Comment == "" {
				t.line("%04d: %s", at, l.Text)
			} else {
				t.line("%04d: %-40s ; %s", at, l.Text, l.Comment)
			}
		}
	}
}

// compiled returns the program that Compile makes of a filter. Runtimes have libseccomp make theirs, which is another one
// with the same answers.
func compiled(r reading) ([]bpf.Program, error) {
	p, err := bpf.Compile(r.meaning)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	return []bpf.Program{p}, nil
}

// heldAnswer is what show says of a process: its filters as the rules of one.
type heldAnswer struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	// Lengths are the instructions of each filter, the oldest first.
	Lengths []int    `json:"lengths"`
	Filter  any      `json:"filter,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	write   func(t *table)
}

func (a heldAnswer) table(t *table) {
	t.row("process", fmt.Sprint(a.PID))
	if len(a.Lengths) == 0 {
		t.row("filters", "none")
		return
	}
	parts := make([]string, len(a.Lengths))
	for i, n := range a.Lengths {
		parts[i] = fmt.Sprint(n)
	}
	t.row("filters", fmt.Sprintf("%d, of %s instructions", len(parts), strings.Join(parts, " and ")))
	a.write(t)
	t.gap()
	for _, n := range a.Notes {
		t.line("note: %s", n)
	}
}

// showHeld shows what the kernel holds for a process.
func (c *console) showHeld(h held, r reading, as string, env algebra.Env) error {
	if as == asBPF || as == asASM {
		return c.print(programs(h.name, as, h.stack))
	}
	a := heldAnswer{Name: h.name, PID: h.pid, Lengths: []int{}}
	for _, p := range h.stack {
		a.Lengths = append(a.Lengths, len(p))
	}
	if len(h.stack) == 0 {
		if as == asOCI {
			return refuse(fmt.Errorf("%s has no filter", h.name))
		}
		return c.print(a)
	}
	f, rec, err := algebra.Emit(r.cut, algebra.Env{Native: env.Native})
	if err != nil {
		return fmt.Errorf("%s: write its filters as rules: %w (--as asm shows them as they are)", h.name, err)
	}
	if n := len(rec.Tighter) + len(rec.Renumbered); n > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("rules cannot say all of it: they differ for %d calls, and --as asm shows the filters as they are", n))
	}
	if as == asOCI {
		for _, n := range a.Notes {
			c.say("note: %s", n)
		}
		return c.printFilter(f)
	}
	a.Filter, a.write = f, func(t *table) { filterTable(t, f) }
	return c.print(a)
}
