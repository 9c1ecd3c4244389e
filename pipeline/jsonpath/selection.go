package jsonpath

// A Selection is what one rule takes of a document: the values that Path selects or, with Keys, the names of all members of
// every object that Path selects. Of what is no object, Keys takes nothing.
type Selection struct {
	Path Path
	Keys bool
}

// names is the segment behind the path of a Selection with Keys. It leads from an object to its members' names, which is to
// say nowhere further: so two selections are compared, and run, as two lists of segments, whatever they take.
var names = segment{selectors: []selector{{kind: theNames}}}

// way gives the segments of the path, and with Keys the one to the names.
func (s Selection) way() Path {
	if !s.Keys {
		return s.Path
	}
	own := s.Path.segments
	return Path{append(own[:len(own):len(own)], names)}
}

// toNames says whether the segment leads to the names.
func (s *segment) toNames() bool { return len(s.selectors) == 1 && s.selectors[0].kind == theNames }

func ways(selections []Selection) []Path {
	paths := make([]Path, len(selections))
	for i, s := range selections {
		paths[i] = s.way()
	}
	return paths
}
