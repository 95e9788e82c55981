package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// blockAnswer is what block says.
type blockAnswer struct {
	// Done says that it is in force; otherwise nothing was changed.
	Done bool   `json:"done"`
	Call string `json:"call"`
	// Entry is what was added to the floor, AuditUntil and Until its times.
	Entry      string    `json:"entry"`
	AuditUntil time.Time `json:"auditUntil,omitzero"`
	Until      time.Time `json:"until,omitzero"`
	// Logs says that the whole floor is in audit, so that nothing is denied until the policy is enforced.
	Logs bool `json:"logs,omitempty"`
	// Packs deny the call along with the ways round it.
	Packs      []string             `json:"packs,omitempty"`
	Difference difference.Snapshots `json:"difference"`
	// Collateral and other things that one should know.
	Warnings []string `json:"warnings,omitempty"`
	Snapshot string   `json:"snapshot,omitempty"`
	Used     usage    `json:"used"`
}

// blocker carries out block.
type blocker struct {
	*console
	audit   time.Duration
	until   string
	denials string
	dryRun  bool
}

func newBlock(c *console) *cobra.Command {
	b := &blocker{console: c}
	cmd := &cobra.Command{
		Use:               "block CALL[:ARGUMENT]",
		Short:             "Deny a system call to every new container, at once or after a time in audit",
		ValidArgsFunction: completeCall,
		Long: "block adds a call to the floor in the policy file and puts the policy in force. CALL is a system call, a glob, @GROUP or\n" +
			"pack:NAME; ARGUMENT is the value that tells its uses apart, as in socket:AF_ALG or unshare:CLONE_NEWUSER. With --audit the\n" +
			"call is only logged for that long, and then denied without anybody's doing.\n\n" +
			"It says who used the call lately, as far as a filter logged or denied it. What runs keeps its filter: 'seccompctl exposed' lists the containers that still can make the call.",
		Example: "  seccompctl block socket:AF_ALG --audit 24h\n  seccompctl block pack:io-uring --until 2026-12-31T00:00:00Z",
		Args:    takes(1, 1, "call"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := b.block(cmd.Context(), args[0])
			if a == nil {
				return err
			}
			return errors.Join(c.print(a), err)
		},
	}
	f := cmd.Flags()
	f.DurationVar(&b.audit, "audit", 0, "only log it for this `duration` first")
	f.StringVar(&b.until, "until", "", "deny it until this `time`, as 2026-12-31T00:00:00Z")
	f.StringVar(&b.denials, "denials", defaultDenials, "the log of denials, for who used the call lately: a `file`")
	f.BoolVar(&b.dryRun, "dry-run", false, "print what would change, and change nothing")
	return cmd
}

func (b *blocker) block(ctx context.Context, text string) (*blockAnswer, error) {
	call, err := b.entry(text)
	if err != nil {
		return nil, err
	}
	store := snapshot.Open(b.stateDir)
	current, err := b.console.current(store)
	if err != nil {
		return nil, err
	}
	file, snap, warnings, err := b.edited(ctx, func(name string, text []byte) ([]byte, error) { return withDenial(name, text, call) })
	if err != nil {
		return nil, err
	}
	a := &blockAnswer{
		Call: text, Entry: entryText(call), AuditUntil: call.AuditUntil, Until: call.Until,
		Logs: snap.Policy.FloorMode() == policy.ModeAudit, Used: b.usedLately(b.denials, call, snap.Facts), Difference: difference.Between(current, snap),
	}
	known := b.warned(ctx, file.before)
	for _, w := range warnings {
		if !known[w.Message] {
			a.Warnings = append(a.Warnings, w.Error())
		}
	}
	if a.Packs, err = packsWith(call); err != nil {
		return nil, err
	}
	if current != nil {
		a.Snapshot = current.Digest
	}
	if b.dryRun {
		return a, nil
	}
	if err := file.write(); err != nil {
		return nil, err
	}
	if err := b.put(store, snap); err != nil {
		return nil, errors.Join(err, file.revert())
	}
	a.Done, a.Snapshot = true, snap.Digest
	return a, nil
}

// warned is what a policy is warned of, by message: what was so before a call was blocked is nothing that blocking it brings.
func (b *blocker) warned(ctx context.Context, text []byte) map[string]bool {
	known := map[string]bool{}
	src, err := build.Text(b.policy, text, b.profiles)
	if err != nil {
		return known
	}
	defer func() { _ = src.Close() }()
	facts, err := b.host(ctx)
	if err != nil {
		return known
	}
	_, warnings, _ := src.Build(build.Node{Facts: facts, Now: b.now(), AuditPanics: denial.AuditPanics()})
	for _, w := range warnings {
		known[w.Message] = true
	}
	return known
}

