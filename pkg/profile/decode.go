package profile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// ParseJSON reads a profile in any dialect that is written in JSON. Every error has file, line and column; several are
// joined. What a runtime would skip in silence is an error, or a finding of the profile.
func ParseJSON(file string, data []byte) (*Profile, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &document.Error{File: file, Line: 1, Column: 1, Message: "the file is empty"}
	}
	n, err := document.ParseJSON(file, data)
	if err != nil {
		return nil, err
	}
	return Decode(n)
}

// Decode makes a profile of a document, in the dialect that its content shows.
func Decode(n *document.Node) (*Profile, error) {
	d := &decoder{p: &Profile{Dialect: OCI, Name: n.File}}
	switch {
	case n.Lookup("apiVersion") != nil || n.Lookup("kind") != nil:
		d.spo(n)
	case n.Lookup("ociVersion") != nil:
		return nil, document.Errorf(n, "save its linux.seccomp in a file of its own", "this is the configuration of a container, not a profile")
	default:
		d.json(n)
	}
	if d.Err() == nil {
		d.checkListener()
		d.checkPairs()
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return d.p, nil
}

// decoder fills a Profile. at remembers where things stood, for what can be judged only at the end.
type decoder struct {
	document.Decoder
	p  *Profile
	at positions
}

// positions are the nodes of a profile's parts; nil where it has none.
type positions struct {
	listener, metadata, flags *document.Node
	// rules and names are parallel to Profile.Rules and their Names.
	rules []*document.Node
	names [][]*document.Node
}

// dialect notes that a field belongs to a dialect. Podman's is Docker's with more.
func (d *decoder) dialect(n *document.Node, of Dialect) {
	if n != nil && d.p.Dialect != Podman && d.p.Dialect != SPO {
		d.p.Dialect = of
	}
}

// json decodes the OCI, Docker and podman dialects: one syntax, whose fields tell which it is.
func (d *decoder) json(n *document.Node) {
	o := d.Object(n, "a profile")
	d.common(o)
	errnoNode, nameNode := o.Take("defaultErrnoRet"), o.Take("defaultErrno")
	d.dialect(nameNode, Podman)
	d.p.DefaultErrnoRet = d.errno(errnoNode, nameNode, "defaultErrnoRet", d.p.DefaultAction)
	archMap := o.Take("archMap")
	d.dialect(archMap, Docker)
	if len(d.p.Architectures) > 0 && archMap != nil && len(archMap.Items) > 0 {
		d.Errorf(archMap, "keep one of them", "architectures and archMap cannot stand together")
	}
	for _, item := range d.List(archMap, "archMap") {
		a := d.Object(item, "an entry of archMap")
		d.p.ArchMap = append(d.p.ArchMap, ArchMap{
			Architecture:     d.arch(a.Take("architecture"), item),
			SubArchitectures: d.arches(a.Take("subArchitectures"), "subArchitectures"),
		})
		a.Done()
	}
	o.Done()
}

// common decodes what all dialects have.
func (d *decoder) common(o *document.Object) {
	if o.Node == nil {
		return
	}
	action := o.Take("defaultAction")
	if action == nil || action.Kind == document.String && action.Text == "" {
		d.Errorf(o.Node, `as in "defaultAction": "SCMP_ACT_ERRNO"`, "defaultAction is missing: runc takes such a profile for no seccomp at all")
	} else {
		d.p.DefaultAction = d.action(action, "defaultAction")
	}
	if d.p.DefaultAction == specs.ActNotify {
		d.RuleErrorf(RuleNotify, action, "runc refuses it: the call that hands over the listener would wait for it", "defaultAction cannot be SCMP_ACT_NOTIFY")
	}
	d.p.Architectures = d.arches(o.Take("architectures"), "architectures")
	d.at.flags = o.Take("flags")
	if d.at.flags != nil {
		d.p.Flags = []specs.LinuxSeccompFlag{}
		if d.at.flags.Kind == document.List && len(d.at.flags.Items) == 0 {
			d.found(RuleFlagsEmpty, d.at.flags, "list the flags that you want, or remove it", "flags is empty: engines leave out an empty list, and runc then adds SECCOMP_FILTER_FLAG_SPEC_ALLOW")
		}
	}
	for _, item := range d.List(d.at.flags, "flags") {
		if w := d.word(item, "each of flags", "SECCOMP_FILTER_FLAG_", words(flags)); w != "" {
			d.p.Flags = append(d.p.Flags, specs.LinuxSeccompFlag(w))
		}
	}
	d.at.listener, d.at.metadata = o.Take("listenerPath"), o.Take("listenerMetadata")
	d.p.ListenerPath = d.String(d.at.listener, "listenerPath")
	d.p.ListenerMetadata = d.String(d.at.metadata, "listenerMetadata")
	for _, item := range d.List(o.Take("syscalls"), "syscalls") {
		d.rule(item)
	}
}

func (d *decoder) action(n *document.Node, what string) specs.LinuxSeccompAction {
	return specs.LinuxSeccompAction(d.word(n, what, "SCMP_ACT_", words(actions)))
}

// word is OneOf for words that people write without their prefix.
func (d *decoder) word(n *document.Node, what, prefix string, list []string) string {
	if full := prefix + strings.ToUpper(n.Text); n.Kind == document.String && slices.Contains(list, full) {
		d.Errorf(n, fmt.Sprintf("did you mean %q?", full), "%s cannot be %q", what, n.Text)
		return ""
	}
	return d.OneOf(n, what, list)
}

func (d *decoder) arches(n *document.Node, what string) []specs.Arch {
	var out []specs.Arch
	for _, item := range d.List(n, what) {
		if d.p.Dialect == SPO && item.Kind == document.String && item.Text == "SCMP_ARCH_NATIVE" {
			continue // the native one is always in; runc has no such word
		}
		if a := d.arch(item, n); a != "" {
			out = append(out, a)
		}
	}
	return out
}

func (d *decoder) arch(n, in *document.Node) specs.Arch {
	if n == nil {
		d.Errorf(in, "as in SCMP_ARCH_X86_64", "an architecture is missing")
		return ""
	}
	if hint := scmpArch(n.Text); n.Kind == document.String && hint != "" {
		d.Errorf(n, fmt.Sprintf("did you mean %q?", hint), "an architecture cannot be %q", n.Text)
		return ""
	}
	return specs.Arch(d.word(n, "an architecture", "SCMP_ARCH_", words(arches)))
}

// scmpArch is the profile's word for an architecture that was named as Go, Docker or uname do; "" for any other text.
func scmpArch(s string) specs.Arch {
	if a, ok := syscalls.Native(strings.ToLower(s)); ok {
		return a
	}
	switch strings.ToLower(s) {
	case "x86_64":
		return specs.ArchX86_64
	case "aarch64":
		return specs.ArchAARCH64
	case "x86", "i386":
		return specs.ArchX86
	}
	return ""
}
