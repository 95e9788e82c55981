package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/containerd/log"
	"github.com/fsnotify/fsnotify"
)

// Changes of files are gathered for quiet, which an editor or a ConfigMap's swap of links takes, and looked for every
// lookAgain, since a watch can be lost with its directory.
const quiet = 250 * time.Millisecond

var lookAgain = 15 * time.Second

// watchSource applies the source when it changes.
func (d *daemon) watchSource(ctx context.Context) {
	roots := append([]string{d.set.policy}, d.set.profiles...)
	watch(ctx, func() []string { return sourceDirs(roots) }, func() { d.keeper.SourceChanged(ctx) })
}

// watchStore takes over what seccompctl applies and rolls back.
func (d *daemon) watchStore(ctx context.Context) {
	dir := d.keeper.store.Dir()
	watch(ctx, func() []string { return []string{filepath.Dir(dir), dir} }, func() { d.keeper.StoreChanged(ctx) })
}

// watch calls changed after something in the directories changed, and every now and then.
func watch(ctx context.Context, dirs func() []string, changed func()) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		log.G(ctx).WithError(err).Warnf("no notice of changed files: looking every %v", lookAgain)
	} else {
		defer func() { _ = w.Close() }()
	}
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	add(w, dirs())
	changed() // what changed before it was watched
	for {
		add(w, dirs())
		if !wait(ctx, w, tick.C) {
			return
		}
		changed()
	}
}

// wait waits until files changed and then were quiet, or a look is due. It returns false when the context is done.
func wait(ctx context.Context, w *fsnotify.Watcher, due <-chan time.Time) bool {
	var events chan fsnotify.Event
	var errs chan error
	if w != nil {
		events, errs = w.Events, w.Errors
	}
	var settled <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return false
		case <-due:
			return true
		case <-events:
			settled = time.After(quiet)
		case err := <-errs: // an overflow: something was missed
			log.G(ctx).WithError(err).Debug("watch files")
			settled = time.After(quiet)
		case <-settled:
			return true
		}
	}
}

func add(w *fsnotify.Watcher, dirs []string) {
	if w == nil {
		return
	}
	have := w.WatchList()
	for _, d := range dirs {
		if !slices.Contains(have, d) {
			_ = w.Add(d) // one that is not there is looked for again
		}
	}
	for _, d := range have {
		if !slices.Contains(dirs, d) {
			_ = w.Remove(d)
		}
	}
}

// sourceDirs lists the directories in which a change can change the source: those of every link on the way to a file, as
// a ConfigMap's ..data, and those below the directories of profiles.
func sourceDirs(roots []string) []string {
	var dirs []string
	for _, root := range roots {
		dirs = append(dirs, linkDirs(root, 0)...)
		_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				dirs = append(dirs, path)
			}
			return nil
		})
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// linkDirs returns the directory of a path, and of each symbolic link that leads to it.
func linkDirs(path string, depth int) []string {
	path = filepath.Clean(path)
	dirs := []string{filepath.Dir(path)}
	if depth > 16 {
		return dirs
	}
	at := string(filepath.Separator)
	parts := strings.Split(strings.TrimPrefix(path, at), at)
	for i, part := range parts {
		next := filepath.Join(at, part)
		target, err := os.Readlink(next)
		if err != nil {
			at = next
			continue
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(at, target)
		}
		rest := filepath.Join(append([]string{target}, parts[i+1:]...)...)
		return append(append(dirs, at), linkDirs(rest, depth+1)...)
	}
	return dirs
}
