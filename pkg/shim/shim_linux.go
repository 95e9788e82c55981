package shim

import (
	"errors"
	"os"
	"time"

	"github.com/seccompd/seccompd/internal/doorconf"
	"github.com/seccompd/seccompd/internal/trust"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Main is the program: it becomes the real runtime, or returns the status to exit with.
func Main(args, env []string) int {
	d := &door{args: args[1:], env: env, began: time.Now(), stderr: os.Stderr, replace: (*oci.Bundle).Replace}
	d.record = d.file
	return d.run(args[0], doorconf.File)
}

// door is one run of the program.
type door struct {
	args, env []string
	began     time.Time
	stderr    *os.File
	settings  doorconf.Settings
	real      real
	cmd       command
	// holds says that the command is run, and that the gate stands between the two things that it does.
	holds bool
	// record takes the record of a decision, and returns what writes it once the decision holds.
	record func(audit.Record) recording
	// onRecord says that the refusal is on record already, with what was known of the container.
	onRecord bool
	// replace puts a text in the place of a bundle's configuration, or prepares it.
	replace func(*oci.Bundle, []byte) error
}

// exitRefused is what runtimes exit with where they create nothing.
const exitRefused = 1

func (d *door) run(called, settings string) int {
	var syntax error
	d.cmd, syntax = parse(d.args)
	err := d.prepare(called, settings)
	if err == nil {
		err = d.decide(syntax)
	}
	switch {
	case err == nil && d.holds:
		var status int
		if status, err = d.held(); err == nil {
			return status
		}
	case err == nil:
		err = d.become()
	}
	d.leave(err)
	d.refuse(err)
	return exitRefused
}

// leave puts a refusal on record that was made before the policy was asked, or in spite of it: whoever is shown its id can look it up.
func (d *door) leave(err error) {
	var r *enforce.Refusal
	switch {
	case d.onRecord, d.settings.Decisions == "", trust.Rootless(), !errors.As(err, &r):
		return
	case r.Reason == ReasonSettings && !decides(d.cmd.name):
		return // no container was asked for
	}
	w := &workload.Workload{Door: workload.DoorRuntime, Requested: workload.AnyRequest, Kinds: workload.AnyKind}
	id := d.cmd.id
	if n := len(d.cmd.rest); id == "" && n > 0 { // of start, and most likely of restore
		id = d.cmd.rest[n-1]
	}
	if checkID(id) == nil {
		w.ID = id
	}
	if ns := d.namespace(); ns != "" {
		w.ContainerdNamespace = workload.Known(ns)
	}
	d.record(audit.Refused(time.Now(), "", enforce.Request{Workload: w}, err, time.Since(d.began)))()
}

// prepare finds the real runtime.
func (d *door) prepare(called, file string) error {
	other := getenv(d.env, doorconf.Env)
	var err error
	d.settings, err = doorconf.Load(file, other, false)
	if err != nil && trust.Rootless() {
		d.settings, err = doorconf.Load(file, other, true)
	}
	if err != nil {
		return refusal(ReasonSettings, err.Error())
	}
	if d.real, err = realRuntime(&d.settings, called); err != nil {
		return refusal(ReasonSettings, err.Error())
	}
	if d.env, err = environment(d.env); err != nil {
		return refusal(ReasonSettings, err.Error())
	}
	return nil
}

// decide does what the policy says about a command that makes a container, and nothing about another.
func (d *door) decide(syntax error) error {
	made := d.cmd.name == "create" || d.cmd.name == "run" || d.cmd.name == "restore"
	switch {
	case syntax == nil && d.cmd.name == "delete":
		d.forget()
		return nil
	case d.settings.VerifyStart && !made && !trust.Rootless():
		return d.gate()
	case syntax == nil && !made, trust.Rootless():
		return nil
	case syntax != nil:
		return refusal(ReasonCommand, syntax.Error())
	case d.cmd.name == "restore":
		return d.restore()
	}
	return d.create()
}

func (d *door) become() error {
	if err := d.real.become(d.args, d.env); err != nil {
		return refusal(ReasonSettings, err.Error())
	}
	return nil
}
