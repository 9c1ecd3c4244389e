package explain

var english = language{code: "en", texts: [messages]string{
	mTitle: "What happens to personal data on its way",
	mIntro: "Each channel below takes records from one place to another. On the way, values that tell who somebody is are replaced, hidden or removed. " +
		"This page is made from the configuration that does it. It is material for a privacy notice (GDPR, articles 13 and 14) and for the record of processing " +
		"activities (article 30). Purposes, legal bases, recipients and storage periods stand in no configuration: the controller adds them.",
	mPersonal: "What comes out is pseudonymised, and remains personal data (GDPR, recital 26): it can be attributed to a person by those who hold the keys, and " +
		"perhaps by what is left in the clear.",
	mAnd: " and ",
	mOr:  " or ",

	mChannels:        "Channels",
	mChannel:         "Channel {name}",
	mWay:             "From {from} to {to}.",
	mColumnField:     "Fields",
	mLabel:           "{label}: ",
	mColumnDone:      "What is done",
	mColumnUndo:      "Can it be undone?",
	mColumnLinked:    "Recognizable as the same in",
	mRequired:        "; a record without it is set aside",
	mInvalidRedacted: "; what cannot be read is replaced by [redacted]",
	mRestUnseen:      "Everything else in these records passes as it is, and nobody looks at it.",
	mRestReport: "Everything else in these records passes as it is. In a sample of them ({share}) it is searched for what has the form of an identifier; what is found is " +
		"counted, so that a line can be added here, and not changed.",
	mRestRedact:       "Everything else in these records passes, but what has the form of an identifier in it is replaced by [redacted].",
	mRestTokenize:     "Everything else in these records passes, but what has the form of an identifier in it is replaced: by a token ({tokens}), or by [redacted].",
	mRestTokenOf:      "{kind} of the domain {domain}",
	mRestQuarantine:   "Everything else in these records passes as it is, unless something in it has the form of an identifier: then the record is set aside.",
	mListedRemove:     "Nothing else passes: what is listed neither above nor here is removed.",
	mListedQuarantine: "Nothing else passes: a record with something that is listed neither above nor here is set aside.",
	mListedPass:       "Listed, and passed as it is: {places}.",
	mFoundRedact:      "What has the form of an identifier in it is replaced by [redacted].",
	mFoundTokenize:    "What has the form of an identifier in it is replaced: by a token ({tokens}), or by [redacted].",
	mFoundQuarantine:  "Where something in it has the form of an identifier, the record is set aside.",

	mWholeRecord: "the whole record",
	mIn:          "{inner}, in {outer}",
	mKey:         "the record's key",
	mInKey:       "{inner}, in the record's key",
	mHeader:      "the header {name}",
	mNamesOf:     "the names of what is listed in {place}",
	mNamed:       "{name}",
	mInsideText:  "{inner}, inside the text of {outer}",
	mPart:        "{name}",
	mEverything:  "each value",
	mProbably:    ", probably {kind}",
	mPartly:      ", some of it probably {kind}",
	mSelector:    "{place}: {selector}",

	mTokenize: "replaced by a token of the domain {domain}; the same value always gets the same token",
	mHash:     "replaced by a one-way token of the domain {domain}; the same value always gets the same token",
	mEncrypt:  "encrypted into a token of the domain {domain}; the same value gets another token each time",
	mShapeUUID: "replaced by a made-up UUID, computed one-way with the key of the domain {domain}; the same value always gets the " +
		"same one",
	mShapeDigits: "replaced by a made-up number of {n} digits, computed one-way with the key of the domain {domain}; the same value always gets the " +
		"same one",
	mShapeEmail: "replaced by a made-up e-mail address, computed one-way with the key of the domain {domain}; the same value always gets the " +
		"same one",
	mShapeEmailKept: "replaced by a made-up e-mail address, computed one-way with the key of the domain {domain}; the part behind the @ stays where it " +
		"is the name of a host",
	mRedact:                 "replaced by the text [redacted]",
	mRedactText:             "replaced by the text “{text}”",
	mRedactNull:             "replaced by null, which is nothing",
	mRemove:                 "removed",
	mMask:                   "hidden, but for the first {first} and the last {last} characters",
	mMaskFirst:              "hidden, but for the first {first} characters",
	mMaskLast:               "hidden, but for the last {last} characters",
	mMaskAll:                "hidden whole",
	mMaskShape:              "; its length and its separators show",
	mTruncate:               "cut off behind its first {n} characters",
	mGeneralizeIP:           "made less exact: the address of the network, of {v4} bits (IPv4) or {v6} bits (IPv6)",
	mGeneralizeDay:          "made less exact: the day",
	mGeneralizeMonth:        "made less exact: the month",
	mGeneralizeQuarter:      "made less exact: the quarter of the year",
	mGeneralizeYear:         "made less exact: the year",
	mGeneralizeAge:          "made less exact: the age group, which begins at {bands} years",
	mGeneralizeStep:         "made less exact: rounded to multiples of {step}",
	mGeneralizeMin:          "; what is less becomes {min}",
	mGeneralizeMax:          "; what is more becomes {max}",
	mGeneralizeEnds:         "kept, but for the ends of its range",
	mGeneralizeBands:        "made less exact: the group of the number, which begins at {bands}",
	mGeneralizeDigits:       "made less exact: coordinates with {n} digits behind the point",
	mGeneralizeGeohash:      "made less exact: the cell of a map (a geohash of {n} characters)",
	mGeneralizePostcode:     "made less exact: the first {n} characters of the postcode",
	mGeneralizeUserAgent:    "made less exact: the program’s name and major version",
	mGeneralizeOrigin:       "made less exact: the site of the link, and nothing behind it",
	mGeneralizeWithoutQuery: "made less exact: the link without its query and fragment",
	mPick:                   "replaced by an entry of a fixed list of {n}, with the key of the domain {domain}; many values share an entry",
	mShift: "moved by up to {n} days, all dates of one person by the same number, with the key of the domain {domain}; the time between " +
		"two dates of a person stays right",

	mUndoReveal:  "Yes, by people who have the role reveal in Vault",
	mUndoGuess:   "No; but who may use the keys can test whether it is a certain value",
	mUndoNothing: "No, nothing of it is left",
	mUndoRest:    "No; but what stays can be enough to guess the rest",
	mUndoCoarse:  "No; but together with other things, what is less exact can still tell who it is",
	mUndoShift:   "Only by who may use the keys and knows whose date it is",

	mDomains: "Domains",
	mDomainsIntro: "A domain has keys of its own. Within it equal values get equal tokens, in all of its channels, so that records of one person can " +
		"be joined without knowing the person. Tokens of two domains cannot be linked with each other. Domains that encrypt join nothing.",
	mColumnDomain:   "Domain",
	mColumnMethod:   "Tokens",
	mColumnChannels: "Channels",
	mMethodTokenize: "reversible with the keys; equal values, equal tokens",
	mMethodHash:     "one-way; equal values, equal tokens",
	mMethodEncrypt:  "reversible with the keys; a new token each time",

	mPeople: "Who can undo what",
	mPeopleIntro: "The keys lie in Vault, encrypted under a key that never leaves it. Vault decides who has which role, and its audit log, where it is " +
		"switched on, has each use of the keys.",
	mColumnRole: "Role",
	mColumnCan:  "Can",
	mRoleReveal: "turn tokens back into values, in {domains}",
	mRoleToken: "make the token of a value that they know, in {domains}, to find a person's records; and so test whether a token stands for a certain " +
		"value",
	mRoleQuarantine: "open records that were set aside, and have them processed again",
	mRoleProxy:      "make tokens, as the program does that processes the records",
	mRoleProxyMore:  "; the keys that it needs for this would also turn the tokens of {domains} back into values",

	mQuarantine: "Records that are set aside",
	mQuarantineText: "A record that cannot be handled as described here is not passed on: it cannot be read, a value in it that must be there is " +
		"missing, or cannot be transformed. It is sealed at once, so that the program itself cannot read it any more, and kept in {topics} until people " +
		"with the role quarantine open it.",

	mRights: "Rights of data subjects",
	mRightsText: "To answer a person who asks for access, rectification or erasure, people with the role reveal or token make the tokens of the values that " +
		"the person gives, and find the records by them.",
	mRightsShaped: "What is made up in the place of a value with the key of {domains} is no token. Such records are found by having it made of the value once more, " +
		"with the keys of today: what older keys made is not found.",
	mRightsEncrypt: "Records cannot be found by values of the domains that encrypt ({domains}), nor by what is hidden or removed.",
	mRightsErase: "Destroying the keys of a domain, with all copies of them, makes its tokens irreversible for everybody, and separates old records from new " +
		"ones.",

	mRemains: "What can still be learned",
	mRemainsText: "Equal tokens show how often a value occurs, and which records are of one person; times, amounts and whatever passes as it is may tell who " +
		"it is when they are put together. Who may write records and see what becomes of them can test whether a token stands for a certain value. Who sees a " +
		"record before and after sees which value became which token.",

	mKindEmail:          "an e-mail address",
	mKindPhone:          "a telephone number",
	mKindName:           "a name",
	mKindBankAccount:    "a bank account",
	mKindCard:           "a payment card",
	mKindNationalNumber: "a national number",
	mKindIP:             "an IP address",
	mKindIdentifier:     "an identifier of a person",
	mKindGender:         "a gender",
	mKindTitle:          "a form of address",
	mKindBirthDate:      "a date of birth",
	mKindAge:            "an age",
	mKindPostcode:       "a postcode",
	mKindCountry:        "a country",
	mKindLanguage:       "a language",
	mKindCivilStatus:    "a civil status",
}}
