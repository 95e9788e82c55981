package policy

import (
	"slices"
	"strings"
)

// Selector is a Kubernetes label selector: requirements that must all hold. A Selector of a policy has at least one.
type Selector []Requirement

// Requirement is a condition on one label.
type Requirement struct {
	Key      string           `json:"key"`
	Operator SelectorOperator `json:"operator"`
	// Values are the values of In and NotIn; the other operators have none.
	Values []string `json:"values,omitempty"`
}

// SelectorOperator is an operator in the words of Kubernetes' matchExpressions.
type SelectorOperator string

// The operators. NotIn and DoesNotExist hold where the label is missing, as in Kubernetes.
const (
	SelectIn           SelectorOperator = "In"
	SelectNotIn        SelectorOperator = "NotIn"
	SelectExists       SelectorOperator = "Exists"
	SelectDoesNotExist SelectorOperator = "DoesNotExist"
)

// SelectorOperators lists every operator.
func SelectorOperators() []SelectorOperator {
	return []SelectorOperator{SelectIn, SelectNotIn, SelectExists, SelectDoesNotExist}
}

// Matches reports whether the labels satisfy every requirement.
func (s Selector) Matches(labels map[string]string) bool {
	for i := range s {
		if !s[i].matches(labels) {
			return false
		}
	}
	return true
}

func (r *Requirement) matches(labels map[string]string) bool {
	v, ok := labels[r.Key]
	switch r.Operator {
	case SelectIn:
		return ok && slices.Contains(r.Values, v)
	case SelectNotIn:
		return !ok || !slices.Contains(r.Values, v)
	case SelectExists:
		return ok
	case SelectDoesNotExist:
		return !ok
	}
	return false
}

// String returns the selector in the syntax that ParseSelector reads.
func (s Selector) String() string {
	parts := make([]string, len(s))
	for i, r := range s {
		switch r.Operator {
		case SelectIn:
			parts[i] = r.Key + " in (" + strings.Join(r.Values, ",") + ")"
		case SelectNotIn:
			parts[i] = r.Key + " notin (" + strings.Join(r.Values, ",") + ")"
		case SelectExists:
			parts[i] = r.Key
		case SelectDoesNotExist:
			parts[i] = "!" + r.Key
		}
	}
	return strings.Join(parts, ",")
}

// check returns what is wrong with a requirement, or "".
func (r *Requirement) check() string {
	if why := checkLabelKey(r.Key); why != "" {
		return why
	}
	switch r.Operator {
	case SelectIn, SelectNotIn:
		if len(r.Values) == 0 {
			return "operator " + string(r.Operator) + " needs values"
		}
	case SelectExists, SelectDoesNotExist:
		if len(r.Values) > 0 {
			return "operator " + string(r.Operator) + " takes no values"
		}
	default:
		return "no operator is named " + quote(string(r.Operator))
	}
	for _, v := range r.Values {
		if v != "" && !labelName(v) {
			return quote(v) + " cannot be the value of a label"
		}
	}
	return ""
}

// checkLabelKey applies Kubernetes' rules for label keys: an optional DNS subdomain and "/", and a name.
func checkLabelKey(key string) string {
	name := key
	if prefix, rest, ok := strings.Cut(key, "/"); ok {
		name = rest
		if len(prefix) == 0 || len(prefix) > 253 || !all(prefix, dnsByte) {
			return quote(key) + " cannot be the key of a label"
		}
	}
	if !labelName(name) {
		return quote(key) + " cannot be the key of a label"
	}
	return ""
}

func labelName(s string) bool {
	return len(s) > 0 && len(s) <= 63 && alphanumeric(s[0]) && alphanumeric(s[len(s)-1]) && all(s, labelByte)
}

func all(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func labelByte(c byte) bool { return alphanumeric(c) || c == '-' || c == '_' || c == '.' }

func dnsByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.'
}
