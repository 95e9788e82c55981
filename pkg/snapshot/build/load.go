package build

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// loader loads what a policy names.
type loader struct {
	store    *profilefile.Store
	node     Node
	policy   *policy.Policy
	profiles map[string]*profile.Profile
	calls    map[string]*profile.Profile
	// left are the calls that some pack of the floor hits beside its aim.
	left     map[string]bool
	findings []policy.Finding
}

// load puts the profile of a reference, of an inline one its base, into profiles. The runtime defaults are not put there:
// they are part of the program, and which one is meant depends on the workload's engine.
func (l *loader) load(ref *policy.ProfileRef) {
	if _, done := l.profiles[ref.BaseKey()]; done || ref.Name() == policy.TypeRuntimeDefault {
		return
	}
	p, err := l.named(ref.Name())
	if err == nil {
		err = l.sound(ref, p)
	}
	if err != nil {
		l.fail(ref, err)
		return
	}
	for _, f := range p.Findings {
		l.findings = append(l.findings, policy.Finding{
			Rule: f.Rule, Severity: policy.SeverityWarning, File: f.File, Position: policy.Position{Line: f.Line, Column: f.Column}, Message: f.Message, Hint: f.Hint,
		})
	}
	l.profiles[ref.BaseKey()] = p
}

// sound resolves a profile, and says what no policy may hand out.
func (l *loader) sound(ref *policy.ProfileRef, p *profile.Profile) error {
	s, err := p.Resolve(profile.Target{Facts: l.node.Facts, Capabilities: workload.DefaultCapabilities})
	if err != nil {
		return err
	}
	if err := profile.Validate(s, nil); err != nil {
		return fmt.Errorf("profile %s: %w", ref.Name(), err)
	}
	if p.Supervised() {
		return fmt.Errorf("profile %s lets another process decide on calls (SCMP_ACT_NOTIFY, SCMP_ACT_TRACE): a policy must not depend on whoever that is", ref.Name())
	}
	return nil
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
			Rule: at.Rule, Severity: policy.SeverityError, File: at.File, Position: policy.Position{Line: at.Line, Column: at.Column}, Message: at.Message, Hint: at.Hint,
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
