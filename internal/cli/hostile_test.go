package cli

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/workload"
)

// hostile is a text that drives a terminal, forges a line, and reads backwards.
const hostile = "e\x1b[31m\x1b]0;x\a\u009b2J\r\nforged\tvil\u202e\u2028\xff"

// fill puts a hostile text wherever a value holds a text, and one element into what is a list.
func fill(v reflect.Value, depth int) {
	if depth == 0 || !v.CanSet() {
		return
	}
	switch v.Interface().(type) {
	case workload.Attr[string]:
		v.Set(reflect.ValueOf(workload.Known(hostile)))
		return
	case workload.Attr[workload.Engine]:
		v.Set(reflect.ValueOf(workload.Known(workload.Engine(hostile))))
		return
	case workload.Attr[map[string]string]:
		v.Set(reflect.ValueOf(workload.Known(map[string]string{hostile: hostile})))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth-1)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth-1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth-1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, depth-1)
		fill(value, depth-1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint64, reflect.Uint32, reflect.Uint:
		v.SetUint(3)
	}
}

// TestNothingDrivesATerminal fills the answers of verbs with hostile texts in every place, also where none can come from
// today, and prints them in each form.
func TestNothingDrivesATerminal(t *testing.T) {
	for _, a := range []answer{
		&statusAnswer{}, &explainAnswer{}, &denialsAnswer{}, &reportAnswer{}, &driftAnswer{}, &exposedAnswer{},
		&checkAnswer{}, &lintAnswer{}, &applyAnswer{}, &blockAnswer{}, &compareAnswer{}, &simulateAnswer{}, &enforceAnswer{},
		&doctorAnswer{}, &testAnswer{}, &tryTraceAnswer{}, &showAnswer{}, &programsAnswer{},
	} {
		name := reflect.TypeOf(a).Elem().Name()
		fill(reflect.ValueOf(a).Elem(), 12)
		for _, form := range []string{formTable, formJSON, formYAML} {
			var out bytes.Buffer
			c := &console{out: &out, now: time.Now, settings: settings{form: form}}
			if err := c.print(a); err != nil {
				t.Errorf("%s as %s: %v", name, form, err)
			}
			checkShown(t, name+" as "+form, out.String())
			if !strings.Contains(out.String(), "forged") {
				t.Errorf("%s as %s: nothing hostile was shown, so nothing is tested:\n%s", name, form, out.String())
			}
		}
	}
}

// checkShown reports what a terminal would obey, or a line that a text forged.
func checkShown(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && (hidden(r) || r == '\x1b' || r == '\r' || r == '\t') {
			t.Errorf("%s: a raw %q", what, r)
			break
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "forged") { // what verbs suggest has lines, which are indented, and quotes what is in it
			t.Errorf("%s: a forged line %q", what, line)
		}
	}
}

// TestNothingDrivesATerminalTraced is the same for what denials --trace says, of which the threads' names are the container's.
func TestNothingDrivesATerminalTraced(t *testing.T) {
	for _, a := range []answer{
		&traceAnswer{Container: hostile},
		&traceAnswer{Container: hostile, Calls: []traced{{tracedCall: tracedCall{Syscall: "mount", Comm: hostile, Errno: "EPERM"}, Count: 3}}},
	} {
		for _, form := range []string{formTable, formJSON, formYAML} {
			var out bytes.Buffer
			c := &console{out: &out, now: time.Now, settings: settings{form: form}}
			if err := c.print(a); err != nil {
				t.Fatal(err)
			}
			checkShown(t, "a trace as "+form, out.String())
		}
	}
}

// TestNothingDrivesATerminalMeanwhile is the same for what status --watch and denials --follow write.
func TestNothingDrivesATerminalMeanwhile(t *testing.T) {
	var s statusAnswer
	fill(reflect.ValueOf(&s).Elem(), 12)
	s.InForce.Mode, s.Running = "audit", true
	var out bytes.Buffer
	c := &console{out: &out, now: time.Now}
	for _, write := range []func() error{
		func() error { return c.changes(&s, nil, s.lines()) },
		func() error { return c.changes(&s, s.lines(), nil) },
		func() error { return c.jsonLine(&s, nil, s.lines()) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	d := denialsFlags{console: &console{out: &out, settings: settings{form: formTable}}}
	var a denialsAnswer
	fill(reflect.ValueOf(&a).Elem(), 12)
	for _, form := range []string{formTable, formJSON} {
		d.form = form
		if err := d.writeDenial(a.Denials[0]); err != nil {
			t.Fatal(err)
		}
	}
	checkShown(t, "watched and followed", out.String())
}
