package audit

// Line returns a record as a line of the log, for a door that is a process of its own for each container.
func Line(r Record) ([]byte, error) {
	if r.effective != nil {
		r.Filter = digests{}.of(r.effective, false)
	}
	return encode(r)
}

// Append writes one line to a log's file at once. The daemon may append to the same file: each line is one write.
func Append(path string, line []byte) error {
	f := file{path: path}
	defer f.close()
	return f.append(line)
}
