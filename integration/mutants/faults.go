package main

// fault is one mistake that somebody could make in pkg/algebra.
type fault struct {
	name  string
	edits []edit
}

// edit replaces a text of a file that is there once.
type edit struct{ file, old, new string }

func one(name, file, old, new string) fault { return fault{name, []edit{{file, old, new}}} }

var faults = []fault{
	// What a condition says.
	one("mask dropped", "condition.go", "c.mask, c.value = a.Value, a.ValueTwo&a.Value", "c.value = a.ValueTwo & a.Value"),
	one("cube off by one, <=", "condition.go", "return c.less(b, beyond, yes, yes, no)", "return c.less(b, beyond, yes, no, no)"),
	one("cube off by one, >=", "condition.go", "return c.less(b, beyond, no, yes, yes)", "return c.less(b, beyond, no, no, yes)"),
	one("!= read as ==", "condition.go", "return c.equal(b, no, yes)", "return c.equal(b, yes, no)"),
	one("int read as 64 bits", "reader.go", "w := syscalls.ArgumentBits(name, arg)", "w := 64 + 0*syscalls.ArgumentBits(name, arg)"),
	one("high words kept on 32-bit ABIs", "condition.go", "case narrow:\n\t\tc.mask, c.value = c.mask&low, c.value&low", "case narrow:"),
	one("last word of a value ignored", "condition.go", "for bit := range c.width {\n\t\tswitch {\n\t\tcase c.mask>>bit&1 == 0:", "for bit := range c.width {\n\t\tswitch {\n\t\tcase c.mask>>bit&1 == 0 || bit == 0:"),

	// How rules of one call go together.
	one("shadowing ignored", "rules.go", "case r.always != nil:\n\tcase len", "case len"),
	one("default forgotten", "rules.go", "if a == none {\n\t\t\treturn fallback", "if a == none {\n\t\t\treturn rankAllow"),
	one("repeated index read as AND", "reader.go", "if !repeats(args) {", "if true || !repeats(args) {"),
	one("overlap read as the laxer", "rules.go", "return stricter(x, y)", "if x == none || y == none {\n\t\t\t\t\treturn stricter(x, y)\n\t\t\t\t}\n\t\t\t\treturn laxer(x, y)"),
	one("rules like the default kept", "reader.go", "if err != nil || a == r.fallback {", "if err != nil {"),

	// Which answer is the stricter.
	one("meet and join swapped", "combine.go", `zip("meet", a, b, stricter)`, `zip("meet", a, b, laxer)`),
	{"tie of EPERM and ENOSYS swapped", []edit{
		{"answer.go", "case enosys:\n\t\treturn 0\n\tcase eperm:\n\t\treturn 1\n", "case enosys:\n\t\treturn 1\n\tcase eperm:\n\t\treturn 0\n"},
		{"answer.go", "case 0:\n\t\t\tout.Errno = enosys\n\t\tcase 1:\n\t\t\tout.Errno = eperm", "case 0:\n\t\t\tout.Errno = eperm\n\t\tcase 1:\n\t\t\tout.Errno = enosys"},
		{"answer.go", "const answerENOSYS = rankErrno", "const answerENOSYS = rankErrno + 1"},
	}},
	{"errno order reversed", []edit{
		{"answer.go", "return answer(errno) + 2", "return 5000 - answer(errno)"},
		{"answer.go", "out.Errno = order - 2", "out.Errno = 5000 - order"},
	}},
	one("order of actions swapped", "answer.go", "specs.ActTrap, specs.ActErrno, specs.ActNotify", "specs.ActErrno, specs.ActTrap, specs.ActNotify"),
	one("errno left out read as ENOSYS", "answer.go", "return rank | orderOf(eperm), nil", "return rank | orderOf(enosys), nil"),

	// What else decides: ABIs, multiplexers, the vocabulary, the stub.
	one("i386 skipped", "read.go", "if arch != env.Native &&", "if arch == specs.ArchX86 || arch != env.Native &&"),
	one("socketcall forgotten", "multiplexer.go", "return abi == specs.ArchX86 ||", "return abi == specs.ArchPPC64LE ||"),
	{"vocabulary ignored", []edit{
		{"reader.go", "if v := r.env.Vocabulary; v != nil &&", "if v := r.env.Vocabulary; v != nil && false &&"},
		{"emit.go", "known := e.env.Vocabulary == nil ||", "known := true ||"},
	}},
	one("ENOSYS stub forgotten", "reader.go", "stub := r.env.Stub &&", "stub := false && r.env.Stub &&"),
	one("stub begins one number late", "reader.go", "step{uint32(r.highest) + 1, answerENOSYS}", "step{uint32(r.highest) + 2, answerENOSYS}"),
	one("number not loaded", "emit.go", "\te.prelude()\n", ""),
}
