package profile

import "slices"

// Clone returns a copy that shares nothing with p.
func (p *Profile) Clone() *Profile {
	c := *p
	c.DefaultErrnoRet = cloneErrno(p.DefaultErrnoRet)
	c.Architectures = slices.Clone(p.Architectures)
	c.Flags = slices.Clone(p.Flags)
	c.Findings = slices.Clone(p.Findings)
	c.ArchMap = slices.Clone(p.ArchMap)
	for i := range c.ArchMap {
		c.ArchMap[i].SubArchitectures = slices.Clone(c.ArchMap[i].SubArchitectures)
	}
	c.Rules = slices.Clone(p.Rules)
	for i := range c.Rules {
		c.Rules[i] = c.Rules[i].clone()
	}
	return &c
}

func (r Rule) clone() Rule {
	r.Names = slices.Clone(r.Names)
	r.ErrnoRet = cloneErrno(r.ErrnoRet)
	r.Args = slices.Clone(r.Args)
	r.Includes, r.Excludes = r.Includes.clone(), r.Excludes.clone()
	return r
}

func (c *Condition) clone() *Condition {
	if c == nil {
		return nil
	}
	out := *c
	out.Arches = slices.Clone(c.Arches)
	if c.MinKernel != nil {
		v := *c.MinKernel
		out.MinKernel = &v
	}
	return &out
}
