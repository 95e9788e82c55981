package policyfile_test

import (
	"os"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/workload"
)

const reference = "../../../docs/policy.md"

// head is put before a block of the reference that is a part of a policy.
const head = "apiVersion: seccompd/v1\nkind: NodePolicy\n"

// TestReferenceBlocks reads every YAML block of the reference. Blocks that do not begin with apiVersion are parts: they get
// the head, and a mode if they have none. None has an error for a node with the newest engines.
func TestReferenceBlocks(t *testing.T) {
	blocks := strings.Split(string(read(t, reference)), "```yaml\n")[1:]
	if len(blocks) < 8 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for i, b := range blocks {
		block, _, ok := strings.Cut(b, "\n```")
		if !ok {
			t.Fatalf("block %d does not end", i+1)
		}
		if !strings.HasPrefix(block, "apiVersion:") {
			if !strings.HasPrefix(block, "mode:") {
				block = "mode: audit\n" + block
			}
			block = head + block
		}
		p, err := policyfile.Parse("docs/policy.md", []byte(block))
		if err != nil {
			t.Errorf("block %d:\n%s\n%v", i+1, block, err)
			continue
		}
		for _, f := range p.Check(policy.Node{Now: now}) {
			if f.Severity == policy.SeverityError {
				t.Errorf("block %d:\n%s\n%v", i+1, block, f)
			}
		}
	}
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
