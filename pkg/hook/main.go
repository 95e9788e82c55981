package hook

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/seccompd/seccompd/internal/trust"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// The exit codes. What hooks answer is not read: only that they fail.
const (
	exitRefused = 1
	exitUsage   = 2
)

const usage = "usage: seccompd-hook precreate|verify [--state-dir DIR] [--decisions FILE] [--runtime NAME]"

const help = usage + `

Engines and runtimes run it as an OCI hook; install.sh lays out the files that have them do so.

  precreate  reads a container's config.json and writes it with the policy's filter in it (podman)
  verify     reads a container's state, and fails where the kernel has loaded a weaker filter than was decided (runc)
`

// door is one run of the program.
type door struct {
	stateDir  string
	decisions string
	runtime   string
	began     time.Time
}

// Main runs the program with its arguments, without its name, and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	if verb == "--help" || verb == "-h" || verb == "help" {
		_, _ = fmt.Fprint(stdout, help)
		return 0
	}
	d := door{began: time.Now()}
	f := flag.NewFlagSet("seccompd-hook "+verb, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&d.stateDir, "state-dir", "/var/lib/seccompd", "")
	f.StringVar(&d.decisions, "decisions", "/var/log/seccompd/decisions.jsonl", "")
	f.StringVar(&d.runtime, "runtime", "", "")
	err := f.Parse(args)
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("%q is one argument too many", f.Arg(0))
	}
	switch {
	case verb == "":
		err = errors.New("a word is missing, precreate or verify")
	case verb != "precreate" && verb != "verify":
		err = fmt.Errorf("%q is neither precreate nor verify", verb)
	}
	if err != nil {
		say(stderr, fmt.Errorf("%w: %s", err, usage))
		return exitUsage
	}
	input, err := io.ReadAll(io.LimitReader(stdin, oci.MaxSize+1))
	if err == nil && len(input) > oci.MaxSize {
		err = errors.New("it is too long")
	}
	if err != nil {
		say(stderr, fmt.Errorf("read standard input: %w", err))
		return exitRefused
	}
	switch {
	case trust.Rootless():
		err = aside(verb, input, stdout)
	case verb == "precreate":
		err = d.precreate(input, stdout)
	default:
		err = d.verify(input)
	}
	if err != nil {
		say(stderr, err)
		return exitRefused
	}
	return 0
}

// aside leaves a container of a user's own engine as it is, as the runtime door does: a directory of hooks in the system's
// configuration is read by every user's podman.
func aside(verb string, config []byte, stdout io.Writer) error {
	if verb != "precreate" {
		return nil
	}
	if _, err := stdout.Write(config); err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	return nil
}

func say(stderr io.Writer, err error) {
	_, _ = fmt.Fprintln(stderr, audit.Quote("seccompd-hook: "+err.Error(), 4096))
}

// engine decides by the policy in force. Where the newest snapshot is damaged it is the one before; where there is none,
// nothing is created.
func (d *door) engine() (*enforce.Engine, []string, error) {
	snap, err := snapshot.Open(d.stateDir).Current()
	if snap == nil {
		return nil, nil, err
	}
	var notes []string
	if err != nil {
		notes = append(notes, err.Error())
	}
	engine, err := enforce.New(snap, time.Now)
	return engine, notes, err
}

// record appends a decision to the log. What cannot be written refuses nothing.
func (d *door) record(r audit.Record) {
	if line, err := audit.Line(r); err == nil && d.decisions != "" {
		_ = audit.Append(d.decisions, line)
	}
}
