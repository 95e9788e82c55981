package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/lint"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

// checkAnswer is what check says.
type checkAnswer struct {
	Policy string `json:"policy"`
	// Sound says that nothing is wrong: apply takes it.
	Sound    bool           `json:"sound"`
	Findings []lint.Finding `json:"findings"`
}

// stdinName is what messages call standard input.
const stdinName = "<stdin>"

func newCheck(c *console) *cobra.Command {
	var node nodeFlags
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say whether a policy, and every profile that it names, is sound for its doors",
		Long:  "check reads the policy (FILE, --policy, or - for standard input) and every profile that it names, and prints what is wrong\nand what looks wrong, with file, line and column. It exits with 1 if something is wrong.",
		Example: "  seccompctl check\n" +
			"  seccompctl check policy.yaml --profiles ./profiles --arch arm64",
		Args: takes(0, 1, "file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := c.policy
			if len(args) > 0 {
				file = args[0]
			}
			return c.check(cmd.Context(), file, &node)
		},
	}
	node.register(cmd)
	return cmd
}

func (c *console) check(ctx context.Context, file string, flags *nodeFlags) error {
	src, name, data, err := c.sourceText(file)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	facts, err := flags.read(ctx, c)
	if err != nil {
		return err
	}
	node := build.Node{Facts: facts, Now: c.now()}
	a := checkAnswer{Policy: file, Findings: []lint.Finding{}}
	snap, warnings, err := src.Build(node)
	a.Sound = err == nil
	a.Findings = append(a.Findings, lint.Errors(err)...)
	l := linted{console: c, target: lint.Target{Facts: facts, Capabilities: workload.DefaultCapabilities}}
	more, err := l.withProfiles(lint.Policy(warnings), name, data)
	if err != nil {
		return err
	}
	if snap != nil {
		lists, err := l.lists(snap)
		if err != nil {
			return err
		}
		more = append(more, lists...)
	}
	for _, f := range more {
		f.Severity = lint.Warning // apply does not refuse it
		a.Findings = append(a.Findings, f)
	}
	if err := c.print(a); err != nil {
		return err
	}
	if !a.Sound {
		return errNo
	}
	return nil
}

// source reads a policy, "-" from standard input.
func (c *console) source(file string) (*build.Source, error) {
	if file != "-" {
		return build.Read(file, c.profiles)
	}
	data, err := c.read(file)
	if err != nil {
		return nil, err
	}
	return build.Text(stdinName, data, c.profiles)
}

// sourceText is source, with what messages call the policy and its text.
func (c *console) sourceText(file string) (*build.Source, string, []byte, error) {
	if file == "-" {
		data, err := c.read(file)
		if err != nil {
			return nil, "", nil, err
		}
		src, err := build.Text(stdinName, data, c.profiles)
		return src, stdinName, data, err
	}
	src, err := build.Read(file, c.profiles)
	if err != nil {
		return nil, "", nil, err
	}
	data, err := c.read(file)
	if err != nil {
		return nil, "", nil, errors.Join(fmt.Errorf("read policy: %w", err), src.Close())
	}
	return src, file, data, nil
}

func (a checkAnswer) table(t *table) {
	counts := map[lint.Severity]int{}
	for _, f := range a.Findings {
		t.line("%s", f)
		counts[f.Severity]++
	}
	tail := ""
	if n := counts[lint.Warning]; n > 0 {
		tail = ", with " + plural(n, "warning")
	}
	if !a.Sound {
		t.line("%s: not sound: %s", a.shown(), plural(counts[lint.Error], "error")+tail)
		return
	}
	t.line("%s: sound%s", a.shown(), tail)
}

// shown is what messages call the policy.
func (a checkAnswer) shown() string {
	if a.Policy == "-" {
		return stdinName
	}
	return a.Policy
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
