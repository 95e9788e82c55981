package oci

import "strings"

// bypassPrefix is that of the annotations by which crun takes a filter, a listener for one, or plugins, from elsewhere than
// from the configuration's filter.
const bypassPrefix = "run.oci.seccomp"

// Bypass returns the name of an annotation that goes round linux.seccomp, or "": the first of several by name. Case does
// not count: no runtime folds it there, and none is known to have a use for such a name.
func (c *Config) Bypass() string {
	found := ""
	for name := range c.Annotations {
		if strings.HasPrefix(strings.ToLower(name), bypassPrefix) && (found == "" || name < found) {
			found = name
		}
	}
	return found
}
