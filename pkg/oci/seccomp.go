package oci

import specs "github.com/opencontainers/runtime-spec/specs-go"

// seccomp reads linux.seccomp. What it does not know is left out, as runtimes leave it out.
func (d *decoder) seccomp(v *value) *specs.LinuxSeccomp {
	if d.object(v, "linux.seccomp") == nil {
		return nil
	}
	s := &specs.LinuxSeccomp{
		DefaultAction:    specs.LinuxSeccompAction(d.string(v.get("defaultAction"), "defaultAction")),
		DefaultErrnoRet:  d.errno(v.get("defaultErrnoRet"), "defaultErrnoRet"),
		Architectures:    texts[specs.Arch](d.strings(v.get("architectures"), "architectures")),
		Flags:            texts[specs.LinuxSeccompFlag](d.strings(v.get("flags"), "flags")),
		ListenerPath:     d.string(v.get("listenerPath"), "listenerPath"),
		ListenerMetadata: d.string(v.get("listenerMetadata"), "listenerMetadata"),
	}
	list := d.list(v.get("syscalls"), "syscalls")
	for i := range list {
		s.Syscalls = append(s.Syscalls, d.syscall(&list[i].value))
	}
	return s
}

func (d *decoder) syscall(v *value) specs.LinuxSyscall {
	if v.kind == kindNull {
		d.errorf(v, "", "each of syscalls must be an object, not null")
	}
	o := d.object(v, "each of syscalls")
	r := specs.LinuxSyscall{
		Names:    d.strings(o.get("names"), "names"),
		Action:   specs.LinuxSeccompAction(d.string(o.get("action"), "action")),
		ErrnoRet: d.errno(o.get("errnoRet"), "errnoRet"),
	}
	args := d.list(o.get("args"), "args")
	for i := range args {
		a := d.object(&args[i].value, "each of args")
		r.Args = append(r.Args, specs.LinuxSeccompArg{
			Index:    uint(d.uint(a.get("index"), "index", 32)),
			Value:    d.uint(a.get("value"), "value", 64),
			ValueTwo: d.uint(a.get("valueTwo"), "valueTwo", 64),
			Op:       specs.LinuxSeccompOperator(d.string(a.get("op"), "op")),
		})
	}
	return r
}

func (d *decoder) errno(v *value, what string) *uint {
	if v == nil {
		return nil
	}
	n := uint(d.uint(v, what, 32))
	return &n
}

// texts changes the type of strings, and keeps nil: absent flags mean something else than none.
func texts[T ~string](list []string) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, s := range list {
		out[i] = T(s)
	}
	return out
}
