package oci

// Text returns the configuration as it was read. It must not be changed.
func (c *Config) Text() []byte { return c.text }
