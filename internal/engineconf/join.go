package engineconf

// Planner plans the change that puts our runtime into an engine's configuration, or takes it out.
type Planner interface {
	Plan(on bool) (*Change, error)
}

// PlanAll joins what several editors plan into one change. Their files must be different.
func PlanAll(on bool, planners ...Planner) (*Change, error) {
	all := &Change{}
	for _, p := range planners {
		change, err := p.Plan(on)
		if err != nil {
			return nil, err
		}
		all.Notes = append(all.Notes, change.Notes...)
		all.edits = append(all.edits, change.edits...)
		all.dirs = append(all.dirs, change.dirs...)
		all.made = append(all.made, change.made...)
	}
	return all, nil
}
