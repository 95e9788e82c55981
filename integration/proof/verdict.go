package main

import (
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// verdict is an answer to one call.
type verdict struct {
	action specs.LinuxSeccompAction
	errno  uint
}

const (
	errEPERM  = 1
	errENOSYS = 38
)

// order, strictest first: seccomp(2), on filters that are stacked.
var order = []specs.LinuxSeccompAction{
	specs.ActKillProcess, specs.ActKillThread, specs.ActTrap, specs.ActErrno, specs.ActNotify, specs.ActTrace, specs.ActLog, specs.ActAllow,
}

func verdictOf(action specs.LinuxSeccompAction, errno *uint) verdict {
	v := verdict{action: action}
	if action == specs.ActKill {
		v.action = specs.ActKillThread
	}
	if action == specs.ActErrno || action == specs.ActTrace {
		v.errno = errEPERM
		if errno != nil {
			v.errno = *errno
		}
	}
	return v
}

func returned(value uint32) verdict {
	action, number := bpf.Action(value)
	return verdict{action, number}
}

// compare is negative where v is stricter than w.
func (v verdict) compare(w verdict) int {
	if v.action != w.action {
		return slices.Index(order, v.action) - slices.Index(order, w.action)
	}
	if v.errno == w.errno {
		return 0
	}
	for _, first := range []uint{errENOSYS, errEPERM} {
		if v.errno == first {
			return -1
		}
		if w.errno == first {
			return 1
		}
	}
	return int(v.errno) - int(w.errno)
}

func (v verdict) denies() bool {
	return slices.Index(order, v.action) <= slices.Index(order, specs.ActErrno)
}

func (v verdict) String() string { return fmt.Sprintf("%s(%d)", v.action, v.errno) }

func strictest(v, w verdict) verdict {
	if w.compare(v) < 0 {
		return w
	}
	return v
}
