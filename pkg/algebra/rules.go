package algebra

import "encoding/binary"

// rules are those of one number.
type rules struct {
	always     *answer
	conditions []conditional
}

type conditional struct {
	answer      answer
	comparisons []comparison // of the last argument first
}

// add takes a rule as libseccomp does: one without conditions deletes those before it, and after it none is added.
func (r *rules) add(a answer, comparisons []comparison) {
	switch {
	case r.always != nil:
	case len(comparisons) == 0:
		r.always, r.conditions = &a, nil
	default:
		r.conditions = append(r.conditions, conditional{a, comparisons})
	}
}

// key returns a text that is the same for rules that are.
func (r *rules) key() string {
	out := make([]byte, 0, 32*len(r.conditions))
	for _, c := range r.conditions {
		out = binary.LittleEndian.AppendUint32(out, uint32(c.answer))
		for _, x := range c.comparisons {
			out = append(out, byte(x.arg), byte(x.width))
			out = append(append(out, x.op...), 0)
			out = binary.LittleEndian.AppendUint64(out, x.mask)
			out = binary.LittleEndian.AppendUint64(out, x.value)
		}
		out = append(out, 0xff)
	}
	return string(out)
}

// tree returns what the rules answer, and the first overlap.
func (r *rules) tree(fallback answer, limit int) (tree, *Overlap, error) {
	if r.always != nil {
		return constant(*r.always), nil, nil
	}
	b := newBuilder(limit)
	parts := make([]ref, len(r.conditions))
	for i, c := range r.conditions {
		acc := leaf(c.answer)
		for _, cmp := range c.comparisons {
			acc = cmp.then(b, acc, leaf(none))
		}
		parts[i] = acc
	}
	var overlap *Overlap
	for len(parts) > 1 {
		var next []ref
		for i := 0; i+1 < len(parts); i += 2 {
			clash := false
			next = append(next, b.apply(func(x, y answer) answer {
				clash = clash || differ(x, y)
				return stricter(x, y)
			}, parts[i], parts[i+1]))
			if clash && overlap == nil && !b.over {
				w, x, y, _ := b.find(differ, parts[i], parts[i+1])
				overlap = &Overlap{Call: w.call(), First: x.unpack(), Next: y.unpack()}
			}
		}
		if len(parts)%2 == 1 {
			next = append(next, parts[len(parts)-1])
		}
		parts = next
	}
	t, err := b.finish(b.rewrite(func(a answer) answer {
		if a == none {
			return fallback
		}
		return a
	}, parts[0]))
	return t, overlap, err
}

// differ: two rules hold and answer differently.
func differ(x, y answer) bool { return x != y && x != none && y != none }
