package denial

import (
	"fmt"
	"strings"
	"testing"
)

// What is remembered is the record but for its time, and there is an end to it.
func TestParserRemembers(t *testing.T) {
	const form = "audit(%d.%03d:%d): auid=1 uid=0 gid=0 ses=4 pid=%d comm=\"a\" exe=%q sig=0 arch=c000003e syscall=162 compat=0 ip=0x7 code=0x50000"
	p := newParser()
	for i := range 3 * maxParsed {
		for _, pid := range []int{7, 100 + i} {
			e, err := p.parse(fmt.Appendf(nil, form, 1795119683+i, i%1000, i, pid, "/x"))
			if err != nil {
				t.Fatal(err)
			}
			if e.PID != uint32(pid) || e.Time.Unix() != int64(1795119683+i) || e.Time.Nanosecond() != i%1000*1e6 || e.Exe != "/x" {
				t.Fatalf("record %d of %d read as %+v", i, pid, e)
			}
		}
		if len(p.parsed) > maxParsed {
			t.Fatalf("%d records are remembered", len(p.parsed))
		}
	}
	before := len(p.parsed)
	if _, err := p.parse(fmt.Appendf(nil, form, 1, 1, 1, 1, strings.Repeat("x", maxParsedLen))); err != nil || len(p.parsed) != before {
		t.Errorf("a long record: %v, %d remembered, want %d", err, len(p.parsed), before)
	}
	known := fmt.Sprintf(form, 1, 1, 1, 7, "/x")
	for name, text := range map[string]string{
		"no time":      strings.Replace(known, "audit(1.001:1): ", "", 1),
		"another time": strings.Replace(known, "1.001", "1,001", 1),
		"a second pid": known + " pid=8",
		"no pid":       strings.Replace(known, "pid=7", "pod=7", 1),
	} {
		for range 2 {
			if e, err := p.parse([]byte(text)); err == nil {
				t.Errorf("%s: read as %+v", name, e)
			}
		}
	}
}
