package audit

// Append writes one record to a log's file at once, for a door that is a process of its own for each container. The daemon
// may append to the same file: each line is one write.
func Append(path string, r Record) error {
	f := file{path: path}
	defer f.close()
	if r.effective != nil {
		r.Filter = digests{}.of(r.effective, false)
	}
	line, err := encode(r)
	if err != nil {
		return err
	}
	return f.append(line)
}
