package build

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/trust"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// Source is a policy's text and the profiles that it can name. Profiles are read once, when they are first asked for.
type Source struct {
	policy   snapshot.Source
	profiles *profilefile.Store
}

// Read reads the policy file and opens the profile directories. As root it refuses files that somebody else could write.
// A symbolic link to the policy is followed, because a ConfigMap's files are such links.
func Read(policyFile string, profileDirs []string) (*Source, error) {
	data, err := readTrusted(policyFile)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	store, err := profilefile.OpenStore(profileDirs)
	if err != nil {
		return nil, err
	}
	return &Source{policy: snapshot.Source{Name: policyFile, Data: data}, profiles: store}, nil
}

// Text is a source whose policy was read elsewhere, as from standard input.
func Text(name string, data []byte, profileDirs []string) (*Source, error) {
	store, err := profilefile.OpenStore(profileDirs)
	if err != nil {
		return nil, err
	}
	return &Source{policy: snapshot.Source{Name: name, Data: data}, profiles: store}, nil
}

// Again is the source that a snapshot was built from, for a host that has changed since.
func Again(s *snapshot.Snapshot) (*Source, error) {
	if len(s.Sources) == 0 {
		return nil, errors.New("build again: the snapshot holds no source")
	}
	return &Source{policy: s.Sources[0], profiles: profilefile.Stored(files(s.Sources[1:]))}, nil
}

// Close closes the profile directories.
func (s *Source) Close() error { return s.profiles.Close() }

// Digest names what was read so far: after Build, everything that the policy uses.
func (s *Source) Digest() string { return snapshot.SourceDigest(s.texts()) }

func readTrusted(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if os.Geteuid() == 0 {
		if err := ownedByRoot(st, path); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(f, document.MaxSize+1))
}

func ownedByRoot(st os.FileInfo, path string) error {
	if !trust.OwnedBy(st, 0) {
		return fmt.Errorf("%s does not belong to root: whoever owns it would decide for the whole node (chown root %s)", path, path)
	}
	if trust.OthersWrite(st) {
		return fmt.Errorf("%s may be written by others than its owner, mode %04o (chmod go-w %s)", path, st.Mode().Perm(), path)
	}
	return nil
}
