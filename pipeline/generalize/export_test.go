package generalize

// Family says whether name is a word of the table of User-Agents.
func Family(name string) bool { return families[name] }
