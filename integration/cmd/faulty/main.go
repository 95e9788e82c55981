// Faulty is the NRI door of seccompd around an engine with faults: what the
// tests of a panic and of a decision that never ends need, and the product must
// not have. The name of a container says what happens to it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/nri"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "faulty:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	socket := flag.String("socket", "", "NRI socket")
	ready := flag.String("ready", "", "file that is made once containerd has synchronised us")
	file := flag.String("policy", "", "policy file")
	profiles := flag.String("profiles", "", "directory of profiles")
	state := flag.String("state", "", "directory of the policy in force, instead of a policy file")
	decisions := flag.String("decisions", "", "decision log; none where empty")
	flag.Parse()

	facts, err := host.Read(ctx, host.Options{})
	if err != nil {
		return err
	}
	snap, err := inForce(facts, *state, *file, *profiles)
	if err != nil {
		return err
	}
	sound, err := enforce.New(snap, time.Now)
	if err != nil {
		return err
	}
	engine := &faulty{sound: sound, asked: map[string]int{}}
	log := audit.NewLog(audit.Settings{Path: *decisions})
	plugin := nri.New(nri.Settings{
		Engine: func() (nri.Engine, error) { return engine, nil },
		Record: log.Record,
		Native: facts.Native,
		Changed: func(s nri.State) {
			if s.Connected {
				_ = os.WriteFile(*ready, nil, 0o600)
			}
		},
	})
	return plugin.Run(ctx, nri.Connection{Socket: *socket, Index: "10"})
}

func inForce(facts host.Facts, state, file, profiles string) (*snapshot.Snapshot, error) {
	if state != "" {
		return snapshot.Open(state).Current()
	}
	source, err := build.Read(file, []string{profiles})
	if err != nil {
		return nil, err
	}
	snap, _, err := source.Build(build.Node{Facts: facts, Now: time.Now()})
	return snap, err
}

// faulty is an engine that fails for the containers whose name asks for it:
// "panics-…" and "hangs-…", when they are created, and "…-late" when they are
// validated. Of "blind-…" it says at the validation that nothing is binding, as
// if there were no validator.
type faulty struct {
	sound *enforce.Engine

	mu    sync.Mutex
	asked map[string]int
}

func (f *faulty) Policy() *policy.Policy { return f.sound.Policy() }
func (f *faulty) Snapshot() string       { return f.sound.Snapshot() }

func (f *faulty) Enforce(req enforce.Request) (enforce.Outcome, error) {
	name := req.Workload.Container.Or("")
	f.mu.Lock()
	f.asked[name]++
	late := f.asked[name] > 1
	f.mu.Unlock()
	if late == strings.HasSuffix(name, "-late") {
		switch {
		case strings.HasPrefix(name, "panics-"):
			panic("a fault in the engine")
		case strings.HasPrefix(name, "hangs-"):
			select {}
		}
	}
	out, err := f.sound.Enforce(req)
	if late && strings.HasPrefix(name, "blind-") {
		out.Mode = policy.ModeAudit
	}
	return out, err
}
