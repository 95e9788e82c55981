package policy

// LogsDenials reports whether the kernel logs what the filters of a rule deny. The index -1 stands for the default action.
func (p *Policy) LogsDenials(rule int) bool {
	if rule >= 0 && p.Rules[rule].LogDenials != nil {
		return *p.Rules[rule].LogDenials
	}
	return p.LogDenials
}

// AsksForDenials reports whether the policy has denials logged for any workload, and where it says so for the first time.
func (p *Policy) AsksForDenials() (Position, bool) {
	if p.LogDenials {
		return p.Source.At("logDenials"), true
	}
	for i := range p.Rules {
		if p.LogsDenials(i) {
			return p.Rules[i].Source.At("logDenials"), true
		}
	}
	return Position{}, false
}
