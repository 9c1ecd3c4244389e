package transform

import (
	"voile/pipeline/embedded"
	"voile/pipeline/scan"
)

// A level is the working memory of one place in the plans at which a text is looked into. A plan never meets itself inside
// itself, so each level serves one text at a time, and what it holds is valid while what is inside that text is dealt with.
type level struct {
	scanner  *scan.Scanner     // of a tree
	rewriter scan.Rewriter     // of a tree
	locator  *embedded.Locator // of a URL or a form
	places   []embedded.Place
	text     []byte      // the text whose escapes are undone, or that is decoded
	part     []byte      // one part of it, decoded
	out      []byte      // what takes the text's place
	spelled  []byte      // the same, in between, in the spelling of what is around
	again    []byte      // what one decoder left for the next
	copies   []scan.Copy // of out, from the text
	outer    []scan.Copy // of what takes the place of the value around the text, from that value
}

func newLevels(kinds []levelKind, maxDepth int) []level {
	levels := make([]level, len(kinds))
	for i, k := range kinds {
		switch {
		case k.tree != nil:
			levels[i].scanner = scan.New(k.tree.paths, maxDepth)
		case k.parts != nil:
			levels[i].locator = embedded.NewLocator(k.decoder, k.parts)
		}
	}
	return levels
}
