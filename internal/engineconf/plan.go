package engineconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Plan returns the change that brings the configuration into mode. It reads files only and changes nothing. Plugins that
// containerd already requires stay required, and options of its validator that were off because the validator was off stay
// off. The error says what a person has to decide first: a file that is read after ours and overrides it, an option that
// lets pods go round us or rejects what we do. Off returns a *HeldError while a containerd runs that would refuse containers
// once seccompd is gone.
func (c Containerd) Plan(mode Mode) (*Change, error) {
	change, err := c.plan(mode)
	if err != nil {
		return nil, fmt.Errorf("plan containerd's configuration: %w", err)
	}
	return change, nil
}

func (c Containerd) plan(mode Mode) (*Change, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	base, err := c.read(map[string]*string{c.dropIn(): nil})
	if err != nil {
		return nil, err
	}
	if mode == Off {
		return c.planOff(base)
	}
	state, err := c.stateOf(base)
	if err != nil {
		return nil, err
	}
	dropIn, err := render(mode, state)
	if err != nil {
		return nil, base.blame(err)
	}
	missing, err := c.missing()
	if err != nil {
		return nil, err
	}
	made, err := c.made()
	if errors.Is(err, fs.ErrNotExist) {
		made, err = missing, nil
	}
	if err != nil {
		return nil, err
	}
	if len(made) > 0 {
		dropIn = madePrefix + strings.Join(made, " ") + "\n" + dropIn
	}
	main, err := c.mainWithImport(base)
	if err != nil {
		return nil, err
	}

	with, err := c.read(map[string]*string{c.dropIn(): &dropIn, c.ConfigPath: &main})
	if err != nil {
		return nil, err
	}
	after, err := c.stateOf(with)
	if err != nil {
		return nil, err
	}
	if err := after.Prove(mode); err != nil {
		return nil, with.blame(err)
	}
	change := &Change{Notes: state.notes(mode), made: c.all(missing)}
	if err := c.planMemory(change, mode); err != nil {
		return nil, err
	}
	if err := change.write(c.on(c.dropIn()), dropIn); err != nil {
		return nil, err
	}
	if err := change.write(c.on(c.ConfigPath), main); err != nil {
		return nil, err
	}
	return change, nil
}

// mainWithImport returns the main file as it imports ours.
func (c Containerd) mainWithImport(base *reading) (string, error) {
	if base.covered {
		return base.mainText, nil
	}
	glob, err := c.importGlob()
	if err != nil {
		return "", err
	}
	if base.mainMissing {
		return newMain(glob), nil
	}
	text, err := withImport(base.mainText, glob)
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.ConfigPath, err)
	}
	return text, nil
}

// planOff takes out all that is ours.
func (c Containerd) planOff(base *reading) (*Change, error) {
	if base.byName != "" {
		return nil, fmt.Errorf("%s imports %s by its name, and containerd does not start where such a file is missing: take the import out first", base.byName, c.dropIn())
	}
	state, err := c.stateOf(base)
	if err != nil {
		return nil, err
	}
	if err := state.Prove(Off); err != nil {
		return nil, base.blame(err)
	}
	made, err := c.made()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	change := &Change{dirs: c.all(made)}
	if err := c.planMemory(change, Off); err != nil {
		return nil, err
	}
	if err := change.remove(c.on(c.dropIn())); err != nil {
		return nil, err
	}
	return change, c.dropImport(change, base)
}

// dropImport takes our import out of the main file, unless another file of ours needs it.
func (c Containerd) dropImport(change *Change, base *reading) error {
	glob, err := c.importGlob()
	if err != nil {
		return err
	}
	needed, err := c.importNeeded()
	switch path := c.on(c.ConfigPath); {
	case err != nil || needed || base.mainMissing:
		return err
	case base.mainText == newMain(glob):
		return change.remove(path)
	default:
		return change.write(path, withoutImport(base.mainText, glob))
	}
}

// importNeeded reports whether another file of ours stays, which the same pattern imports.
func (c Containerd) importNeeded() (bool, error) {
	found, err := filepath.Glob(c.on(filepath.Join(c.DropInDir, importName)))
	return slices.ContainsFunc(found, func(path string) bool { return path != c.on(c.dropIn()) }), err
}

// madePrefix begins the first line of our file where its directory had to be made too, so that undoing knows.
const madePrefix = "# seccompd made these directories too: "

// made returns the directories that we made, those inside others first, as our file says.
func (c Containerd) made() ([]string, error) {
	return owned{root: c.Root, path: c.dropIn(), beside: c.ConfigPath}.made()
}

// missing returns the directories that have to be made, those inside others first.
func (c Containerd) missing() ([]string, error) {
	return missingDirs(c.Root, c.DropInDir, filepath.Dir(c.ConfigPath))
}

// missingDirs returns which of the directories, and of those above them, do not exist beneath root, those inside others first.
func missingDirs(root string, dirs ...string) ([]string, error) {
	var missing []string
	for _, dir := range dirs {
		for ; !slices.Contains(missing, dir); dir = filepath.Dir(dir) {
			_, err := os.Stat(filepath.Join(root, dir))
			if err == nil {
				break
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			missing = append(missing, dir)
		}
	}
	slices.SortStableFunc(missing, func(a, b string) int { return len(b) - len(a) })
	return missing, nil
}

// all is on for several paths.
func (c Containerd) all(paths []string) []string {
	var all []string
	for _, path := range paths {
		all = append(all, c.on(path))
	}
	return all
}

// under reports whether path is dir or lies beneath it.
func under(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}
