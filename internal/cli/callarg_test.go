package cli

import (
	"reflect"
	"testing"

	"github.com/seccompd/seccompd/pkg/policy"
)

func TestCallArgument(t *testing.T) {
	masked := func(index uint, mask, value uint64) []policy.Arg {
		return []policy.Arg{{Index: index, Op: policy.OpMaskedEQ, Value: mask, ValueTwo: value}}
	}
	for text, want := range map[string]policy.Call{
		"keyctl":                             {Names: []string{"keyctl"}},
		"io_uring_*":                         {Names: []string{"io_uring_*"}},
		"@mount":                             {Names: []string{"@mount"}},
		"pack:af-alg":                        {Names: []string{"pack:af-alg"}},
		"socket:AF_ALG":                      {Names: []string{"socket"}, Args: masked(0, 0xffffffff, 38)},
		"socket:af_alg":                      {Names: []string{"socket"}, Args: masked(0, 0xffffffff, 38)},
		"socket:38":                          {Names: []string{"socket"}, Args: masked(0, 0xffffffff, 38)},
		"unshare:CLONE_NEWUSER|CLONE_NEWNET": {Names: []string{"unshare"}, Args: masked(0, 0x50000000, 0x50000000)},
		"ioctl:TIOCSTI":                      {Names: []string{"ioctl"}, Args: masked(1, 0xffffffff, 0x5412)},
		"mmap:arg2=4":                        {Names: []string{"mmap"}, Args: []policy.Arg{{Index: 2, Op: policy.OpEQ, Value: 4}}},
		"mmap:arg2&0x4=0x4":                  {Names: []string{"mmap"}, Args: masked(2, 4, 4)},
	} {
		got, _, err := callArgument(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", ":", "socket:", ":AF_ALG", "socket:AF_NONE", "socket:0x100000000", "socket:AF_INET|AF_ALG", "unshare:0", "unshare:|", "read:3",
		"mmap:arg6=1", "mmap:arg2=", "mmap:arg2=x", "mmap:arg2&=1",
	} {
		if got, _, err := callArgument(text); err == nil {
			t.Errorf("%q: %+v, want an error", text, got)
		}
	}
}
