package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// inline writes a profile with more calls allowed.
func inline(p *policy.ProfileRef, calls []string) string {
	base, allow := policy.TypeRuntimeDefault, slices.Clone(calls)
	deny := []string{}
	if p != nil {
		base = p.Name()
		for _, c := range p.Allow {
			allow = append(allow, callWords(c)...)
		}
		for _, c := range p.Deny {
			if len(c.Args) == 0 {
				c.Names = slices.DeleteFunc(slices.Clone(c.Names), func(n string) bool { return slices.Contains(calls, n) })
			}
			deny = append(deny, callWords(c)...)
		}
	}
	s := "{base: " + word(base) + ", allow: [" + strings.Join(unique(allow), ", ") + "]"
	if len(deny) > 0 {
		s += ", deny: [" + strings.Join(unique(deny), ", ") + "]"
	}
	return s + "}"
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// callWords writes a call of a policy as YAML.
func callWords(c policy.Call) []string {
	if len(c.Args) == 0 {
		out := make([]string, len(c.Names))
		for i, n := range c.Names {
			out[i] = word(n)
		}
		return out
	}
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = fmt.Sprintf("{index: %d, op: %s, value: %d", a.Index, a.Op, a.Value)
		if a.Op == policy.OpMaskedEQ {
			args[i] += fmt.Sprintf(", valueTwo: %d", a.ValueTwo)
		}
		args[i] += "}"
	}
	names := callWords(policy.Call{Names: c.Names})
	if len(names) == 0 {
		return nil
	}
	return []string{"{names: [" + strings.Join(names, ", ") + "], args: [" + strings.Join(args, ", ") + "]}"}
}

// word writes a text as YAML, in quotes where it is not a plain word.
func word(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./", r)
	}
	if s != "" && s[0] != '-' && s[0] != '.' && strings.TrimFunc(s, plain) == "" && strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' }) {
		return s
	}
	return strconv.Quote(s)
}

// narrow is the match for one container, and those that take its place, and words for it. It is not ok where nothing that
// a policy can match on tells it from others, or its names would be read as patterns.
func narrow(c denial.Container) (match, who string, ok bool) {
	var fields, names []string
	add := func(field, value string) {
		if value != "" {
			fields = append(fields, field+": ["+strconv.Quote(value)+"]")
			names = append(names, value)
		}
	}
	if c.Engine == workload.EngineKubernetes && c.Namespace != "" {
		add("namespaces", c.Namespace)
		add("pods", c.Pod)
		add("containers", c.Name)
		switch who = "the container " + strings.Join(names, "/"); {
		case c.Pod == "" && c.Name == "":
			who = "every container of namespace " + c.Namespace
		case c.Pod == "":
			who = fmt.Sprintf("the container %s of every pod of namespace %s", c.Name, c.Namespace)
		case c.Name == "":
			who = fmt.Sprintf("every container of the pod %s/%s", c.Namespace, c.Pod)
		}
	} else if c.Engine != "" && c.Image != "" {
		add("engines", string(c.Engine))
		add("containerdNamespaces", c.ContainerdNamespace)
		add("images", c.Image)
		who = fmt.Sprintf("every container of %s from the image %s", c.Engine, c.Image)
	}
	pattern := slices.ContainsFunc(names, func(n string) bool { return strings.ContainsAny(n, "*?[]\\") || len(n) >= 256 })
	return strings.Join(fields, ", "), who, len(fields) > 0 && !pattern
}

// ruleName is a name for something that allows calls.
func ruleName(from string, calls []string) string {
	name := from + "-" + calls[0]
	if len(calls) > 1 {
		name += "-and-more"
	}
	return word(name[:min(len(name), 63)])
}

func ahead(rule string) string {
	if rule == policy.DefaultRule {
		return "at the end"
	}
	return fmt.Sprintf("before %q", rule)
}

func ruleWords(rule string) string {
	if rule == policy.DefaultRule {
		return "the default"
	}
	return fmt.Sprintf("rule %q", rule)
}
