package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// checkAnswer is what check says.
type checkAnswer struct {
	Policy string `json:"policy"`
	// Sound says that nothing is wrong.
	Sound    bool      `json:"sound"`
	Findings []finding `json:"findings"`
}

// finding is one thing that is wrong with a policy or a profile, or looks wrong.
type finding struct {
	// Severity is "error" or "warning".
	Severity string `json:"severity"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
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
	src, err := c.source(file)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	facts, err := flags.read(ctx, c)
	if err != nil {
		return err
	}
	node := build.Node{Facts: facts, Now: c.now()}
	a := checkAnswer{Policy: file, Findings: []finding{}}
	_, warnings, err := src.Build(node)
	a.add(string(policy.SeverityError), err)
	for _, w := range warnings {
		a.add(string(w.Severity), w)
	}
	a.Sound = err == nil
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
	data, err := io.ReadAll(io.LimitReader(c.in, document.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return build.Text(stdinName, data, c.profiles)
}

// add adds an error, and each of several that were joined.
func (a *checkAnswer) add(severity string, err error) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			a.add(severity, e)
		}
		return
	}
	f := finding{Severity: severity, Message: err.Error()}
	var d *document.Error
	var p policy.Finding
	switch {
	case errors.As(err, &d):
		f = finding{severity, d.File, d.Line, d.Column, d.Message, d.Hint}
	case errors.As(err, &p):
		f = finding{severity, p.File, p.Position.Line, p.Position.Column, p.Message, p.Hint}
	}
	a.Findings = append(a.Findings, f)
}

func (f finding) String() string {
	at := ""
	if f.File != "" {
		at = f.File + ": "
		if f.Line > 0 {
			at = fmt.Sprintf("%s:%d:%d: ", f.File, f.Line, f.Column)
		}
	}
	s := at + f.Severity + ": " + f.Message
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}

func (a checkAnswer) table(t *table) {
	counts := map[string]int{}
	for _, f := range a.Findings {
		t.line("%s", f)
		counts[f.Severity]++
	}
	tail := ""
	if n := counts[string(policy.SeverityWarning)]; n > 0 {
		tail = ", with " + plural(n, "warning")
	}
	if !a.Sound {
		t.line("%s: not sound: %s", a.Policy, plural(counts[string(policy.SeverityError)], "error")+tail)
		return
	}
	t.line("%s: sound%s", a.Policy, tail)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
