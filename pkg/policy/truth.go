package policy

// Truth is an answer of three-valued logic: no, cannot tell, or yes. Ordered so, AND is the smaller of two and OR the
// larger (Kleene's strong logic): one false member makes a conjunction false whatever is unknown beside it.
type Truth uint8

// The answers.
const (
	False Truth = iota
	Unknown
	True
)

// And returns False if either is, Unknown if either is and neither is False, and True if both are.
func (t Truth) And(u Truth) Truth { return min(t, u) }

// Or returns True if either is, Unknown if either is and neither is True, and False if both are.
func (t Truth) Or(u Truth) Truth { return max(t, u) }

// Not returns the opposite; what is unknown stays so.
func (t Truth) Not() Truth { return True - t }

// String returns "yes", "no" or "cannot tell".
func (t Truth) String() string {
	switch t {
	case True:
		return "yes"
	case False:
		return "no"
	case Unknown:
	}
	return "cannot tell"
}

// MarshalText writes what String returns.
func (t Truth) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}
