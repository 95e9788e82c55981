package trace

import (
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

// Offsets in struct pt_regs of x86 (arch/x86/include/asm/ptrace.h), which has not changed since 2008.
const (
	regBP     = 4 * 8
	regBX     = 5 * 8
	regR10    = 7 * 8
	regR9     = 8 * 8
	regR8     = 9 * 8
	regCX     = 11 * 8
	regDX     = 12 * 8
	regSI     = 13 * 8
	regDI     = 14 * 8
	regOrigAX = 15 * 8
	regsSize  = 21 * 8
)

// The layout of an event.
const (
	offRet    = 0
	offThread = 8
	offStatus = 16
	offComm   = 24
	offRegs   = 40
	commSize  = 16
	eventSize = offRegs + regsSize
)

// statusCompat is TS_COMPAT of arch/x86/include/asm/thread_info.h: the call came in by a 32-bit entry.
const statusCompat = 2

// What the map of threads says of one.
const (
	inCall = 1
	out    = 2
)

// shared are what the two programs share.
type shared struct{ threads, events, lost *ebpf.Map }

func makeMaps() (*shared, error) {
	m := &shared{}
	for _, one := range []struct {
		to   **ebpf.Map
		spec ebpf.MapSpec
	}{
		{&m.threads, ebpf.MapSpec{Name: "threads", Type: ebpf.LRUHash, KeySize: 4, ValueSize: 4, MaxEntries: 1 << 15}},
		{&m.events, ebpf.MapSpec{Name: "events", Type: ebpf.RingBuf, MaxEntries: 4 << 20}},
		{&m.lost, ebpf.MapSpec{Name: "lost", Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 1}},
	} {
		made, err := ebpf.NewMap(&one.spec)
		if err != nil {
			m.close()
			return nil, fmt.Errorf("make map: %w", err)
		}
		*one.to = made
	}
	return m, nil
}

func (m *shared) close() {
	for _, one := range []*ebpf.Map{m.threads, m.events, m.lost} {
		if one != nil {
			_ = one.Close()
		}
	}
}

// Stack slots below the frame pointer.
const (
	slotNS  = -8 // struct bpf_pidns_info
	slotKey = -16
	slotVal = -24
)

// preamble leaves the context in R6 and the thread's pid_tgid in R7 and in its key, and ends for processes of other
// pid namespaces.
func preamble(dev, ino uint64) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R6, asm.R1),
		asm.LoadImm(asm.R1, int64(encodeDev(dev)), asm.DWord),
		asm.LoadImm(asm.R2, int64(ino), asm.DWord),
		asm.Mov.Reg(asm.R3, asm.R10),
		asm.Add.Imm(asm.R3, slotNS),
		asm.Mov.Imm(asm.R4, 8),
		asm.FnGetNsCurrentPidTgid.Call(),
		asm.JNE.Imm(asm.R0, 0, "end"),
		asm.FnGetCurrentPidTgid.Call(),
		asm.Mov.Reg(asm.R7, asm.R0),
		asm.StoreMem(asm.R10, slotKey, asm.R0, asm.Word),
	}
}

// encodeDev is a device number as the kernel's inodes have it, where stat gives it as user space has it.
func encodeDev(dev uint64) uint64 {
	major := dev>>8&0xfff | dev>>32&^0xfff
	minor := dev&0xff | dev>>12&0xffffff00
	return major<<20 | minor
}

// say puts what a thread does into the map.
func say(threads *ebpf.Map, state int32) asm.Instructions {
	return asm.Instructions{
		asm.StoreImm(asm.R10, slotVal, int64(state), asm.Word),
		asm.LoadMapPtr(asm.R1, threads.FD()),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, slotKey),
		asm.Mov.Reg(asm.R3, asm.R10),
		asm.Add.Imm(asm.R3, slotVal),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnMapUpdateElem.Call(),
	}
}

func end() asm.Instructions {
	return asm.Instructions{asm.Mov.Imm(asm.R0, 0).WithSymbol("end"), asm.Return()}
}

