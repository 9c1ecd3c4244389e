package guard

// Size counts the nodes of a Schema.
func (s *Schema) Size() int { return s.root.size() }
