package oci

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// encode writes a filter as linux.seccomp. encoding/json would leave out a list of flags that is empty, and that means
// something else than none: runc then adds one of its own.
func encode(f *specs.LinuxSeccomp) ([]byte, error) {
	w := writer{b: make([]byte, 0, 32<<10)}
	w.open('{')
	w.text("defaultAction", string(f.DefaultAction))
	w.errno("defaultErrnoRet", f.DefaultErrnoRet)
	if len(f.Architectures) > 0 {
		list(&w, "architectures", f.Architectures)
	}
	if f.Flags != nil {
		list(&w, "flags", f.Flags)
	}
	if f.ListenerPath != "" {
		w.text("listenerPath", f.ListenerPath)
	}
	if f.ListenerMetadata != "" {
		w.text("listenerMetadata", f.ListenerMetadata)
	}
	if len(f.Syscalls) > 0 {
		w.key("syscalls")
		w.open('[')
		for i := range f.Syscalls {
			w.comma()
			w.rule(&f.Syscalls[i])
		}
		w.close(']')
	}
	w.close('}')
	return w.b, w.err
}

// writer appends JSON.
type writer struct {
	b   []byte
	err error
}

func (w *writer) rule(r *specs.LinuxSyscall) {
	w.open('{')
	list(w, "names", r.Names)
	w.text("action", string(r.Action))
	w.errno("errnoRet", r.ErrnoRet)
	if len(r.Args) > 0 {
		w.key("args")
		w.open('[')
		for _, a := range r.Args {
			w.comma()
			w.open('{')
			w.number("index", uint64(a.Index))
			w.number("value", a.Value)
			if a.ValueTwo != 0 {
				w.number("valueTwo", a.ValueTwo)
			}
			w.text("op", string(a.Op))
			w.close('}')
		}
		w.close(']')
	}
	w.close('}')
}

func list[T ~string](w *writer, key string, items []T) {
	w.key(key)
	w.open('[')
	for _, s := range items {
		w.comma()
		w.string(string(s))
	}
	w.close(']')
}

func (w *writer) open(c byte)  { w.b = append(w.b, c) }
func (w *writer) close(c byte) { w.b = append(w.b, c) }

// comma separates from what is before, if anything is.
func (w *writer) comma() {
	if c := w.b[len(w.b)-1]; c != '{' && c != '[' {
		w.b = append(w.b, ',')
	}
}

func (w *writer) key(k string) {
	w.comma()
	w.string(k)
	w.b = append(w.b, ':')
}

func (w *writer) text(key, s string) {
	w.key(key)
	w.string(s)
}

func (w *writer) number(key string, n uint64) {
	w.key(key)
	w.b = strconv.AppendUint(w.b, n, 10)
}

func (w *writer) errno(key string, n *uint) {
	if n != nil {
		w.number(key, uint64(*n))
	}
}

func (w *writer) string(s string) {
	if !utf8.ValidString(s) && w.err == nil {
		w.err = fmt.Errorf("%q is not valid UTF-8", s)
	}
	w.b = append(w.b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			w.b = append(w.b, '\\', c)
		case c < 0x20:
			const hex = "0123456789abcdef"
			w.b = append(w.b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			w.b = append(w.b, c)
		}
	}
	w.b = append(w.b, '"')
}
