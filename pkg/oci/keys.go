package oci

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// keys says what the keys of an object are.
type keys uint8

const (
	// keysOfSpec are words of the runtime specification.
	keysOfSpec keys = iota
	// keysOfMap are names that the author chose, in a map of the specification, and keysOfAnnotations those of annotations.
	keysOfMap
	keysOfAnnotations
	// keysFree belong to something that the specification does not know, and no runtime reads.
	keysFree
)

// maps are the keys of the specification whose value is a map with keys of the author's.
var maps = map[string]bool{
	"sysctl": true, "unified": true, "netDevices": true, "rdma": true, "timeOffsets": true,
}

// below returns what the keys of the value of a key are.
func (k keys) below(key string) keys {
	switch {
	case k == keysFree:
		return keysFree
	case k == keysOfMap:
		return keysOfSpec // as timeOffsets.monotonic.secs
	case key == "annotations":
		return keysOfAnnotations
	case maps[key]:
		return keysOfMap
	case words().byFold[foldKey(key)] == "":
		return keysFree
	}
	return keysOfSpec
}

// unique refuses keys that runtimes could take for each other: two that are equal, or equal but for their case, and one
// that is a word of the specification but for its case. In a map of network devices or kernel parameters, and in what is not
// read at all, names may differ in case alone.
func (s *scanner) unique(members []member, keys keys) error {
	seen := seen{most: len(members)}
	for i := range members {
		m := &members[i]
		folded := m.key
		if keys == keysOfSpec || keys == keysOfAnnotations {
			folded = foldKey(m.key)
		}
		if word := words().byFold[folded]; keys == keysOfSpec && word != "" && word != m.key {
			return s.errorf(m.at, "the key %q is read as %q by some runtimes and not by others: write it so", shown(m.key), word)
		}
		first := seen.add(folded)
		switch {
		case first == i:
		case members[first].key == m.key:
			return s.errorf(m.at, "the key %q stands twice, and runtimes take different ones", shown(m.key))
		default:
			return s.errorf(m.at, "the keys %q and %q differ in case alone, and runtimes read them differently", shown(members[first].key), shown(m.key))
		}
	}
	return nil
}

// seen are texts with the order in which they came. Most objects have a few keys, which are compared one by one.
type seen struct {
	most int
	n    int
	few  [16]string
	many map[string]int
}

// add adds a text, and returns the place of the first that is equal, which may be its own.
func (s *seen) add(text string) int {
	if s.most <= len(s.few) {
		for i, t := range s.few[:s.n] {
			if t == text {
				return i
			}
		}
		s.few[s.n] = text
		s.n++
		return s.n - 1
	}
	if s.many == nil {
		s.many = make(map[string]int, s.most)
	}
	if i, ok := s.many[text]; ok {
		return i
	}
	s.many[text] = s.n
	s.n++
	return s.n - 1
}

// shown cuts a key for a message.
func shown(key string) string {
	const most = 80
	if len(key) <= most {
		return key
	}
	return strings.ToValidUTF8(key[:most], "") + "…"
}

// fold is the same for texts that are equal but for case, as strings.EqualFold and encoding/json have it: the least of the
// characters that are. So an ASCII letter becomes its capital, and so do the long s and the Kelvin sign.
func fold(s string) string {
	upper := true
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return strings.Map(foldRune, s)
		}
		upper = upper && (c < 'a' || c > 'z')
	}
	if upper {
		return s
	}
	return strings.ToUpper(s)
}

func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// foldKey is fold, which costs nothing for the words of the specification.
func foldKey(key string) string {
	if f, ok := words().folds[key]; ok {
		return f
	}
	return fold(key)
}

// words are the keys of the runtime specification 1.3 that a container on Linux can have, by their folded form. They are
// put in order when they are first asked for: most runs of a runtime read no configuration.
var words = sync.OnceValue(func() dictionary {
	return folded(
		"action", "additionalGids", "affinity", "allow", "ambient", "annotations", "apparmorProfile",
		"architectures", "args", "blockIO", "boottime", "bounding", "burst", "capabilities", "cgroupsPath",
		"checkBeforeUpdate", "class", "classID", "closID", "commandLine", "consoleSize", "containerID", "count",
		"cpu", "cpus", "createContainer", "createRuntime", "cwd", "deadline", "defaultAction", "defaultErrnoRet",
		"destination", "devices", "disableOOMKiller", "domain", "domainname", "effective", "enableMonitoring", "env",
		"errnoRet", "execCPUAffinity", "fileMode", "final", "flags", "freebsd", "gid", "gidMappings", "hard",
		"hcaHandles", "hcaObjects", "hooks", "hostID", "hostname", "hugepageLimits", "idle", "index", "inheritable",
		"initial", "intelRdt", "interfaceID", "ioPriority", "kernel", "kernelTCP", "l3CacheSchema", "leafWeight",
		"limit", "linux", "listenerMetadata", "listenerPath", "major", "maskedPaths", "memBwSchema", "memory",
		"memoryPolicy", "mems", "minor", "mode", "monotonic", "mountLabel", "mounts", "name", "names", "namespaces",
		"nanosecs", "netDevices", "network", "nice", "noNewPrivileges", "nodes", "ociVersion", "oomScoreAdj", "op",
		"options", "pageSize", "path", "period", "permitted", "personality", "pids", "policy", "poststart",
		"poststop", "prestart", "priorities", "priority", "process", "quota", "rate", "rdma", "readonly",
		"readonlyPaths", "realtimePeriod", "realtimeRuntime", "reservation", "resources", "rlimits", "root",
		"rootfsPropagation", "runtime", "scheduler", "schemata", "seccomp", "secs", "selinuxLabel", "shares", "size",
		"soft", "solaris", "source", "startContainer", "swap", "swappiness", "syscalls", "sysctl", "terminal",
		"throttleReadBpsDevice", "throttleReadIOPSDevice", "throttleWriteBpsDevice", "throttleWriteIOPSDevice",
		"timeOffsets", "timeout", "type", "uid", "uidMappings", "umask", "unified", "useHierarchy", "user",
		"username", "value", "valueTwo", "vm", "weight", "weightDevice", "windows", "zos",
	)
})

// dictionary has words by their folded form, and the other way.
type dictionary struct{ byFold, folds map[string]string }

func folded(list ...string) dictionary {
	d := dictionary{make(map[string]string, len(list)), make(map[string]string, len(list))}
	for _, w := range list {
		f := fold(w)
		d.byFold[f], d.folds[w] = w, f
	}
	return d
}
