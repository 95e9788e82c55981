package policy

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// maxDescribed is how many bytes of a value a trace shows; a workload's author chooses how long some of them are.
const maxDescribed = 512

// describe fills in what each field of an answer asks for and what the workload has.
func describe(a *RuleAnswer, m *Match, w *workload.Workload) {
	for i := range a.Fields {
		f := &a.Fields[i]
		of, field := m, f.Field
		if name, ok := strings.CutPrefix(string(field), "except."); ok {
			of, field = m.Except, Field(name)
		}
		f.Want, f.Saw = want(of, field), saw(w, field)
	}
}

// want returns the value of one field of a match as JSON.
func want(m *Match, f Field) string {
	b, err := json.Marshal(m)
	if err != nil { // strings, numbers and lists of them
		panic(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		panic(err)
	}
	return printable(string(fields[string(f)]))
}

// saw returns what a workload has that a field matches on, as JSON.
func saw(w *workload.Workload, f Field) string {
	switch f {
	case FieldEngines:
		return show(w.Engine)
	case FieldImages:
		if _, t := seen(w.ImageDigest); t == True {
			return show(w.Image) + " " + show(w.ImageDigest)
		}
		return show(w.Image) + " (digest " + w.ImageDigest.State().String() + ")"
	case FieldLabels:
		return show(w.Labels)
	case FieldPodLabels:
		return show(w.PodLabels)
	case FieldAnnotations:
		return show(w.Annotations)
	case FieldRequested:
		return candidates(w.Requested.Names())
	case FieldPrivileged:
		return show(w.Privileged)
	case FieldCapabilities:
		return show(w.Capabilities)
	case FieldUsers:
		return show(w.User)
	case FieldHostNamespaces:
		return show(w.HostNamespaces)
	case FieldContainerKinds:
		return candidates(w.Kinds.Names())
	case FieldDoors:
		return printable(strconv.Quote(string(w.Door)))
	case FieldContainerdNamespaces, FieldNamespaces, FieldPods, FieldContainers, FieldRuntimeHandlers, FieldLocalhostProfiles:
		return show(attributes[f](w))
	case FieldImageDigests, FieldCurrent: // rows of the table, not fields of a match
	}
	return "unknown"
}

func candidates(names []string) string {
	if len(names) == 1 {
		return strconv.Quote(names[0])
	}
	return "one of " + strings.Join(names, ", ")
}

func show[T any](a workload.Attr[T]) string {
	v, t := seen(a)
	if t != True {
		return a.State().String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return strconv.Quote(err.Error())
	}
	return printable(string(b))
}

// printable escapes what a terminal could take for more than text, and cuts what is too long.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len() > maxDescribed {
			b.WriteString("…")
			break
		}
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

func quote(s string) string { return strconv.Quote(s) }
