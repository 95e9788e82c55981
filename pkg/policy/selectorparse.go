package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ParseSelector reads a label selector as kubectl takes it: requirements separated by commas, each "key=value",
// "key==value", "key!=value", "key in (a,b)", "key notin (a,b)", "key" or "!key".
func ParseSelector(s string) (Selector, error) {
	p := selectorParser{rest: s}
	var out Selector
	for {
		r, err := p.requirement()
		if err != nil {
			return nil, fmt.Errorf("parse label selector %q: %w", s, err)
		}
		if why := r.check(); why != "" {
			return nil, fmt.Errorf("parse label selector %q: %s", s, why)
		}
		out = append(out, r)
		switch t := p.next(); t {
		case "":
			return out, nil
		case ",":
		default:
			return nil, fmt.Errorf("parse label selector %q: a comma is missing before %q", s, t)
		}
	}
}

// selectorParser splits a selector into tokens: ! , ( ) = == != and words. The empty token is the end.
type selectorParser struct{ rest string }

const selectorSpace, selectorSpecial = " \t\r\n", "!,()="

func (p *selectorParser) peek() string {
	s := strings.TrimLeft(p.rest, selectorSpace)
	switch {
	case s == "":
		return ""
	case strings.HasPrefix(s, "=="), strings.HasPrefix(s, "!="):
		return s[:2]
	case strings.IndexByte(selectorSpecial, s[0]) >= 0:
		return s[:1]
	}
	if i := strings.IndexAny(s, selectorSpecial+selectorSpace); i >= 0 {
		return s[:i]
	}
	return s
}

func (p *selectorParser) next() string {
	t := p.peek()
	p.rest = strings.TrimLeft(p.rest, selectorSpace)[len(t):]
	return t
}

func (p *selectorParser) requirement() (Requirement, error) {
	if p.peek() == "!" {
		p.next()
		key, err := p.word("a label")
		return Requirement{Key: key, Operator: SelectDoesNotExist}, err
	}
	key, err := p.word("a label")
	if err != nil {
		return Requirement{}, err
	}
	r := Requirement{Key: key, Operator: SelectIn}
	switch t := p.peek(); t {
	case "", ",":
		r.Operator = SelectExists
		return r, nil
	case "!=", "=", "==":
		p.next()
		if t == "!=" {
			r.Operator = SelectNotIn
		}
		r.Values = []string{p.value()}
		return r, nil
	case "in", "notin":
		p.next()
		if t == "notin" {
			r.Operator = SelectNotIn
		}
		r.Values, err = p.values()
		return r, err
	default:
		return r, fmt.Errorf("after %q comes =, !=, in, notin or a comma, not %q", key, t)
	}
}

func (p *selectorParser) word(what string) (string, error) {
	t := p.peek()
	switch {
	case t == "":
		return "", fmt.Errorf("%s is missing at the end", what)
	case strings.IndexByte(selectorSpecial, t[0]) >= 0:
		return "", fmt.Errorf("%s is missing before %q", what, t)
	}
	return p.next(), nil
}

// value reads a value, which may be empty.
func (p *selectorParser) value() string {
	if t := p.peek(); t == "" || strings.IndexByte(selectorSpecial, t[0]) >= 0 {
		return ""
	}
	return p.next()
}

func (p *selectorParser) values() ([]string, error) {
	if p.next() != "(" {
		return nil, errors.New(`values stand in brackets, as in "tier in (a,b)"`)
	}
	var out []string
	for {
		out = append(out, p.value())
		switch p.next() {
		case ",":
		case ")":
			slices.Sort(out)
			return slices.Compact(out), nil
		default:
			return nil, errors.New("a closing bracket is missing")
		}
	}
}
