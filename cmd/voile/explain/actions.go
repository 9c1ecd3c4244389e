package explain

import (
	"strconv"

	"voile/config"
)

// An actionText tells of one kind of action: what is done, and whether it can be undone.
type actionText func(l *language, a *config.Action, d config.Domain) (done, undo inline)

// actionTexts has one for each kind. A kind that is missing here fails a test.
var actionTexts = map[config.ActionKind]actionText{
	config.Pseudonymize: pseudonymizeText,
	config.Redact:       redactText,
	config.Remove: func(l *language, _ *config.Action, _ config.Domain) (done, undo inline) {
		return l.say(mRemove), l.say(mUndoNothing)
	},
	config.Mask: maskText,
	config.Truncating: func(l *language, a *config.Action, _ config.Domain) (done, undo inline) {
		return l.say(mTruncate, "n", strconv.Itoa(a.Keep)), l.say(mUndoRest)
	},
	config.Generalizing: func(l *language, a *config.Action, _ config.Domain) (done, undo inline) {
		return generalizeText(l, a.Generalize), l.say(mUndoCoarse)
	},
	config.PickOne: func(l *language, a *config.Action, d config.Domain) (done, undo inline) {
		return l.say(mPick, "n", strconv.Itoa(len(a.Pick.From)), "domain", name(d.Name)), l.say(mUndoGuess)
	},
	config.ShiftDates: func(l *language, a *config.Action, d config.Domain) (done, undo inline) {
		return l.say(mShift, "n", strconv.Itoa(a.ShiftDate.Days), "domain", name(d.Name)), l.say(mUndoShift)
	},
}

func pseudonymizeText(l *language, a *config.Action, d config.Domain) (done, undo inline) {
	domain := name(d.Name)
	switch {
	case a.Shape != nil && a.Shape.Form == config.ShapeDigits:
		return l.say(mShapeDigits, "n", strconv.Itoa(a.Shape.Length), "domain", domain), l.say(mUndoGuess)
	case a.Shape != nil && a.Shape.Form == config.ShapeEmail && a.Shape.KeepDomain:
		return l.say(mShapeEmailKept, "domain", domain), l.say(mUndoRest)
	case a.Shape != nil && a.Shape.Form == config.ShapeEmail:
		return l.say(mShapeEmail, "domain", domain), l.say(mUndoGuess)
	case a.Shape != nil:
		return l.say(mShapeUUID, "domain", domain), l.say(mUndoGuess)
	case d.Method == config.Hash:
		return l.say(mHash, "domain", domain), l.say(mUndoGuess)
	case d.Method == config.Encrypt:
		return l.say(mEncrypt, "domain", domain), l.say(mUndoReveal)
	}
	return l.say(mTokenize, "domain", domain), l.say(mUndoReveal)
}

func redactText(l *language, a *config.Action, _ config.Domain) (done, undo inline) {
	done = l.say(mRedact)
	switch {
	case a.ToNull:
		done = l.say(mRedactNull)
	case a.Text != "":
		done = l.say(mRedactText, "text", a.Text)
	}
	return done, l.say(mUndoNothing)
}

func maskText(l *language, a *config.Action, _ config.Domain) (done, undo inline) {
	m := mMask
	switch {
	case a.KeepFirst+a.KeepLast == 0 && a.KeepSeparators:
		return append(l.say(mMaskAll), l.say(mMaskShape)...), l.say(mUndoRest)
	case a.KeepFirst+a.KeepLast == 0:
		return l.say(mMaskAll), l.say(mUndoNothing)
	case a.KeepLast == 0:
		m = mMaskFirst
	case a.KeepFirst == 0:
		m = mMaskLast
	}
	done = l.say(m, "first", strconv.Itoa(a.KeepFirst), "last", strconv.Itoa(a.KeepLast))
	if a.KeepSeparators {
		done = append(done, l.say(mMaskShape)...)
	}
	return done, l.say(mUndoRest)
}
