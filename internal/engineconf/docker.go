package engineconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Docker has a dockerd create containers with our runtime, as its default and in the place of the runtimes that it names by
// path. `docker run --runtime runc` goes round that by a name which cannot be redefined: a Unit for dockerd, and for the
// containerd that starts its containers, is the other half.
type Docker struct {
	ConfigPath string // its configuration, usually /etc/docker/daemon.json; need not exist
	Memory     string // our file with what the configuration was before
	Shims      string // the directory with our runtime
	Root       string // put before every path for a tree that is not the running system's
}

// DockerRuntime is the name under which Docker knows our runtime.
const DockerRuntime = "seccompd"

func (d Docker) on(path string) string { return filepath.Join(d.Root, path) }

// Plan returns the change that puts our runtime in, or takes it out. It reads files only, and keeps every byte of the
// configuration that it does not have to change. Taking it out brings back the file as it was, unless somebody edited it
// since: then it takes out what is ours, for dockerd does not start with a runtime that is gone.
func (d Docker) Plan(on bool) (*Change, error) {
	change, err := d.plan(on)
	if err != nil {
		return nil, fmt.Errorf("plan Docker's configuration: %w", err)
	}
	return change, nil
}

func (d Docker) plan(on bool) (*Change, error) {
	if err := plain(d.Shims); err != nil {
		return nil, err
	}
	now, err := d.read()
	if err != nil {
		return nil, err
	}
	kept, err := d.remembered()
	if err != nil {
		return nil, err
	}
	change := &Change{}
	before, err := d.without(now, kept)
	if err != nil {
		return nil, err
	}
	if !on {
		return change, d.restore(change, now, before, kept)
	}
	if err := d.flags(); err != nil {
		return nil, err
	}
	if kept == nil && now != nil {
		if after, err := d.with(now, &Change{}); err == nil && after == *now {
			return change, nil // somebody put it in by hand
		}
	}
	after, err := d.with(before, change)
	if err != nil {
		return nil, err
	}
	return change, d.install(change, before, after, kept)
}

// read returns the configuration; nil where there is none.
func (d Docker) read() (*string, error) {
	text, err := os.ReadFile(d.on(d.ConfigPath))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	s := string(text)
	return &s, err
}

func (d Docker) install(change *Change, before *string, after string, kept *memory) error {
	m := memory{Before: before, After: digest(after)}
	if kept != nil {
		m.Made = kept.Made
	} else {
		made, err := missingDirs(d.Root, filepath.Dir(d.ConfigPath))
		if err != nil {
			return err
		}
		m.Made = made
		for _, dir := range made {
			change.made = append(change.made, d.on(dir))
		}
	}
	if err := d.remember(change, m); err != nil {
		return err
	}
	return change.write(d.on(d.ConfigPath), after)
}

func (d Docker) restore(change *Change, now, before *string, kept *memory) error {
	if now != nil && !same(now, before) {
		change.Notes = append(change.Notes, "containers that were created meanwhile name the runtime "+DockerRuntime+", and Docker starts them no more: create them anew")
	}
	if err := change.edit(d.on(d.ConfigPath), before); err != nil {
		return err
	}
	if kept == nil {
		return nil
	}
	for _, dir := range kept.Made {
		if !under(filepath.Dir(d.ConfigPath), dir) {
			return fmt.Errorf("%s: it names %q, which we do not make", d.Memory, dir)
		}
		change.dirs = append(change.dirs, d.on(dir))
	}
	return d.editMemory(change, nil)
}

