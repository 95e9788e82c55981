package integration_test

import (
	"strings"
	"testing"
)

// TestShimAudit has what audit mode changes: containers are created as they
// would be, and the record says what would become of them. A configuration that
// two runtimes read differently is refused all the same, and so is what goes
// round a floor that is enforced.
func TestShimAudit(t *testing.T) {
	t.Parallel()
	const refuses = "default: {action: refuse}\n"
	bypass, twice := map[string]string{"NOTES": `"run.oci.seccomp.receiver":"/x",`}, map[string]string{"LINUX": `"seccomp":null,"seccomp":null,`}
	audit, floor := newShim(t, "mode: audit\n"+refuses), newShim(t, "mode: audit\nfloor: {mode: enforce, deny: [mkdir]}\n"+refuses)

	b := newBundle(t, audit)
	if out, err := b.run(); err != nil || !strings.Contains(out, "mkdir = -14 EFAULT") {
		t.Errorf("created in audit: %v %s", err, out)
	}
	if d := audit.of(t, b.id); d.Result != "audited" || !d.WouldRefuse {
		t.Errorf("on record: %+v", d)
	}
	b = newBundle(t, floor)
	b.created(b.run())

	b = newBundle(t, audit)
	b.write(b.config(bypass))
	if out, err := b.run(); err != nil || !strings.Contains(out, "mkdir = -14 EFAULT") {
		t.Errorf("with an annotation in audit: %v %s", err, out)
	}
	b = newBundle(t, floor)
	b.write(b.config(bypass))
	out, err := b.run()
	b.refused(out, err, "run.oci.seccomp.receiver")

	b = newBundle(t, audit)
	b.write(b.config(twice))
	out, err = b.run()
	b.refused(out, err, "stands twice")

	b = newBundle(t, audit)
	if out, err := b.run("restore", "--bundle", b.dir, "--image-path", b.dir, b.id); err == nil || strings.Contains(out, "seccompd") {
		t.Errorf("a checkpoint in audit is the runtime's: %v %s", err, out)
	}
	b = newBundle(t, floor)
	out, err = b.run("restore", "--bundle", b.dir, "--image-path", b.dir, b.id)
	b.refused(out, err, "checkpoint")
}