func program(name string, parts ...asm.Instructions) *ebpf.ProgramSpec {
	spec := &ebpf.ProgramSpec{Name: name, Type: ebpf.RawTracepoint, License: "GPL"}
	for _, p := range parts {
		spec.Instructions = append(spec.Instructions, p...)
	}
	return spec
}

// enterProgram remembers that a thread has begun a call. The kernel gets there after the filter has let the call through.
func enterProgram(m *shared, dev, ino uint64) *ebpf.ProgramSpec {
	return program("seccompd_enter", preamble(dev, ino), say(m.threads, inCall), end())
}

// exitProgram reports a thread that comes out of a call which it did not begin: a filter kept it from that.
func exitProgram(m *shared, dev, ino uint64) *ebpf.ProgramSpec {
	return program("seccompd_exit", preamble(dev, ino), asm.Instructions{
		asm.LoadMapPtr(asm.R1, m.threads.FD()),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, slotKey),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "new"),
		asm.LoadMem(asm.R1, asm.R0, 0, asm.Word),
		asm.StoreImm(asm.R0, 0, out, asm.Word),
		asm.JNE.Imm(asm.R1, out, "end"),

		asm.LoadMapPtr(asm.R1, m.events.FD()),
		asm.Mov.Imm(asm.R2, eventSize),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnRingbufReserve.Call(),
		asm.JEq.Imm(asm.R0, 0, "full"),
		asm.Mov.Reg(asm.R8, asm.R0),

		asm.LoadMem(asm.R1, asm.R6, 8, asm.DWord), // the return value
		asm.StoreMem(asm.R8, offRet, asm.R1, asm.DWord),
		asm.StoreMem(asm.R8, offThread, asm.R7, asm.DWord),
		asm.Mov.Imm(asm.R1, 0),
		asm.StoreMem(asm.R8, offStatus, asm.R1, asm.DWord),
		asm.FnGetCurrentTask.Call(),
		asm.Mov.Reg(asm.R3, asm.R0),
		asm.Add.Imm(asm.R3, statusOffset()),
		asm.Mov.Reg(asm.R1, asm.R8),
		asm.Add.Imm(asm.R1, offStatus),
		asm.Mov.Imm(asm.R2, 4),
		asm.FnProbeReadKernel.Call(),
		asm.Mov.Reg(asm.R1, asm.R8),
		asm.Add.Imm(asm.R1, offComm),
		asm.Mov.Imm(asm.R2, commSize),
		asm.FnGetCurrentComm.Call(),
		asm.Mov.Reg(asm.R1, asm.R8),
		asm.Add.Imm(asm.R1, offRegs),
		asm.Mov.Imm(asm.R2, regsSize),
		asm.LoadMem(asm.R3, asm.R6, 0, asm.DWord), // the registers
		asm.FnProbeReadKernel.Call(),
		asm.Mov.Reg(asm.R1, asm.R8),
		asm.Mov.Imm(asm.R2, 0),
		asm.FnRingbufSubmit.Call(),
		asm.Ja.Label("end"),

		asm.StoreImm(asm.R10, slotKey, 0, asm.Word).WithSymbol("full"),
		asm.LoadMapPtr(asm.R1, m.lost.FD()),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, slotKey),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "end"),
		asm.Mov.Imm(asm.R1, 1),
		asm.StoreXAdd(asm.R0, asm.R1, asm.DWord),
		asm.Ja.Label("end"),
		asm.Mov.Imm(asm.R1, 0).WithSymbol("new"),
	}, say(m.threads, out), end())
}

// statusOffset is where the status of a thread is in its task, as the kernel says itself.
func statusOffset() int32 {
	const usual = 16 // since 5.11
	kernel, err := btf.LoadKernelSpec()
	if err != nil {
		return usual
	}
	var info *btf.Struct
	if err := kernel.TypeByName("thread_info", &info); err != nil {
		return usual
	}
	for _, m := range info.Members {
		if m.Name == "status" {
			return int32(m.Offset.Bytes())
		}
	}
	return usual
}
