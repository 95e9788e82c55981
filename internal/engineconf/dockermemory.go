package engineconf

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// memory is what a configuration in JSON was before we changed it; JSON has no comments to keep it in.
type memory struct {
	Before *string  `json:"before"` // nil where there was no file
	After  string   `json:"after"`  // the digest of what we wrote
	Made   []string `json:"made,omitempty"`
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (d Docker) remembered() (*memory, error) {
	data, err := os.ReadFile(d.on(d.Memory))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m memory
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", d.Memory, err)
	}
	return &m, nil
}

func (d Docker) remember(change *Change, m memory) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	made, err := missingDirs(d.Root, filepath.Dir(d.Memory))
	if err != nil {
		return err
	}
	for _, dir := range made {
		change.made = append(change.made, d.on(dir))
	}
	line := string(text) + "\n"
	return d.editMemory(change, &line)
}

// editMemory plans what our file holds. It is not shown, and for root alone: the configuration may hold secrets.
func (d Docker) editMemory(change *Change, text *string) error {
	n := len(change.edits)
	if err := change.edit(d.on(d.Memory), text); err != nil {
		return err
	}
	for i := range change.edits[n:] {
		change.edits[n+i].perm, change.edits[n+i].quiet = 0o600, true
	}
	return nil
}

// without returns the configuration as it is without us: as it was, where nobody changed it since, and else without what is
// ours in it.
func (d Docker) without(now *string, kept *memory) (*string, error) {
	if kept != nil && now != nil && digest(*now) == kept.After {
		return kept.Before, nil
	}
	if now == nil {
		return nil, nil
	}
	var then *string
	if kept != nil {
		then = kept.Before
	}
	text, err := d.takeOut(d.object(now), d.object(then))
	if err != nil {
		return nil, d.wrong(err)
	}
	if text == d.object(now) {
		return now, nil
	}
	s := string(text)
	return &s, nil
}

// takeOut takes ours out of a configuration that somebody else edited; then is what it was before.
func (d Docker) takeOut(text, then jsonText) (jsonText, error) {
	list, err := text.listed()
	if err != nil {
		return "", err
	}
	old, err := then.listed()
	if err != nil {
		return "", err
	}
	whole := text
	for _, m := range list.members {
		if text, err = d.takeOutOf(text, m.key, then, old); err != nil {
			return "", err
		}
	}
	if list, err = text.listed(); err != nil {
		return "", err
	}
	root, err := text.root()
	if err != nil {
		return "", err
	}
	if text != whole && len(list.members) == 0 && old.end == 0 {
		text = text.remove(root, "runtimes")
	}
	if root, err = text.root(); err != nil {
		return "", err
	}
	m, ok := root.find("default-runtime")
	if name, _ := text.text(m); !ok || name != DockerRuntime {
		return text, nil
	}
	was, err := then.root()
	if err != nil {
		return "", err
	}
	if o, ok := was.find("default-runtime"); ok && then.value(o) != strconv.Quote(DockerRuntime) {
		return text.set(root, "default-runtime", then.value(o)), nil
	}
	return text.remove(root, "default-runtime"), nil
}

// takeOutOf takes ours out of one runtime.
func (d Docker) takeOutOf(text jsonText, key string, then jsonText, old object) (jsonText, error) {
	list, err := text.listed()
	if err != nil {
		return "", err
	}
	m, _ := list.find(key)
	entry, err := text.parse(m.valueStart)
	if err != nil {
		return "", err
	}
	path, ok := entry.find("path")
	binary, _ := text.text(path)
	name := standsFor(binary)
	if !ok || name == "" || binary != d.Shims+"/"+name {
		return text, nil
	}
	if key == DockerRuntime {
		return text.remove(list, key), nil
	}
	value := strconv.Quote(name)
	if o, ok := old.find(key); ok {
		was, err := then.parse(o.valueStart)
		if err != nil {
			return "", err
		}
		if p, ok := was.find("path"); ok {
			value = then.value(p)
		}
	}
	return text.set(entry, "path", value), nil
}
