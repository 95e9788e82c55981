package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/seccompd/seccompd/pkg/workload"
)

// Defaults that Docker's reference format fills in, and that every engine follows.
const (
	hub        = "docker.io/"
	hubLibrary = "docker.io/library/"
	hubAlias   = "index.docker.io/"
	latest     = ":latest"
)

// imagePattern is one compiled entry of images: a glob of references, a digest, or both.
type imagePattern struct {
	named  bool
	tagged bool
	name   glob
	digest string
}

// compileImage reads an entry of images.
//
// A pattern is written as the reference is, and gets the same defaults: "nginx" means "docker.io/library/nginx". Only the
// part before the first "/" decides that, so a wildcard there needs a registry beside it ("*.example.com/…") or "**".
func compileImage(s string) (imagePattern, error) {
	var out imagePattern
	name, digest, hasDigest := strings.Cut(s, "@")
	if hasDigest {
		if !isDigest(digest) {
			return out, fmt.Errorf("%q is not a digest: it takes sha256: and 64 lower-case hexadecimal digits", digest)
		}
		out.digest = digest
		if name == "" {
			return out, nil
		}
	}
	if name == "" {
		return out, errors.New("an image pattern cannot be empty")
	}
	first, _, hasSlash := strings.Cut(name, "/")
	if !hasSlash {
		first, _ = cutTag(name)
	}
	if strings.ContainsAny(first, "*?") && first != "**" && !(hasSlash && strings.ContainsAny(first, ".:")) {
		return out, fmt.Errorf("%q does not say which registry it means: write docker.io/… in front, or **", name)
	}
	t := text{body: name}
	_, tag := cutTag(name)
	if !strings.HasPrefix(name, "**") {
		t = normalise(name)
	}
	out.named, out.tagged = true, tag != ""
	out.name = newGlob(t.prefix+t.body, true)
	return out, nil
}

// isDigest reports whether s is a digest as registries write them.
func isDigest(s string) bool {
	algorithm, hex, _ := strings.Cut(s, ":")
	return (algorithm == "sha256" && len(hex) == 64 || algorithm == "sha512" && len(hex) == 128) && all(hex, hexByte)
}

func hexByte(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

// cutTag splits a reference without a digest into its name and its tag, which is empty where there is none.
func cutTag(s string) (name, tag string) {
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// normalise gives a reference the registry and the "library/" that it leaves out. A first part in which there is an
// upper-case letter is a registry, because no repository may have one.
func normalise(s string) text {
	first, rest, ok := strings.Cut(s, "/")
	switch {
	case ok && s[:len(first)+1] == hubAlias, ok && s[:len(first)+1] == hub:
		return onHub(rest)
	case !ok, !strings.ContainsAny(first, ".:") && first != "localhost" && !strings.ContainsFunc(first, unicode.IsUpper):
		return onHub(s)
	}
	return text{body: s}
}

func onHub(path string) text {
	if strings.Contains(path, "/") || strings.HasPrefix(path, "**") {
		return text{prefix: hub, body: path}
	}
	return text{prefix: hubLibrary, body: path}
}

// matches says whether the image is one of the pattern. A bare image id has no name that could be compared.
func (p *imagePattern) matches(image, digest workload.Attr[string]) Truth {
	result := True
	if p.digest != "" {
		v, t := seen(digest)
		result = result.And(t).And(truth(t != True || v == p.digest))
	}
	if p.named {
		v, t := seen(image)
		if t == True {
			t = p.matchesReference(v)
		}
		result = result.And(t)
	}
	return result
}

func (p *imagePattern) matchesReference(reference string) Truth {
	if isDigest(reference) || len(reference) == 64 && all(reference, hexByte) {
		return Unknown
	}
	whole, _, hasDigest := strings.Cut(reference, "@")
	name, tag := cutTag(whole)
	if !p.tagged {
		t := normalise(name)
		return truth(p.name.match(&t))
	}
	t := normalise(whole)
	if tag == "" {
		if hasDigest {
			return False
		}
		t.suffix = latest
	}
	return truth(p.name.match(&t))
}

// seen returns a known value with True; False stands for an attribute that is absent and Unknown for one that is unknown.
func seen[T any](a workload.Attr[T]) (T, Truth) {
	v, ok := a.Value()
	switch {
	case ok:
		return v, True
	case a.State() == workload.StateAbsent:
		return v, False
	}
	return v, Unknown
}
