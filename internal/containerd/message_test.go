package containerd

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

func field(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// whole is an answer as containerd writes it, with fields that are not read among those that are.
var whole = field(1, join(
	field(1, []byte("x")), field(2, join(field(1, []byte("a")), field(2, []byte("b")))), field(2, field(1, []byte("empty"))), field(3, []byte("box:1")),
	field(5, []byte("a specification")), protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 7),
	field(10, join(field(1, []byte("e")), field(2, join(field(1, []byte("type")), field(2, []byte("value")))))),
))

func TestReadContainer(t *testing.T) {
	got, err := readContainer(whole)
	want := container{id: "x", image: "box:1", labels: map[string]string{"a": "b", "empty": ""}, extensions: map[string][]byte{"e": []byte("value")}}
	if err != nil || !cmp.Equal(got, want, cmp.AllowUnexported(container{})) {
		t.Errorf("%+v, %v", got, err)
	}
	for n := 1; n < len(whole); n++ {
		if got, err := readContainer(whole[:n]); err == nil {
			t.Errorf("the first %d bytes of %d are read as %+v", n, len(whole), got)
		}
	}
}

// FuzzReadContainer reads whatever a socket answers without a panic, and nothing else than what is there.
func FuzzReadContainer(f *testing.F) {
	f.Add(whole)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, message []byte) {
		c, err := readContainer(message)
		size := len(c.id) + len(c.image)
		for k, v := range c.labels {
			size += len(k) + len(v)
		}
		if err == nil && size > len(message) {
			t.Errorf("%d bytes are read as %+v", len(message), c)
		}
	})
}
