package shim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/internal/trust"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
)

// promise is what the gate on start holds a created container to. It is the door's own word, in root's directory in /run: the
// configuration may have been changed since, the decision log has no filters, and start must not read the policy.
type promise struct {
	// Filter is what the container is to have; nil is none. Own says that it is the container's, as somebody else wrote it.
	Filter *specs.LinuxSeccomp `json:"filter,omitempty"`
	Own    bool                `json:"own,omitempty"`
	// Late says that the runtime loads the filter only when the container starts.
	Late bool `json:"late,omitempty"`
	// Decision is for the record of a refusal.
	Decision audit.Record `json:"decision"`
}

func (p *promise) audited() bool { return p.Decision.Result == audit.ResultAudited }

// promises is the directory in which they are.
type promises string

func (d *door) promises() promises { return promises(filepath.Join(d.settings.RunDir, "starts")) }

// maxPromise is the size of the largest promise that is read, in bytes: a filter is part of a configuration.
const maxPromise = 2 * oci.MaxSize

// file is the name of a container's promise: ids are unique within the runtime's directory of states.
func (p promises) file(root, id string) string {
	sum := sha256.Sum256([]byte(filepath.Clean(root) + "\x00" + id))
	return filepath.Join(string(p), hex.EncodeToString(sum[:16]))
}

func (p promises) write(root, id string, what promise) error {
	text, err := json.Marshal(what)
	if err == nil {
		err = os.MkdirAll(string(p), 0o700)
	}
	if err != nil {
		return fmt.Errorf("keep what was decided: %w", err)
	}
	if err := atomicfile.WriteVolatile(p.file(root, id), text); err != nil {
		return fmt.Errorf("keep what was decided: %w", err)
	}
	return nil
}

// errNoPromise is the error of a container on which this door did not decide, or not while the gate was on.
var errNoPromise = errors.New("nothing is kept of what was decided on it")

// read returns a promise that only root can have written.
func (p promises) read(root, id string) (*promise, error) {
	dir, name := filepath.Split(p.file(root, id))
	text, err := trust.ReadPrivate(dir, name, maxPromise)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoPromise
	}
	out := new(promise)
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		return nil, fmt.Errorf("read what was decided: %w", err)
	}
	return out, nil
}

func (p promises) remove(root, id string) { _ = unix.Unlink(p.file(root, id)) }

// late reports whether the runtime loads a container's filter only when it is started. Under no_new_privs no privilege is
// needed for that, and crun does it last of all.
func (d *door) late(cfg *oci.Config) bool { return d.real.name == "crun" && cfg.NoNewPrivileges }

// unverified notes what the gate will not see.
func (d *door) unverified(cfg *oci.Config) []string {
	why := ""
	switch {
	case !d.settings.VerifyStart:
	case d.late(cfg):
		why = "under noNewPrivileges crun loads a filter only then"
	case d.cmd.name == "run":
		why = d.inOne(cfg)
	}
	if why == "" {
		return nil
	}
	return []string{"what is loaded could not be verified at its start: " + why}
}

// promise keeps for the gate what was decided. Where it cannot, nothing could start the container, so it is not created;
// unless the policy enforces nothing of it.
func (d *door) promise(cfg *oci.Config, w wanted, decision audit.Record) error {
	if !d.settings.VerifyStart {
		return nil
	}
	if d.cmd.name == "run" {
		why := d.inOne(cfg)
		switch {
		case d.late(cfg), why != "" && decision.Result == audit.ResultAudited:
			return nil
		case why != "":
			return refusal(ReasonCommand, "verifyStart is on, and "+why+", which cannot be held to it: create the container, and start it")
		}
	}
	p := promise{Filter: w.holds(cfg), Own: w.filter == nil, Late: d.late(cfg), Decision: decision}
	err := d.promises().write(d.cmd.root, d.cmd.id, p)
	if err == nil || p.audited() {
		d.holds = err == nil && d.cmd.name == "run"
		return nil
	}
	return refusal(ReasonLoaded, err.Error())
}

// holds is the filter that the configuration then has.
func (w wanted) holds(cfg *oci.Config) *specs.LinuxSeccomp {
	switch {
	case w.filter != nil:
		return w.filter
	case !w.given || w.current.State == enforce.CurrentUnknown:
		return cfg.Filter
	}
	return w.current.Filter
}
