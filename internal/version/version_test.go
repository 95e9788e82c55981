package version_test

import (
	"testing"

	"github.com/seccompd/seccompd/internal/version"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]version.Version{
		"2.4.2":                {Major: 2, Minor: 4, Patch: 2},
		"v2.4.2":               {Major: 2, Minor: 4, Patch: 2},
		"1.34":                 {Major: 1, Minor: 34},
		"2.4.2+unknown":        {Major: 2, Minor: 4, Patch: 2},
		"2.2.1-0ubuntu1~24.04": {Major: 2, Minor: 2, Patch: 1},
		"1.1.5+ds1":            {Major: 1, Minor: 1, Patch: 5},
		"2.3.0-rc.1":           {Major: 2, Minor: 3, Pre: true},
		"2.3.0~beta2":          {Major: 2, Minor: 3, Pre: true},
		"1.6.0-dev":            {Major: 1, Minor: 6, Pre: true},
	} {
		if got, ok := version.Parse(in); !ok || got != want {
			t.Errorf("%q is %+v, %v; want %+v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "v", "x", "2", "unknown", "1..2", "1.2.3.4.5", "99999999999999999999.1", "-1"} {
		if got, ok := version.Parse(in); ok {
			t.Errorf("%q is %+v; want no version", in, got)
		}
	}
}

func TestOrder(t *testing.T) {
	order := []string{"1.1.5", "1.1.10", "1.5.2", "1.10.0-rc.1", "1.10.0", "2.0.0"}
	for i, a := range order {
		for j, b := range order {
			v, _ := version.Parse(a)
			w, _ := version.Parse(b)
			if got := v.Compare(w); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s against %s is %d", a, b, got)
			}
		}
	}
}
