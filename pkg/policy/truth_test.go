package policy

import "testing"

func TestTruthTables(t *testing.T) {
	const f, u, y = False, Unknown, True
	for _, c := range []struct{ a, b, and, or Truth }{
		{f, f, f, f}, {f, u, f, u}, {f, y, f, y},
		{u, f, f, u}, {u, u, u, u}, {u, y, u, y},
		{y, f, f, y}, {y, u, u, y}, {y, y, y, y},
	} {
		if got := c.a.And(c.b); got != c.and {
			t.Errorf("%v AND %v = %v, want %v", c.a, c.b, got, c.and)
		}
		if got := c.a.Or(c.b); got != c.or {
			t.Errorf("%v OR %v = %v, want %v", c.a, c.b, got, c.or)
		}
	}
	for a, not := range map[Truth]Truth{f: y, u: u, y: f} {
		if got := a.Not(); got != not {
			t.Errorf("NOT %v = %v, want %v", a, got, not)
		}
	}
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		candidates, list uint64
		want             Truth
	}{
		{0b0001, 0b0001, True}, {0b0001, 0b0011, True}, {0b0011, 0b0011, True},
		{0b0011, 0b0001, Unknown}, {0b1111, 0b0111, Unknown},
		{0b0001, 0b0010, False}, {0b0011, 0b1100, False},
		{0, 0b0001, Unknown},
	} {
		if got := within(c.candidates, c.list); got != c.want {
			t.Errorf("%04b within %04b: %v, want %v", c.candidates, c.list, got, c.want)
		}
	}
}
