package policyfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/workload"
)

const reference = "../../../docs/policy.md"

// head is put before a block of the reference that is a part of a policy.
const head = "apiVersion: seccompd/v1\nkind: NodePolicy\n"

// TestBlocks reads every YAML block of the documents. Blocks that do not begin with apiVersion are parts of a policy: they
// get the head, and a mode if they have none. None has an error for a node with the newest engines. Blocks that are other
// objects, as pods, are only read as YAML.
func TestBlocks(t *testing.T) {
	files, err := filepath.Glob("../../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range append(files, "../../../README.md") {
		for i, b := range strings.Split(string(read(t, file)), "```yaml\n")[1:] {
			count++
			block, _, ok := strings.Cut(b, "\n```")
			if !ok {
				t.Fatalf("%s: block %d does not end", file, i+1)
			}
			if err := checkBlock(file, block); err != nil {
				t.Errorf("%s: block %d:\n%s\n%v", file, i+1, block, err)
			}
		}
	}
	if count < 9 {
		t.Fatalf("%d blocks", count)
	}
}

func checkBlock(file, block string) error {
	if !strings.HasPrefix(block, "apiVersion:") {
		if !strings.HasPrefix(block, "mode:") {
			block = "mode: audit\n" + block
		}
		block = head + block
	}
	if !strings.HasPrefix(block, "apiVersion: seccompd/") {
		_, err := yamldoc.ParseAll(file, []byte(block))
		return err
	}
	p, err := policyfile.Parse(file, []byte(block))
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range p.Check(policy.Node{Now: now}) {
		if f.Severity == policy.SeverityError {
			errs = append(errs, f)
		}
	}
	return errors.Join(errs...)
}

// TestReferenceTables holds the tables of the reference against those that check uses.
func TestReferenceTables(t *testing.T) {
	text := string(read(t, reference))
	for _, door := range workload.Doors() {
		begin := "<!-- table: " + string(door) + " -->\n"
		before, rest, ok := strings.Cut(text, begin)
		if !ok {
			t.Fatalf("no table of the door %s", door)
		}
		got, after, ok := strings.Cut(rest, "<!-- end -->")
		if !ok {
			t.Fatalf("the table of the door %s does not end", door)
		}
		want := "\n" + policy.Table(door) + "\n"
		if got != want && !*update {
			t.Errorf("the table of the door %s is not that of the code: run go test ./pkg/policy/policyfile -update\ngot:%s\nwant:%s", door, got, want)
		}
		text = before + begin + want + "<!-- end -->" + after
	}
	if *update {
		if err := os.WriteFile(reference, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
