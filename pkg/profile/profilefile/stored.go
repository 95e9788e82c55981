package profilefile

// Stored returns a Store of texts that were read before, as Files lists them, and of nothing else.
func Stored(files []File) *Store {
	s := &Store{files: map[string]*File{}}
	for _, f := range files {
		s.files[f.Name] = &f
		s.order = append(s.order, &f)
	}
	return s
}
