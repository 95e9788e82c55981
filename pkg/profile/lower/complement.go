package lower

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// complement returns the conditions under which no rule of a call holds, a list of arguments per rule to emit. It
// rewrites the rules of the call where they would not mix with those.
func (l *lowering) complement(c *call) ([][]specs.LinuxSeccompArg, error) {
	held, err := l.held(c)
	if err != nil {
		return nil, err
	}
	if len(c.rules) == 1 {
		if rest, ok := l.opposed(c.rules[0].args); ok {
			return rest, nil
		}
	}
	rest, err := except(cubesIn(held))
	if err != nil || len(rest) == 0 {
		return nil, err
	}
	limit := emitted
	if severalArguments(held) {
		if l.narrow {
			return nil, errHighSeveral
		}
		limit = emittedSeveral
	}
	if len(rest)+len(held) > limit {
		return nil, fmt.Errorf("its conditions need more than %d rules to spell out what they leave to the default", limit)
	}
	var out [][]specs.LinuxSeccompArg
	for _, r := range rest {
		args, err := r.arguments(l.narrow)
		if err != nil {
			return nil, err
		}
		out = append(out, args)
	}
	return out, l.spell(c, held)
}

// severalArguments reports whether cases look at more than one argument.
func severalArguments(held []holding) bool {
	var seen cube
	n := 0
	for _, h := range held {
		for i, m := range h.cube.mask {
			if m != 0 && seen.mask[i] == 0 {
				n++
			}
			seen.mask[i] |= m
		}
	}
	return n > 1
}

// holding is a case that a rule covers.
type holding struct {
	rule int
	cube cube
}

func cubesIn(held []holding) []cube {
	out := make([]cube, len(held))
	for i, h := range held {
		out[i] = h.cube
	}
	return out
}

// held returns all cases that the rules of a call cover, and refuses rules with different actions for one case: which of
// them a runtime's library takes depends on what else stands beside them.
func (l *lowering) held(c *call) ([]holding, error) {
	var held []holding
	for n, r := range c.rules {
		cubes, err := cubesOf(r.args, l.narrow)
		if err != nil {
			return nil, err
		}
		for _, d := range cubes {
			for _, h := range held {
				if other := c.rules[h.rule].answer; other != r.answer && d.intersects(h.cube) {
					return nil, fmt.Errorf("rules with %s and %s overlap", other.action, r.answer.action)
				}
			}
			held = append(held, holding{n, d})
		}
		if len(held) > budget {
			return nil, errBudget
		}
	}
	return held, nil
}

// opposite maps each comparison to the one that holds where it does not.
var opposite = map[specs.LinuxSeccompOperator]specs.LinuxSeccompOperator{
	specs.OpEqualTo: specs.OpNotEqual, specs.OpNotEqual: specs.OpEqualTo,
	specs.OpLessThan: specs.OpGreaterEqual, specs.OpGreaterEqual: specs.OpLessThan,
	specs.OpLessEqual: specs.OpGreaterThan, specs.OpGreaterThan: specs.OpLessEqual,
}

// opposed returns the opposite of a call's only rule, which is that one of its conditions does not hold. The rules
// overlap, and answer the same. Ordered comparisons are left to the cubes where libseccomp 2.5 miscompiles several of
// them on one call: on two arguments, and of values over 32 bits.
func (l *lowering) opposed(args []specs.LinuxSeccompArg) ([][]specs.LinuxSeccompArg, bool) {
	var out [][]specs.LinuxSeccompArg
	for _, a := range args {
		if op, ok := opposite[a.Op]; ok {
			if ordered := a.Op != specs.OpEqualTo && a.Op != specs.OpNotEqual; ordered && (a.Value >= highBit || len(args) > 1) {
				return nil, false
			}
			out = append(out, []specs.LinuxSeccompArg{{Index: a.Index, Value: a.Value, Op: op}})
			continue
		}
		cubes, err := cubesOf([]specs.LinuxSeccompArg{a}, l.narrow)
		if err != nil {
			return nil, false
		}
		rest, err := except(cubes)
		if err != nil {
			return nil, false
		}
		for _, c := range rest {
			args, err := c.arguments(l.narrow)
			if err != nil {
				return nil, false
			}
			out = append(out, args)
		}
	}
	return out, true
}

// spell emits the cases of ordered rules one by one: libseccomp 2.5 miscompiles ordered comparisons beside others.
func (l *lowering) spell(c *call, held []holding) error {
	var rules []conditional
	for n, r := range c.rules {
		if plain(r.args) {
			rules = append(rules, r)
			continue
		}
		for _, h := range held {
			if h.rule != n {
				continue
			}
			args, err := h.cube.arguments(l.narrow)
			if err != nil {
				return err
			}
			rules = append(rules, conditional{r.answer, args})
		}
	}
	c.rules = rules
	return nil
}

func plain(args []specs.LinuxSeccompArg) bool {
	for _, a := range args {
		if a.Op != specs.OpEqualTo && a.Op != specs.OpMaskedEqual {
			return false
		}
	}
	return true
}
