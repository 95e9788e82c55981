package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/lint"
	"github.com/seccompd/seccompd/pkg/workload"
)

// lintAnswer is what lint says.
type lintAnswer struct {
	Errors   int            `json:"errors"`
	Warnings int            `json:"warnings"`
	Files    []lintedFile   `json:"files"`
	Findings []lint.Finding `json:"findings"`
}

// lintedFile is one profile or policy that was looked at.
type lintedFile struct {
	File string `json:"file"`
	// Kind is "profile" or "policy"; "" for what could not be read as either.
	Kind     string `json:"kind,omitempty"`
	Errors   int    `json:"errors"`
	Warnings int    `json:"warnings"`
}

func newLint(c *console) *cobra.Command {
	var flags meaningFlags
	var engine string
	cmd := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Say what in profiles and policies does not do what it seems to",
		Long: "lint reports what in a profile or a policy does not do what it seems to on this machine: typos, rules that do nothing, denials\n" +
			"with an open way round, and what starts no container. docs/lint.md has a section for each rule.\n\n" +
			"It exits with 1 if there is an error. FILE is a file, - for standard input, or a profile named as for 'seccompctl show', but for pid:N and container:ID.",
		Example:           "  seccompctl lint mine.json\n  seccompctl lint policy.yaml --profiles ./profiles --arch arm64",
		Args:              lintTakes,
		ValidArgsFunction: completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.lint(cmd.Context(), args, &flags, engine)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&engine, "engine", string(workload.EngineContainerd), "the engine that reads the profile itself: "+strings.Join(words(workload.Engines()), ", "))
	must(cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions(words(workload.Engines()), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func lintTakes(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{message: "a file is missing"}
	}
	stdin := 0
	for _, a := range args {
		if a == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return &usageError{message: "standard input can be read once only"}
	}
	return nil
}

func (c *console) lint(ctx context.Context, files []string, flags *meaningFlags, engine string) error {
	if _, err := oneOf("--engine", engine, words(workload.Engines())); err != nil {
		return err
	}
	facts, caps, err := flags.read(ctx, c)
	if err != nil {
		return err
	}
	plain := engine != string(workload.EngineDocker) && engine != string(workload.EnginePodman)
	l := linted{console: c, target: lint.Target{Facts: facts, Capabilities: caps, PlainOCI: plain}}
	a := lintAnswer{Files: []lintedFile{}, Findings: []lint.Finding{}}
	for _, name := range files {
		kind, findings, err := l.file(name)
		if err != nil {
			return err
		}
		f := lintedFile{File: name, Kind: kind}
		for _, found := range findings {
			if found.Severity == lint.Error {
				f.Errors++
			} else {
				f.Warnings++
			}
		}
		a.Errors, a.Warnings = a.Errors+f.Errors, a.Warnings+f.Warnings
		a.Files, a.Findings = append(a.Files, f), append(a.Findings, findings...)
	}
	if err := c.print(a); err != nil {
		return err
	}
	if a.Errors > 0 {
		return errNo
	}
	return nil
}

// read reads what lint was given, "-" from standard input.
func (c *console) read(name string) ([]byte, error) {
	if name != "-" {
		return readFile(name)
	}
	data, err := io.ReadAll(io.LimitReader(c.in, document.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return data, nil
}

func (a lintAnswer) table(t *table) {
	for _, f := range a.Findings {
		t.line("%s", f)
	}
	for _, f := range a.Files {
		t.line("%s: %s", f.File, counted(f.Errors, f.Warnings))
	}
}

// counted is "1 error, 2 warnings", or that there is nothing.
func counted(errors, warnings int) string {
	var parts []string
	if errors > 0 {
		parts = append(parts, plural(errors, "error"))
	}
	if warnings > 0 {
		parts = append(parts, plural(warnings, "warning"))
	}
	if len(parts) == 0 {
		return "nothing found"
	}
	return strings.Join(parts, ", ")
}
