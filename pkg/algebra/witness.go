package algebra

import (
	"fmt"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// cube is the set of argument vectors x with x[i] & mask[i] == value[i] for every i.
type cube struct {
	mask, value [arguments]uint64
}

func (c cube) with(n node, set bool) cube {
	bit := uint64(1) << n.bit()
	c.mask[n.arg()] |= bit
	if set {
		c.value[n.arg()] |= bit
	}
	return c
}

func (c cube) call() Call { return Call{Args: c.value, Mask: c.mask} }

// find returns a cube on which two functions have answers that a test holds of. It takes the smallest values.
func (b *builder) find(holds func(x, y answer) bool, x, y ref) (cube, answer, answer, bool) {
	dead := map[[2]ref]bool{}
	var walk func(c cube, x, y ref) (cube, answer, answer, bool)
	walk = func(c cube, x, y ref) (cube, answer, answer, bool) {
		if x.leaf() && y.leaf() {
			return c, x.answer(), y.answer(), holds(x.answer(), y.answer())
		}
		if dead[[2]ref{x, y}] {
			return c, 0, 0, false
		}
		top := b.top(x, y)
		n := node{variable: top}
		xlo, xhi := b.split(x, top)
		ylo, yhi := b.split(y, top)
		if w, u, v, ok := walk(c.with(n, false), xlo, ylo); ok {
			return w, u, v, true
		}
		if w, u, v, ok := walk(c.with(n, true), xhi, yhi); ok {
			return w, u, v, true
		}
		dead[[2]ref{x, y}] = true
		return c, 0, 0, false
	}
	return walk(cube{}, x, y)
}

// Call is one system call with arguments, or several of them: an argument counts where its bit in Mask is set, and any
// other bit may be as it likes.
type Call struct {
	Arch   specs.Arch `json:"arch"`
	Number int        `json:"number"`
	Name   string     `json:"name,omitempty"`
	Args   [6]uint64  `json:"args"`
	Mask   [6]uint64  `json:"mask"`
}

// String returns the call as in "socket(arg0=38)". A call without a name is "#600".
func (c Call) String() string {
	name := c.Name
	if name == "" {
		name = fmt.Sprintf("#%d", c.Number)
	}
	var args []string
	for i, m := range c.Mask {
		switch {
		case m == 0:
		case m == ^uint64(0) || m == 1<<32-1 && c.Args[i] < 4096 || m == 1<<16-1 && c.Args[i] < 4096:
			args = append(args, fmt.Sprintf("arg%d=%s", i, number(c.Args[i])))
		default:
			args = append(args, fmt.Sprintf("arg%d&%#x=%s", i, m, number(c.Args[i])))
		}
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

func number(v uint64) string {
	if v < 4096 {
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%#x", v)
}