// with returns the configuration with ours in it.
func (d Docker) with(before *string, change *Change) (string, error) {
	text := d.object(before)
	root, err := text.root()
	if err != nil {
		return "", d.wrong(err)
	}
	for _, m := range root.members {
		for _, key := range []string{"runtimes", "default-runtime"} {
			if m.key != key && strings.EqualFold(m.key, key) {
				return "", d.wrong(fmt.Errorf("%s: dockerd knows no key %q: write %q", text.position(m.start), m.key, key))
			}
		}
	}
	if _, ok := root.find("runtimes"); !ok {
		text = text.set(root, "runtimes", "{}")
	}
	guarded := map[string]bool{"": true, "runc": true, runcShim: true, DockerRuntime: true}
	if text, err = d.runtimes(text, guarded, change); err != nil {
		return "", d.wrong(err)
	}
	if root, err = text.root(); err != nil {
		return "", d.wrong(err)
	}
	name := ""
	if m, ok := root.find("default-runtime"); ok {
		if name, ok = text.text(m); !ok {
			return "", d.wrong(fmt.Errorf("%s: default-runtime is not a string", text.position(m.valueStart)))
		}
	}
	if !guarded[name] {
		change.Notes = append(change.Notes, fmt.Sprintf("the default runtime stays %s: its containers are guarded only where it starts runc or crun from PATH", name))
		return string(text), nil
	}
	if name == "" || name == "runc" || name == runcShim {
		text = text.set(root, "default-runtime", strconv.Quote(DockerRuntime))
	}
	return string(text), nil
}

// runtimes adds ours, and has each that is runc or crun by its path lead to ours. It marks those in guarded.
func (d Docker) runtimes(text jsonText, guarded map[string]bool, change *Change) (jsonText, error) {
	list, err := text.listed()
	if err != nil {
		return "", err
	}
	for _, m := range list.members {
		// Each edit moves what follows, so it is looked up anew.
		if list, err = text.listed(); err != nil {
			return "", err
		}
		m, _ = list.find(m.key)
		entry, err := text.parse(m.valueStart)
		if err != nil {
			return "", err
		}
		path, ok := entry.find("path")
		binary := ""
		if ok {
			binary, _ = text.text(path)
		}
		switch name := standsFor(binary); {
		case m.key == DockerRuntime && binary != d.Shims+"/runc":
			return "", fmt.Errorf("%s: it has a runtime named %s that is not ours: give it another name", text.position(m.start), DockerRuntime)
		case name != "":
			guarded[m.key] = true
			text = text.set(entry, "path", strconv.Quote(d.Shims+"/"+name))
		default:
			change.Notes = append(change.Notes, fmt.Sprintf("runtime %s is not one that seccompd stands for: containers that ask for it are guarded only where it starts runc or crun from PATH", m.key))
		}
	}
	if list, err = text.listed(); err != nil {
		return "", err
	}
	if _, ok := list.find(DockerRuntime); ok {
		return text, nil
	}
	return text.set(list, DockerRuntime, `{"path": `+strconv.Quote(d.Shims+"/runc")+`}`), nil
}

// object is a configuration as an object; one that is missing or empty is empty.
func (d Docker) object(text *string) jsonText {
	if text == nil || strings.TrimSpace(*text) == "" {
		return "{}\n"
	}
	return jsonText(*text)
}

func (d Docker) wrong(err error) error { return fmt.Errorf("%s:%w", d.ConfigPath, err) }

var runtimeFlag = regexp.MustCompile(`--(default-runtime|add-runtime)\b`)

// flags reports flags that dockerd is started with and that may not stand in its configuration too: it would not start.
func (d Docker) flags() error {
	files, err := Unit{Name: "docker", Shims: d.Shims, Root: d.Root}.files()
	if err != nil {
		return err
	}
	for _, name := range []string{"/etc/default/docker", "/etc/sysconfig/docker"} {
		text, err := os.ReadFile(d.on(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		files = append(files, unitFile{name, string(text)})
	}
	for _, f := range files {
		for line := range strings.Lines(f.text) {
			if flag := runtimeFlag.FindString(line); flag != "" && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				return fmt.Errorf("%s starts dockerd with %s, and it does not start where the configuration says that too: move the flag into %s", f.name, flag, d.ConfigPath)
			}
		}
	}
	return nil
}

// listed is the object of runtimes; one without members or place where there is none.
func (t jsonText) listed() (object, error) {
	root, err := t.root()
	if err != nil {
		return root, err
	}
	m, ok := root.find("runtimes")
	if !ok {
		return object{}, nil
	}
	return t.parse(m.valueStart)
}
