package explain

import (
	"strconv"

	"voile/config"
)

// generalizeText tells of a generalization; nothing where it knows no text, which fails a test.
func generalizeText(l *language, g *config.Generalize) inline {
	switch {
	case g.IP != nil:
		return l.say(mGeneralizeIP, "v4", strconv.Itoa(g.IP.V4), "v6", strconv.Itoa(g.IP.V6))
	case g.Date != "":
		return l.say(dateTexts[g.Date])
	}
	return nil
}

var dateTexts = map[string]message{"day": mGeneralizeDay, "month": mGeneralizeMonth, "quarter": mGeneralizeQuarter, "year": mGeneralizeYear}
