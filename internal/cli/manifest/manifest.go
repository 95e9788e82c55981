// Package manifest reads the containers that Kubernetes objects would create, as workloads of which everything is known.
//
// It reads the fields that a policy can match on and leaves all others alone: whether an object is valid is for the API
// server to say. The fields that it reads must be of the right type.
package manifest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Container is one container of a pod that an object describes or makes.
type Container struct {
	// Object is "Deployment/web".
	Object   string
	Workload workload.Workload
	// Notes say what was assumed where the object leaves it open.
	Notes []string
}

// Parse reads a stream of objects. The error joins everything that is wrong, each with file, line and column; a stream
// that describes no container is an error.
func Parse(file string, data []byte) ([]Container, error) {
	docs, err := yamldoc.ParseAll(file, data)
	if err != nil {
		return nil, err
	}
	var r reader
	for _, d := range docs {
		r.object(d)
	}
	if err := r.d.Err(); err != nil {
		return nil, err
	}
	if len(r.out) == 0 {
		return nil, &document.Error{File: file, Line: 1, Column: 1, Message: r.nothing(), Hint: "a Pod, or one of " + strings.Join(kinds(), ", ")}
	}
	return r.out, nil
}

type reader struct {
	d     document.Decoder
	out   []Container
	other []string
}

// template is a kind of objects that make pods, where the pod's template stands in them, and what stands for the part
// that is added to a pod's name.
type template struct {
	kind   string
	path   []string
	suffix string
}

var templates = []template{
	{"Deployment", []string{"spec", "template"}, "-0000000000-00000"},
	{"ReplicaSet", []string{"spec", "template"}, "-00000"},
	{"ReplicationController", []string{"spec", "template"}, "-00000"},
	{"StatefulSet", []string{"spec", "template"}, "-0"},
	{"DaemonSet", []string{"spec", "template"}, "-00000"},
	{"Job", []string{"spec", "template"}, "-00000"},
	{"CronJob", []string{"spec", "jobTemplate", "spec", "template"}, "-00000000-00000"},
}

func kinds() []string {
	var out []string
	for _, t := range templates {
		out = append(out, t.kind)
	}
	return out
}

func (r *reader) object(n *document.Node) {
	o := r.d.Object(n, "an object")
	if o.Node == nil {
		return
	}
	kind := r.d.String(o.Take("kind"), "kind")
	if kind == "" {
		if !o.Has("kind") {
			r.d.Errorf(n, "a Pod, or one of "+strings.Join(kinds(), ", "), "the object has no kind")
		}
		return
	}
	if kind == "List" || strings.HasSuffix(kind, "List") {
		for _, item := range r.d.List(o.Take("items"), "items") {
			r.object(item)
		}
		return
	}
	p := pod{reader: r, meta: o.Take("metadata"), in: n}
	if kind == "Pod" {
		p.read(kind, n, "")
		return
	}
	i := slices.IndexFunc(templates, func(t template) bool { return t.kind == kind })
	if i < 0 {
		r.other = append(r.other, kind)
		return
	}
	inner, at := n, ""
	for _, field := range templates[i].path {
		at = strings.TrimPrefix(at+"."+field, ".")
		next := r.d.Object(inner, kind).Take(field)
		if next == nil {
			r.d.Errorf(inner, "", "the %s has no %s", kind, at)
			return
		}
		inner = next
	}
	p.read(kind, inner, templates[i].suffix)
}

// nothing says what there was instead of containers.
func (r *reader) nothing() string {
	if len(r.other) == 0 {
		return "the file describes no container"
	}
	slices.Sort(r.other)
	return fmt.Sprintf("the file describes no container, but %s", strings.Join(slices.Compact(r.other), ", "))
}
