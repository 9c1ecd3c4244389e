package explain

// A message is one text, in each language.
type message int

const (
	mTitle message = iota
	mIntro
	mPersonal
	mAnd
	mOr

	// Channels.
	mChannels
	mChannel
	mWay
	mColumnField
	mLabel
	mColumnDone
	mColumnUndo
	mColumnLinked
	mRequired
	mInvalidRedacted
	mRestUnseen
	mRestReport
	mRestRedact
	mRestTokenize
	mRestTokenOf
	mRestQuarantine
	mListedRemove
	mListedQuarantine
	mListedPass
	mFoundRedact
	mFoundTokenize
	mFoundQuarantine

	// Where in a record.
	mWholeRecord
	mIn
	mKey
	mInKey
	mHeader
	mNamesOf
	mNamed
	mInsideText
	mPart
	mEverything
	mProbably
	mPartly
	mSelector

	// What is done.
	mTokenize
	mHash
	mEncrypt
	mShapeUUID
	mShapeDigits
	mShapeEmail
	mShapeEmailKept
	mRedact
	mRedactText
	mRedactNull
	mRemove
	mMask
	mMaskFirst
	mMaskLast
	mMaskAll
	mMaskShape
	mTruncate
	mGeneralizeIP
	mGeneralizeDay
	mGeneralizeMonth
	mGeneralizeQuarter
	mGeneralizeYear
	mGeneralizeAge
	mGeneralizeStep
	mGeneralizeMin
	mGeneralizeMax
	mGeneralizeEnds
	mGeneralizeBands
	mGeneralizeDigits
	mGeneralizeGeohash
	mGeneralizePostcode
	mGeneralizeUserAgent
	mGeneralizeOrigin
	mGeneralizeWithoutQuery
	mPick
	mShift

	// Whether it can be undone.
	mUndoReveal
	mUndoGuess
	mUndoNothing
	mUndoRest
	mUndoCoarse
	mUndoShift

	// Domains.
	mDomains
	mDomainsIntro
	mColumnDomain
	mColumnMethod
	mColumnChannels
	mMethodTokenize
	mMethodHash
	mMethodEncrypt

	// People.
	mPeople
	mPeopleIntro
	mColumnRole
	mColumnCan
	mRoleReveal
	mRoleToken
	mRoleQuarantine
	mRoleProxy
	mRoleProxyMore

	// What is set aside.
	mQuarantine
	mQuarantineText

	// The rights of people.
	mRights
	mRightsText
	mRightsShaped
	mRightsEncrypt
	mRightsErase

	// What remains.
	mRemains
	mRemainsText

	// What a value probably is.
	mKindEmail
	mKindPhone
	mKindName
	mKindBankAccount
	mKindCard
	mKindNationalNumber
	mKindIP
	mKindIdentifier
	mKindGender
	mKindTitle
	mKindBirthDate
	mKindAge
	mKindPostcode
	mKindCountry
	mKindLanguage
	mKindCivilStatus

	messages // how many there are
)
