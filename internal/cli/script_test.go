package cli_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seccompd/seccompd/internal/cli"
)

var update = flag.Bool("update", false, "write what the scripts expect anew")

func TestMain(m *testing.M) {
	// Files that others may write are refused, and a umask may be lax.
	syscall.Umask(0o022)
	cli.Version = "v0.0.0-test"
	testscript.Main(m, map[string]func(){
		"seccompctl": func() { os.Exit(described(os.Args[1:])) },
	})
}

func TestScripts(t *testing.T) {
	dir := schemas(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv(schemaDir, dir)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"files": files,
			"code":  code,
			"pid":   pid,
			"holds": fileHolds,
		},
	})
}

// files prints the files beneath a directory, sorted, with their modes; locks are left out. There must be
// those that it is given and no other.
func files(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: files DIRECTORY [NAME]…")
	}
	var names []string
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		names = append(names, rel)
		_, err = fmt.Fprintf(ts.Stdout(), "%s %04o\n", rel, info.Mode().Perm())
		return err
	}))
	want := slices.Sorted(slices.Values(args[1:]))
	if !slices.Equal(names, want) {
		ts.Fatalf("there are %q, not %q", names, want)
	}
}

// pid sets a variable to the process that was started last, when that has become the program of a name.
func pid(ts *testscript.TestScript, neg bool, args []string) {
	list := ts.BackgroundCmds()
	if neg || len(args) != 2 || len(list) == 0 {
		ts.Fatalf("usage: pid VARIABLE PROGRAM, after a command in the background")
	}
	n := list[len(list)-1].Process.Pid
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", n))
		ts.Check(err)
		if strings.TrimSpace(string(comm)) == args[1] {
			break
		}
		if time.Now().After(end) {
			ts.Fatalf("process %d is %q, not %q", n, comm, args[1])
		}
	}
	ts.Setenv(args[0], fmt.Sprint(n))
}

// fileHolds holds what a verb wrote to a file to the verb's schema.
func fileHolds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: holds VERB FILE")
	}
	text := ts.ReadFile(args[1])
	if strings.TrimSpace(text) == "" {
		ts.Fatalf("%s is empty", args[1])
	}
	ts.Check(holds(ts.Getenv(schemaDir), args[0], strings.NewReader(text)))
}

// code runs a command that must exit with a code.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code CODE COMMAND [ARGUMENT]…")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, not %s", got, args[0])
	}
}
