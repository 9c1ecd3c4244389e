package config

import (
	"unicode"
	"unicode/utf8"
)

// A redactText is what takes the place of a redacted value; neither: the usual constant.
type redactText struct {
	text string
	null bool
}

var redactForm = &section[redactText]{
	title:   "Redact",
	doc:     "Under `routes[].fields[].redact`, in the place of `true`: exactly one of these.",
	choices: []choice{{of: []string{"text", "to_null"}, named: "replacement"}},
	settings: []setting[redactText]{
		set("text", textForm("a text", nil, nil), func(r *redactText) *string { return &r.text },
			about{doc: "The text that takes the value's place.", instead: "`[redacted]`", example: "unknown"}),
		set("to_null", flag, func(r *redactText) *bool { return &r.null },
			about{doc: "The value becomes `null`, a header's value the null that Kafka knows. A text inside another one (`in`) that can be no null becomes empty.", example: "true"}),
	},
}

type maskText struct {
	first, last int
	character   string
	separators  bool
}

var maskForm = &section[maskText]{
	title: "Mask",
	doc: "Under `routes[].fields[].mask`. A value shorter than twice what is kept is hidden whole. The number of stars says nothing of the " +
		"value's length, unless separators are kept. `mask: {}` keeps nothing.",
	settings: []setting[maskText]{
		set("keep_first", integerForm(0, 64), func(m *maskText) *int { return &m.first },
			about{doc: "Characters that stay in front.", fallback: "0"}),
		set("keep_last", integerForm(0, 64), func(m *maskText) *int { return &m.last },
			about{doc: "Characters that stay behind.", fallback: "0"}),
		set("character", maskCharacter, func(m *maskText) *string { return &m.character },
			about{doc: "What hides a character, instead of a star.", fallback: `"*"`, quiet: true, example: `"#"`}),
		set("keep_separators", boolean, func(m *maskText) *bool { return &m.separators },
			about{doc: "White space, dashes and `.` `,` `:` `;` `/` `\\` `_` `+` `@` `&` `'` `’` `(` `)` `[` `]` stay where they are, and each other character gets a star of its own. " +
				"**The value's length and its shape then show**: of a text with many separators, such as a name or an e-mail address, that can be who it is. " +
				"`keep_first` and `keep_last` count no separators.", fallback: "false", quiet: true}),
	},
	after: func(w *walker, at spot, m *maskText) {
		if c, _ := utf8.DecodeRuneInString(m.character); m.separators && Separator(c) {
			w.report(w.at(at.path+".character"), faultf("%q is a separator, and keep_separators leaves those as they are", m.character).hintf("use another, such as * or #"))
		}
	},
}

// maskCharacter is one character that is seen.
var maskCharacter = textForm("one character", object{"pattern": `^.$`}, func(s scalar) *fault {
	if utf8.RuneCountInString(s.text) != 1 {
		return faultf("%s is not one character", s.quote()).hintf("such as # or x")
	}
	if c, _ := utf8.DecodeRuneInString(s.text); !unicode.IsGraphic(c) || unicode.IsMark(c) {
		return faultf("a character that is not seen").hintf("such as # or x")
	}
	return nil
})

// Separator says whether c is one of the characters that a mask with KeepSeparators leaves.
func Separator(c rune) bool {
	switch c {
	case '.', ',', ':', ';', '/', '\\', '_', '+', '@', '&', '\'', '’', '(', ')', '[', ']':
		return true
	}
	return unicode.IsSpace(c) || unicode.Is(unicode.Pd, c)
}
