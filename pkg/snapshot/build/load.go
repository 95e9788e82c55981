package build

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/lower"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// loader loads what a policy names and checks it for the host.
type loader struct {
	store    *profilefile.Store
	node     Node
	policy   *policy.Policy
	profiles map[string]*profile.Profile
	findings []policy.Finding
}

// load puts the profile of a reference into profiles, under its key. The runtime defaults are not put there: they are
// part of the program, and which one is meant depends on the workload's engine.
func (l *loader) load(ref *policy.ProfileRef) {
	p, err := l.read(ref)
	switch {
	case errors.Is(err, profile.ErrNeedsAlgebra):
		// policy.NeedsAlgebra says so, at its place.
		return
	case err != nil:
		l.fail(ref, err)
		return
	}
	for _, f := range p.Findings {
		l.findings = append(l.findings, policy.Finding{
			Severity: policy.SeverityWarning, File: f.File, Position: policy.Position{Line: f.Line, Column: f.Column}, Message: f.Message, Hint: f.Hint,
		})
	}
	l.check(ref, p)
	if !fromDefault(ref) {
		l.profiles[ref.Key()] = p
	}
}

func fromDefault(ref *policy.ProfileRef) bool { return ref.Name() == policy.TypeRuntimeDefault }

func (l *loader) read(ref *policy.ProfileRef) (*profile.Profile, error) {
	base, err := l.named(ref.Name())
	if err != nil || !ref.Inline() {
		return base, err
	}
	return enforce.Overlay(base, ref)
}

func (l *loader) named(name string) (*profile.Profile, error) {
	if name == policy.TypeRuntimeDefault {
		return profile.RuntimeDefault(workload.EngineKubernetes), nil
	}
	short, builtin := strings.CutPrefix(name, policy.BuiltinPrefix)
	if !builtin {
		return l.store.Load(name)
	}
	if p, ok := profile.Builtin(short); ok {
		return p, nil
	}
	if near := document.Closest(short, profile.BuiltinNames()); near != "" {
		return nil, fmt.Errorf("no profile is built in as %q (did you mean %q?)", short, near)
	}
	return nil, fmt.Errorf("no profile is built in as %q (there are %s)", short, strings.Join(profile.BuiltinNames(), ", "))
}

// fail records an error. One that has a place in a profile's file keeps it; another one is put where the policy names the
// profile.
func (l *loader) fail(ref *policy.ProfileRef, err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			l.fail(ref, e)
		}
		return
	}
	var at *document.Error
	if errors.As(err, &at) {
		l.findings = append(l.findings, policy.Finding{
			Severity: policy.SeverityError, File: at.File, Position: policy.Position{Line: at.Line, Column: at.Column}, Message: at.Message, Hint: at.Hint,
		})
		return
	}
	message := err.Error()
	if errors.Is(err, fs.ErrNotExist) {
		message = strings.TrimSuffix(message, ": "+fs.ErrNotExist.Error())
	}
	l.errorf(ref, "%s", message)
}

func (l *loader) errorf(ref *policy.ProfileRef, format string, args ...any) {
	l.findings = append(l.findings, policy.Finding{
		Severity: policy.SeverityError, File: l.policy.File, Position: ref.Source.Position, Message: fmt.Sprintf(format, args...),
	})
}

// check resolves a profile for the default capabilities and holds it against every runtime of the host.
func (l *loader) check(ref *policy.ProfileRef, p *profile.Profile) {
	s, err := p.Resolve(profile.Target{Facts: l.node.Facts, Capabilities: workload.DefaultCapabilities})
	if err != nil {
		l.fail(ref, err)
		return
	}
	if err := profile.Validate(s, nil); err != nil {
		l.fail(ref, fmt.Errorf("profile %s: %w", ref.Name(), err))
		return
	}
	if slices.Contains(l.policy.RelyOn(), workload.DoorNRI) {
		if _, err := lower.DefaultErrno(s, l.node.Facts.Native); err != nil {
			l.errorf(ref, "profile %s cannot pass through NRI, which drops its defaultErrnoRet: %v (write the rules of that call out, or leave defaultErrnoRet away)", ref.Name(), err)
		}
	}
	runtimes := l.node.Facts.Runtimes
	if len(runtimes) == 0 {
		// Away from a node: the oldest and the newest needs are much the same.
		runtimes = []host.Runtime{{Name: "runc"}}
	}
	for _, rt := range runtimes {
		l.checkRuntime(ref, s, rt)
	}
}

func (l *loader) checkRuntime(ref *policy.ProfileRef, s *specs.LinuxSeccomp, rt host.Runtime) {
	with := strings.TrimSpace(rt.Name + " " + rt.Version)
	if l.policy.Normalises(policy.ModeEnforce) {
		s, _ = enforce.UsableFlags(s, &rt)
	}
	if err := profile.Validate(s, &rt); rt.Path != "" && err != nil {
		l.fail(ref, fmt.Errorf("profile %s does not load with %s: %w", ref.Name(), with, err))
	}
	if missing := enforce.MissingRequired(s, rt); len(missing) > 0 {
		l.errorf(ref, "profile %s starts no container: %s itself calls %s after loading it (allow them)", ref.Name(), with, strings.Join(missing, ", "))
	}
	if unknown := enforce.UnknownDenials(s, rt, l.node.Facts); len(unknown) > 0 {
		l.errorf(ref, "profile %s denies %s, which the libseccomp %s of %s does not know: it would skip the rule, and the calls stay allowed (use a profile that denies by default)",
			ref.Name(), strings.Join(unknown, ", "), rt.Libseccomp, with)
	}
}
