package profile

import (
	"strconv"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// errno decodes the number that an action returns, given as a number, as a name (podman's dialect), or as both.
func (d *decoder) errno(number, name *document.Node, what string, a specs.LinuxSeccompAction) *uint {
	var out *uint
	if number != nil {
		out = d.errnoNumber(number, what, a)
	}
	s := d.String(name, "errno")
	if s == "" { // podman's own file has empty ones
		return out
	}
	v, ok := syscalls.Errno(s)
	switch {
	case !ok:
		d.Errorf(name, "as in EPERM", "no errno is named %q", s)
	case a != specs.ActErrno && a != specs.ActTrace:
		d.Errorf(name, "remove it", "an errno means nothing for %s: runc ignores it and crun refuses it", a)
	case out != nil && *out != v:
		d.Errorf(name, "keep one of them", "%s is %d here, and %s is %d", s, v, what, *out)
	default:
		out = &v
	}
	return out
}

func (d *decoder) errnoNumber(n *document.Node, what string, a specs.LinuxSeccompAction) *uint {
	v := uint(d.Uint(n, what, 1<<16-1))
	if n.Kind != document.Number || a == "" {
		return nil
	}
	switch {
	case a == specs.ActTrace:
	case a != specs.ActErrno:
		d.Errorf(n, "remove it", "%s means nothing for %s: runc ignores it and crun refuses it", what, a)
	case n.Text == "0":
		d.RuleErrorf(RuleErrnoZero, n, "as in 1, for EPERM", "%s cannot be 0: the call would seem to have succeeded", what)
	case v > maxErrno:
		d.Errorf(n, "", "%s must be from 1 to %d, not %s", what, maxErrno, n.Text)
	}
	return &v
}

// spoErrno decodes errnoRet of a SeccompProfile object: a number (v1), where 0 stands for none, or text (v1beta1).
func (d *decoder) spoErrno(n *document.Node, a specs.LinuxSeccompAction) *uint {
	if n == nil || n.Kind == document.Number && n.Text == "0" || n.Kind == document.String && n.Text == "" {
		return nil
	}
	if n.Kind != document.String {
		return d.errnoNumber(n, "errnoRet", a)
	}
	if _, err := strconv.ParseUint(n.Text, 10, 16); err == nil {
		number := *n
		number.Kind = document.Number
		return d.errnoNumber(&number, "errnoRet", a)
	}
	return d.errno(nil, n, "errnoRet", a)
}
