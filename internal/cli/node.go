package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// nodeFlags say which machine an answer is for. Without one it is this one, or a Linux machine of its architecture where
// this one runs something else.
type nodeFlags struct {
	facts string
	arch  string
}

func (n *nodeFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&n.facts, "host-facts", "", "answer for the machine of which 'seccompctl version --host -o json' wrote this `file`")
	f.StringVar(&n.arch, "arch", "", "answer for a recent machine of this `architecture`: "+strings.Join(goarches(), ", "))
	cmd.MarkFlagsMutuallyExclusive("host-facts", "arch")
	must(cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(goarches(), cobra.ShellCompDirectiveNoFileComp)))
}

// away reports whether the answer is for another machine.
func (n *nodeFlags) away() bool { return n.facts != "" || n.arch != "" || runtime.GOOS != "linux" }

// host reads the facts of this machine.
func (c *console) host(ctx context.Context) (host.Facts, error) {
	return host.Read(ctx, host.Options{Runtimes: c.runtimes})
}

func (n *nodeFlags) read(ctx context.Context, c *console) (host.Facts, error) {
	switch {
	case n.facts != "":
		return readFacts(n.facts)
	case n.arch != "":
		if _, ok := syscalls.Native(n.arch); !ok {
			u := &usageError{message: fmt.Sprintf("--arch cannot be %q", n.arch), hint: "one of " + strings.Join(goarches(), ", ")}
			if near := document.Closest(n.arch, goarches()); near != "" {
				u.hint = fmt.Sprintf("did you mean %q?", near)
			}
			return host.Facts{}, u
		}
		return host.Assume(n.arch), nil
	case runtime.GOOS == "linux":
		return c.host(ctx)
	}
	c.say("taking a Linux machine of architecture %s (--arch and --host-facts name another)", runtime.GOARCH)
	return host.Assume(runtime.GOARCH), nil
}

func readFacts(file string) (host.Facts, error) {
	data, err := readFile(file)
	if err != nil {
		return host.Facts{}, fmt.Errorf("read host facts: %w", err)
	}
	var all struct {
		versionAnswer
		Host host.Facts `json:"host"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&all); err != nil {
		return host.Facts{}, fmt.Errorf("read host facts: %s: %w (write one with 'seccompctl version --host -o json')", file, err)
	}
	f := all.Host
	if f.Native == "" || len(f.ABIs) == 0 {
		return host.Facts{}, fmt.Errorf("read host facts: %s: it names no architecture (write one with 'seccompctl version --host -o json')", file)
	}
	return f, nil
}

// goarches are the architectures that the tables of system calls cover, as Go names them.
func goarches() []string {
	return []string{"amd64", "386", "arm64", "arm", "riscv64", "ppc64le", "s390x", "loong64"}
}
