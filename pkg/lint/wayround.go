package lint

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/profile"
)

//go:embed waysround.tsv
var waysRoundText string

// wayRound is a call that does what denied ones do.
type wayRound struct {
	denied []string
	by     string
	// arg is the argument with which it does so; 0 for whatever arguments.
	arg uint64
	why string
}

// waysRound are the reviewed data. Only a broken build can make it panic.
var waysRound = sync.OnceValue(func() []wayRound {
	var out []wayRound
	for line := range strings.Lines(waysRoundText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			panic(fmt.Sprintf("read ways round: %q has not three columns", line))
		}
		for _, by := range strings.Fields(fields[1]) {
			name, text, one := strings.Cut(by, "=")
			arg, err := strconv.ParseUint(text, 0, 64)
			if one && err != nil {
				panic(fmt.Sprintf("read ways round: %v", err))
			}
			out = append(out, wayRound{strings.Fields(fields[0]), name, arg, fields[2]})
		}
	}
	return out
})

// waysRound finds denied calls that the profile names, and others that do the same and are not denied. A list of what is
// permitted names what it denies only for some arguments: what it leaves out says nothing of what its author wants.
func (l *linter) waysRound(m algebra.Meaning, denied []algebra.Witness) {
	type open struct {
		why  string
		list []string
	}
	byCall := map[string][]open{}
	var order []string
	cases := map[string]algebra.Witness{}
	for _, w := range denied {
		if _, ok := cases[w.Name]; !ok && l.names(w.Name) {
			cases[w.Name] = w
			order = append(order, w.Name)
		}
	}
	for _, way := range waysRound() {
		on, ok := way.open(m)
		if !ok {
			continue
		}
		name := way.by
		if on != l.target.Facts.Native {
			name += " on " + strings.TrimPrefix(string(on), "SCMP_ARCH_")
		}
		for _, call := range way.denied {
			if _, ok := cases[call]; !ok {
				continue
			}
			if n := len(byCall[call]); n > 0 && byCall[call][n-1].why == way.why {
				byCall[call][n-1].list = append(byCall[call][n-1].list, name)
			} else {
				byCall[call] = append(byCall[call], open{way.why, []string{name}})
			}
		}
	}
	for _, call := range order {
		var ways []string
		for _, o := range byCall[call] {
			ways = append(ways, joined(o.list)+" "+o.why)
		}
		if len(ways) > 0 {
			l.add(ruleWayRound, l.places.call(call, anyRule), "deny that, too, or leave it if it is meant", "%s is denied, and a way round it is open: %s", cases[call].Call, strings.Join(ways, "; "))
		}
	}
}

// Denials returns the ways round that a list of denials leaves open, placed where the finding given stands. base is a profile that
// denies, too; nil where nothing else does.
func Denials(list, base *profile.Profile, t Target, at Finding) ([]Finding, error) {
	filter, err := list.Resolve(profile.Target{Facts: t.Facts, Capabilities: t.Capabilities})
	if err != nil {
		return nil, fmt.Errorf("lint denials: %w", err)
	}
	l := &linter{subject: Subject{Written: list, Whole: list}, target: t, filter: filter, places: newPlaces(Subject{Written: list})}
	m, denied, err := l.denied()
	if err != nil {
		return nil, fmt.Errorf("lint denials: %w", err)
	}
	if base != nil {
		f, err := base.Resolve(profile.Target{Facts: t.Facts, Capabilities: t.Capabilities})
		if err != nil {
			return nil, fmt.Errorf("lint denials: %w", err)
		}
		b, _, err := algebra.Read(f, l.env())
		if err == nil {
			m, err = algebra.Meet(m, b)
		}
		if err != nil {
			return nil, fmt.Errorf("lint denials: %w", err)
		}
	}
	l.waysRound(m, denied)
	for i := range l.findings {
		f := &l.findings[i]
		f.File, f.Line, f.Column = at.File, at.Line, at.Column
	}
	return l.findings, nil
}

// open returns the first ABI on which the way is open.
func (w wayRound) open(m algebra.Meaning) (specs.Arch, bool) {
	archs := m.Architectures()
	i := slices.IndexFunc(archs, func(a specs.Arch) bool {
		// clone has its flags in the second argument on s390x.
		answer, ok := m.EvaluateName(a, w.by, [6]uint64{w.arg, w.arg})
		return ok && answer.Class() != algebra.Denies
	})
	if i < 0 {
		return "", false
	}
	return archs[i], true
}
