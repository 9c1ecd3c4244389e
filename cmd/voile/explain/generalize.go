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
	case g.Age != nil:
		bands := make([]string, len(g.Age.Bands))
		for i, years := range g.Age.Bands {
			bands[i] = strconv.Itoa(years)
		}
		return l.say(mGeneralizeAge, "bands", l.plainList(bands))
	case g.Number != nil:
		return numberText(l, g.Number)
	case g.Geo != nil && g.Geo.Digits != nil:
		return l.say(mGeneralizeDigits, "n", strconv.Itoa(*g.Geo.Digits))
	case g.Geo != nil:
		return l.say(mGeneralizeGeohash, "n", strconv.Itoa(g.Geo.Geohash))
	case g.Postcode != nil:
		return l.say(mGeneralizePostcode, "n", strconv.Itoa(g.Postcode.Keep))
	case g.UserAgent:
		return l.say(mGeneralizeUserAgent)
	case g.URL != "":
		return l.say(urlTexts[g.URL])
	}
	return nil
}

// The texts by word of the setting. A word that is missing here fails a test.
var (
	dateTexts = map[string]message{"day": mGeneralizeDay, "month": mGeneralizeMonth, "quarter": mGeneralizeQuarter, "year": mGeneralizeYear}
	urlTexts  = map[string]message{config.URLOrigin: mGeneralizeOrigin, config.URLWithoutQuery: mGeneralizeWithoutQuery}
)

func numberText(l *language, n *config.Numbers) inline {
	if len(n.Bands) > 0 {
		return l.say(mGeneralizeBands, "bands", l.plainList(n.Bands))
	}
	text := l.say(mGeneralizeStep, "step", n.Step)
	if n.Step == "" {
		text = l.say(mGeneralizeEnds)
	}
	if n.Min != "" {
		text = append(text, l.say(mGeneralizeMin, "min", n.Min)...)
	}
	if n.Max != "" {
		text = append(text, l.say(mGeneralizeMax, "max", n.Max)...)
	}
	return text
}

// plainList joins texts that are no names: 18, 25 or 35.
func (l *language) plainList(all []string) inline {
	texts := make([]inline, len(all))
	for i, text := range all {
		texts[i] = plain(text)
	}
	return l.list(texts, mOr)
}
