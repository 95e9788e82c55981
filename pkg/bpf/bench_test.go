package bpf_test

import (
	"testing"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/workload"
)

func BenchmarkCompile(b *testing.B) {
	m := shipped(b, "amd64", workload.DefaultCapabilities)["containerd"]
	for b.Loop() {
		compile(b, m)
	}
}

func BenchmarkMeaning(b *testing.B) {
	p := compile(b, shipped(b, "amd64", workload.DefaultCapabilities)["containerd"])
	for b.Loop() {
		meaning(b, p)
	}
}

// BenchmarkMeaningLinear reads a program that compares one number after the other, as crun's do.
func BenchmarkMeaningLinear(b *testing.B) {
	var p bpf.Program
	p = append(p, bpf.Instruction{Code: loadWord})
	for nr := range uint32(350) {
		p = append(p, bpf.Instruction{Code: ifEqual, K: 2 * nr, Jf: 1}, bpf.Instruction{Code: give, K: 0x7fff0000})
	}
	p = append(p, bpf.Instruction{Code: give, K: 0x00050001})
	for b.Loop() {
		meaning(b, p)
	}
}

func BenchmarkCompareHeld(b *testing.B) {
	m := shipped(b, "amd64", workload.DefaultCapabilities)["containerd"]
	held := meaning(b, compile(b, m))
	for b.Loop() {
		if algebra.Compare(held, m).Verdict != algebra.Equal {
			b.Fatal("not equal")
		}
	}
}
