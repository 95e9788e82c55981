package bpf

import "testing"

func TestListingNamesWhatIsCompared(t *testing.T) {
	p := Program{
		{Code: ld | abs, K: offsetArch},
		{Code: jmp | jeq, K: 0xc000003e, Jt: 1},
		{Code: jmp | jeq, K: 0x40000003, Jt: 3, Jf: 5},
		{Code: ld | abs},
		{Code: jmp | jge, K: 1 << 30, Jt: 3},
		{Code: jmp | jeq, K: 41, Jt: 2, Jf: 2},
		{Code: ld | abs},
		{Code: jmp | jgt, K: 41},
		{Code: ret, K: 0x7fff0000},
	}
	want := map[int]string{1: "X86_64, X32", 2: "X86", 4: "from read", 5: "socket", 7: "above dup"}
	for at, line := range p.Listing() {
		if line.Comment != want[at] {
			t.Errorf("%s: %q, want %q", line.Text, line.Comment, want[at])
		}
	}
}
