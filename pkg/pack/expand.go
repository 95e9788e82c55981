package pack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Expansion is a list of what is denied, as rules.
type Expansion struct {
	// Rules deny with ERRNO, each with its errnoRet. No two of them have one call and one condition; a call that is denied
	// whole has one rule. They are in a fixed order, whatever that of the list was.
	Rules []profile.Rule
	// Collateral is what the packs in the list hit beside their aims, in the order of the list, left open or not.
	Collateral []Collateral
	// Exempt are calls that were left open, and that libseccomp would deny along with what Rules deny: of a denied socket(2)
	// it makes a denied socketcall(2) where there is one. They are to be taken out of a floor as an exception is.
	Exempt []profile.Call
	// Findings are about names that no table has.
	Findings []profile.Finding
}

// Collateral is what a pack denies beside its aim.
type Collateral struct {
	Pack string
	// Rules are those that deny it: the calls, and for which arguments.
	Rules []profile.Rule
	// Names are the calls, by each of which that call can be left open.
	Names []string
	// Text is what it hits, Around the way round the aim that is open where it is left open; "" if there is none.
	Text, Around string
	// Open reports whether it was left open: its Rules are then not among those of the Expansion.
	Open bool
}

// String returns the line that a person reads.
func (c Collateral) String() string {
	s := fmt.Sprintf("%s%s also denies %s", Prefix, c.Pack, c.Text)
	if c.Open {
		s = fmt.Sprintf("%s%s leaves open %s: %s", Prefix, c.Pack, strings.Join(c.Names, ", "), c.Text)
		if c.Around != "" {
			s += "; so this way round stays: " + c.Around
		}
		if c.carries() {
			s += "; not for a container whose filter permits by default, as an unconfined one: there libseccomp denies it along with the calls that go through it"
		}
		return s
	}
	return s + " (to leave it open: " + strings.Join(c.Names, ", ") + ")"
}

// carries reports whether it is of a multiplexer: of a denied socket(2) libseccomp makes a denied socketcall(2), which no rule
// takes back where the default permits.
func (c Collateral) carries() bool { return c.Names[0] == "socketcall" || c.Names[0] == "ipc" }

// Expand turns a list of what is denied into rules. A name in it is a call, a glob, a group or a pack; conditions narrow
// all but packs. open names calls of which the collateral of packs stays permitted: only what is marked as collateral, and
// not what the list denies by another entry.
//
// It is an error to name a pack that is not there, a call that profile.ExpandName refuses, and to leave open what is not
// the collateral of a pack in the list.
func Expand(calls []profile.Call, open []string, packs map[string]*Pack) (*Expansion, error) {
	e := &expander{packs: packs, open: open, out: &Expansion{}}
	for _, c := range calls {
		if err := e.add(c); err != nil {
			return nil, err
		}
	}
	if err := e.checkOpen(); err != nil {
		return nil, err
	}
	e.out.Rules = rules(e.denials)
	e.exempt()
	return e.out, nil
}

type expander struct {
	packs   map[string]*Pack
	open    []string
	done    []string // packs that are in it
	denials []denial
	out     *Expansion
}

// denial is one call under one condition.
type denial struct {
	name string
	condition
	errno uint
}

func (e *expander) add(c profile.Call) error {
	if len(c.Names) == 0 {
		return errors.New("an entry names no system call")
	}
	for _, name := range c.Names {
		if of, ok := strings.CutPrefix(name, Prefix); ok {
			if len(c.Args) > 0 {
				return fmt.Errorf("%s has conditions on arguments: a pack is denied as it is", name)
			}
			if err := e.addPack(of, of); err != nil {
				return err
			}
			continue
		}
		found, finding, err := profile.ExpandName(name)
		if err != nil {
			return err
		}
		if finding != nil && !slices.Contains(e.out.Findings, *finding) {
			e.out.Findings = append(e.out.Findings, *finding)
		}
		for _, call := range found {
			e.denials = append(e.denials, denial{call, condition{args: c.Args}, errnoOf(call, nil)})
		}
	}
	return nil
}

// addPack adds a pack and those that it includes; as is the one that was asked for.
func (e *expander) addPack(name, as string) error {
	if slices.Contains(e.done, name) {
		return nil
	}
	e.done = append(e.done, name)
	p, ok := e.packs[name]
	if !ok {
		names := slices.Sorted(maps.Keys(e.packs))
		hint := "known packs: " + strings.Join(names, ", ")
		if near := document.Closest(name, names); near != "" {
			hint = fmt.Sprintf("did you mean %q?", Prefix+near)
		}
		return fmt.Errorf("no pack is named %q (%s)", Prefix+name, hint)
	}
	for i := range p.Denials {
		e.addDenial(&p.Denials[i], as)
	}
	for _, part := range p.Includes {
		if err := e.addPack(part, as); err != nil {
			return err
		}
	}
	return nil
}

// addDenial adds a denial. Of one that is collateral, those calls stay open that are named, and no others.
func (e *expander) addDenial(d *Denial, pack string) {
	if d.Collateral == "" {
		e.denials = append(e.denials, d.expand(d.Names)...)
		return
	}
	var named, others []string
	for _, name := range d.Names {
		if slices.Contains(e.open, name) {
			named = append(named, name)
		} else {
			others = append(others, name)
		}
	}
	e.denials = append(e.denials, d.expand(others)...)
	e.collateral(d, pack, others, false)
	e.collateral(d, pack, named, true)
}

func (e *expander) collateral(d *Denial, pack string, names []string, open bool) {
	if len(names) == 0 {
		return
	}
	e.out.Collateral = append(e.out.Collateral, Collateral{
		Pack: pack, Rules: rules(d.expand(names)), Names: names, Text: d.Collateral, Around: d.Around, Open: open,
	})
}

// expand lists the denials of some of its calls.
func (d *Denial) expand(names []string) []denial {
	var out []denial
	for _, name := range names {
		for _, c := range d.conditions() {
			out = append(out, denial{name, c, errnoOf(name, d.Errno)})
		}
	}
	return out
}

// exempt looks for multiplexers that were left open. What another entry denies is not exempt.
func (e *expander) exempt() {
	for _, c := range e.out.Collateral {
		if !c.Open || !c.carries() {
			continue
		}
		for _, r := range c.Rules {
			denied := slices.ContainsFunc(e.denials, func(d denial) bool {
				return slices.Contains(r.Names, d.name) && (d.always() || slices.Equal(d.args, r.Args))
			})
			known := slices.ContainsFunc(e.out.Exempt, func(o profile.Call) bool {
				return slices.Equal(o.Names, r.Names) && slices.Equal(o.Args, r.Args)
			})
			if !denied && !known {
				e.out.Exempt = append(e.out.Exempt, profile.Call{Names: r.Names, Args: r.Args})
			}
		}
	}
}

func (e *expander) checkOpen() error {
	var names []string
	for _, c := range e.out.Collateral {
		names = append(names, c.Names...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range e.open {
		switch {
		case slices.Contains(names, name):
		case len(names) == 0:
			return fmt.Errorf("%q cannot be left open: nothing that is denied is collateral", name)
		default:
			return fmt.Errorf("%q cannot be left open: the collateral is %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}
