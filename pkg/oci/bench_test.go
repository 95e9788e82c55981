package oci_test

import (
	"fmt"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/oci"
)

// BenchmarkWith reads a configuration and puts a filter into it, of the size of an engine's default.
func BenchmarkWith(b *testing.B) {
	errno := uint(1)
	filter := specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: &errno, Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86}}
	var names []string
	for i := range 350 {
		names = append(names, fmt.Sprintf("a_call_%d", i))
	}
	filter.Syscalls = append(filter.Syscalls, specs.LinuxSyscall{Names: names, Action: specs.ActAllow})
	for i := range 12 {
		filter.Syscalls = append(filter.Syscalls, specs.LinuxSyscall{
			Names: []string{"personality"}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Value: uint64(i), Op: specs.OpEqualTo}},
		})
	}
	config := []byte(`{"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/","capabilities":{"bounding":["CAP_CHOWN"]}},"root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"}],"linux":{"namespaces":[{"type":"mount"},{"type":"pid"}]}}`)
	b.ReportAllocs()
	for b.Loop() {
		c, err := oci.Parse("config.json", config)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.With(&filter); err != nil {
			b.Fatal(err)
		}
	}
}