// entry reads the command line as an entry of the floor.
func (b *blocker) entry(text string) (policy.Call, error) {
	call, note, err := callArgument(text)
	if err != nil {
		return call, err
	}
	if note != "" {
		b.say("seccompctl: note: %s", note)
	}
	if err := exists(call.Names[0]); err != nil {
		return call, err
	}
	for i, a := range call.Args {
		if a.Op == policy.OpMaskedEQ && a.Value == 1<<32-1 { // an int is compared as one in any case
			call.Args[i] = policy.Arg{Index: a.Index, Op: policy.OpEQ, Value: a.ValueTwo}
		}
	}
	now := b.now().UTC().Truncate(time.Second)
	if b.audit < 0 {
		return call, &usageError{message: fmt.Sprintf("--audit cannot be %v", b.audit), hint: "a time to come, as 24h"}
	}
	if b.audit > 0 {
		call.AuditUntil = now.Add(b.audit)
	}
	if b.until != "" {
		if call.Until, err = time.Parse(time.RFC3339, b.until); err != nil {
			return call, &usageError{message: fmt.Sprintf("--until cannot be %q", b.until), hint: "as in 2026-12-31T00:00:00Z"}
		}
		if !call.Until.After(now.Add(b.audit)) {
			return call, &usageError{message: fmt.Sprintf("--until %s is over before the call is denied", b.until)}
		}
	}
	return call, nil
}

// exists says what is wrong with the name of a call, a group or a pack.
func exists(name string) error {
	if short, ok := strings.CutPrefix(name, policy.PackPrefix); ok {
		packs, err := packfile.Load()
		if err != nil {
			return err
		}
		_, err = oneOf("a pack", short, slices.Sorted(maps.Keys(packs)))
		return err
	}
	_, finding, err := profile.ExpandName(name)
	if err == nil && finding != nil {
		return noCall(name)
	}
	return err
}

// noCall is the error for a system call that does not exist.
func noCall(name string) error {
	u := &usageError{message: fmt.Sprintf("no system call is named %q", name)}
	if near := syscalls.Suggest(name); near != "" {
		u.hint = fmt.Sprintf("did you mean %q?", near)
	}
	return u
}

// packsWith lists the packs that have a call among their aims: they close ways round it, too.
func packsWith(call policy.Call) ([]string, error) {
	packs, err := packfile.Load()
	if err != nil {
		return nil, err
	}
	var out []string
	for name, p := range packs {
		for _, d := range p.Denials {
			if name != "dangerous" && aims(d, call) {
				out = append(out, policy.PackPrefix+name)
				break
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// aims reports whether a denial of a pack is about a call, and about its argument if it has one.
func aims(d pack.Denial, call policy.Call) bool {
	if d.Collateral != "" || d.Around != "" || !slices.Contains(d.Names, call.Names[0]) {
		return false
	}
	if len(call.Args) == 0 || len(d.Args) == 0 && d.Bits == nil {
		return true
	}
	want := call.Args[0].Value
	if call.Args[0].Op == policy.OpMaskedEQ {
		want = call.Args[0].ValueTwo
	}
	if d.Bits != nil {
		return slices.ContainsFunc(d.Bits.Flags, func(f pack.Flag) bool { return f.Value == want })
	}
	return slices.ContainsFunc(d.Args, func(a specs.LinuxSeccompArg) bool {
		return a.Value == want && a.Op == specs.OpEqualTo || a.ValueTwo == want && a.Op == specs.OpMaskedEqual
	})
}

func (a blockAnswer) table(t *table) {
	verb := "denied to every new container"
	switch {
	case a.Logs:
		verb = "logged: the floor is in audit, and nothing is denied until the policy is enforced"
	case !a.AuditUntil.IsZero():
		verb = "logged until " + a.AuditUntil.Format(time.RFC3339) + ", then denied to every new container"
	}
	if !a.Until.IsZero() {
		verb += ", until " + a.Until.UTC().Format(time.RFC3339)
	}
	if !a.Done {
		verb = "would be " + verb
	}
	t.line("%s: %s", a.Call, verb)
	t.line("the floor's entry: %s", a.Entry)
	for _, w := range a.Warnings {
		t.line("note: %s", w)
	}
	if len(a.Packs) > 0 {
		t.line("ways round it stay open; closed along with it by: %s", strings.Join(a.Packs, ", "))
	}
	a.Used.table(t)
	if a.Done {
		t.line("in force: %s", a.Snapshot)
	}
	t.line("what runs keeps its filter: 'seccompctl exposed %s' lists who still can", a.Call)
}
