package bpf

import (
	"encoding/binary"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestDecodeRefuses(t *testing.T) {
	for name, p := range map[string]Program{
		"nothing":                {},
		"no return at the end":   {{Code: ld | imm}},
		"a load beyond":          {{Code: ld | abs, K: 64}, {Code: ret}},
		"a load not aligned":     {{Code: ld | abs, K: 2}, {Code: ret}},
		"a load of a byte":       {{Code: ld | abs | 0x10}, {Code: ret}},
		"a jump out":             {{Code: jmp | jeq, Jt: 1}, {Code: ret}},
		"a long jump that wraps": {{Code: jmp | ja, K: 0xffffffff}, {Code: ret}},
		"memory beyond":          {{Code: st, K: 16}, {Code: ret}},
		"a division by zero":     {{Code: alu | div}, {Code: ret}},
		"a shift by 32":          {{Code: alu | lsh, K: 32}, {Code: ret}},
		"modulo":                 {{Code: alu | 0x90, K: 1}, {Code: ret}},
		"too many":               make(Program, maxInstructions+1),
	} {
		if _, err := Decode(p.Encode(binary.LittleEndian), binary.LittleEndian); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Decode(make([]byte, 7), binary.LittleEndian); err == nil {
		t.Error("7 bytes: accepted")
	}
}

func TestEncodeAndDecode(t *testing.T) {
	p := Program{{Code: ld | abs, K: 4}, {Code: jmp | jeq, Jt: 0, Jf: 0, K: 0xc000003e}, {Code: ret, K: 0x7fff0000}}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		q, err := Decode(p.Encode(order), order)
		if err != nil || q.String() != p.String() {
			t.Errorf("%v: got %v %v", order, q, err)
		}
	}
}

func TestWordsOfBigEndianMachines(t *testing.T) {
	p := Program{{Code: ld | abs, K: 16}, {Code: ret | retA}}
	d := Data{Args: [6]uint64{0x1111111122222222}}
	d.Arch, _ = AuditArch(specs.ArchX86_64)
	if got := p.Run(&d); got != 0x22222222 {
		t.Errorf("x86_64: %#x", got)
	}
	d.Arch, _ = AuditArch(specs.ArchS390X)
	if got := p.Run(&d); got != 0x11111111 {
		t.Errorf("s390x: %#x", got)
	}
}

func TestString(t *testing.T) {
	p := Program{{Code: ld | abs, K: 20}, {Code: jmp | jset, Jt: 0, Jf: 1, K: 1}, {Code: ret, K: 0x00050026}, {Code: ret, K: 0x7fff0000}}
	want := "0000: ld [arg0.hi]\n0001: jset #0x1, 2, 3\n0002: ret ERRNO(38)\n0003: ret ALLOW\n"
	if got := p.String(); got != want {
		t.Errorf("got\n%s want\n%s", got, want)
	}
}
