package explain

// A no-break space stands before : ; ? and inside « », as French typography wants it.
var french = language{code: "fr", texts: [messages]string{
	mTitle: "Ce que deviennent les données personnelles en chemin",
	mIntro: "Chaque canal ci-dessous transporte des enregistrements d’un endroit à un autre. En chemin, les valeurs qui révèlent l’identité d’une personne sont " +
		"remplacées, masquées ou supprimées. Cette page est tirée de la configuration même qui le fait. Elle sert à rédiger la mention d’information des personnes " +
		"concernées (RGPD, articles 13 et 14) et le registre des activités de traitement (article 30). Les finalités, bases légales, destinataires et durées de " +
		"conservation ne figurent dans aucune configuration : le responsable du traitement les ajoute.",
	mPersonal: "Ce qui sort est pseudonymisé et reste une donnée à caractère personnel (RGPD, considérant 26) : ceux qui détiennent les clés peuvent l’attribuer à " +
		"une personne, et ce qui reste en clair y suffit peut-être.",
	mAnd: " et ",
	mOr:  " ou ",

	mChannels:        "Canaux",
	mChannel:         "Canal {name}",
	mWay:             "De {from} vers {to}.",
	mColumnField:     "Champs",
	mLabel:           "{label} : ",
	mColumnDone:      "Traitement",
	mColumnUndo:      "Réversible ?",
	mColumnLinked:    "Reconnaissable à l’identique dans",
	mRequired:        " ; un enregistrement qui ne l’a pas est mis de côté",
	mInvalidRedacted: " ; ce qui est illisible est remplacé par [redacted]",
	mRestUnseen:      "Tout le reste de ces enregistrements passe tel quel, sans que rien ne l’examine.",
	mRestReport: "Tout le reste de ces enregistrements passe tel quel. Dans un échantillon ({share}), on y cherche ce qui a la forme d’un identifiant ; ce qui est trouvé est " +
		"compté, afin de compléter cette liste, et n’est pas modifié.",
	mRestRedact:       "Tout le reste de ces enregistrements passe, mais ce qui y a la forme d’un identifiant est remplacé par [redacted].",
	mRestTokenize:     "Tout le reste de ces enregistrements passe, mais ce qui y a la forme d’un identifiant est remplacé : par un jeton ({tokens}), ou par [redacted].",
	mRestTokenOf:      "{kind}, du domaine {domain}",
	mRestQuarantine:   "Tout le reste de ces enregistrements passe tel quel, sauf si quelque chose y a la forme d’un identifiant : l’enregistrement est alors mis de côté.",
	mListedRemove:     "Rien d’autre ne passe : ce qui ne figure ni ci-dessus ni ici est supprimé.",
	mListedQuarantine: "Rien d’autre ne passe : un enregistrement avec quelque chose qui ne figure ni ci-dessus ni ici est mis de côté.",
	mListedPass:       "Passe tel quel, car déclaré : {places}.",
	mFoundRedact:      "Ce qui y a la forme d’un identifiant est remplacé par [redacted].",
	mFoundTokenize:    "Ce qui y a la forme d’un identifiant est remplacé : par un jeton ({tokens}), ou par [redacted].",
	mFoundQuarantine:  "Si quelque chose y a la forme d’un identifiant, l’enregistrement est mis de côté.",

	mWholeRecord: "l’enregistrement entier",
	mIn:          "{inner}, dans {outer}",
	mKey:         "la clé de l’enregistrement",
	mInKey:       "{inner}, dans la clé de l’enregistrement",
	mHeader:      "l’en-tête {name}",
	mNamesOf:     "les noms de ce qui est rangé dans {place}",
	mNamed:       "{name}",
	mInsideText:  "{inner}, à l’intérieur du texte de {outer}",
	mPart:        "{name}",
	mEverything:  "chaque valeur",
	mProbably:    ", probablement {kind}",
	mPartly:      ", dont probablement {kind}",
	mSelector:    "{place} : {selector}",

	mTokenize: "remplacé par un jeton du domaine {domain} ; une même valeur reçoit toujours le même jeton",
	mHash:     "remplacé par un jeton à sens unique du domaine {domain} ; une même valeur reçoit toujours le même jeton",
	mEncrypt:  "chiffré en un jeton du domaine {domain} ; une même valeur reçoit chaque fois un autre jeton",
	mShapeUUID: "remplacé par un UUID fictif, calculé à sens unique avec la clé du domaine {domain} ; une même valeur reçoit toujours le " +
		"même",
	mShapeDigits: "remplacé par un nombre fictif de {n} chiffres, calculé à sens unique avec la clé du domaine {domain} ; une même valeur reçoit toujours le " +
		"même",
	mShapeEmail: "remplacé par une adresse e-mail fictive, calculée à sens unique avec la clé du domaine {domain} ; une même valeur reçoit toujours la " +
		"même",
	mShapeEmailKept: "remplacé par une adresse e-mail fictive, calculée à sens unique avec la clé du domaine {domain} ; la partie derrière l’@ reste, si c’est " +
		"le nom d’un hôte",
	mRedact:                 "remplacé par le texte [redacted]",
	mRedactText:             "remplacé par le texte « {text} »",
	mRedactNull:             "remplacé par null, c’est-à-dire rien",
	mRemove:                 "supprimé",
	mMask:                   "masqué, sauf les {first} premiers et les {last} derniers caractères",
	mMaskFirst:              "masqué, sauf les {first} premiers caractères",
	mMaskLast:               "masqué, sauf les {last} derniers caractères",
	mMaskAll:                "masqué entièrement",
	mMaskShape:              " ; sa longueur et ses séparateurs se voient",
	mTruncate:               "coupé après ses {n} premiers caractères",
	mGeneralizeIP:           "rendu moins précis : l’adresse du réseau, sur {v4} bits (IPv4) ou {v6} bits (IPv6)",
	mGeneralizeDay:          "rendu moins précis : le jour",
	mGeneralizeMonth:        "rendu moins précis : le mois",
	mGeneralizeQuarter:      "rendu moins précis : le trimestre",
	mGeneralizeYear:         "rendu moins précis : l’année",
	mGeneralizeAge:          "rendu moins précis : la tranche d’âge, à partir de {bands} ans",
	mGeneralizeStep:         "rendu moins précis : arrondi à un multiple de {step}",
	mGeneralizeMin:          " ; ce qui est inférieur devient {min}",
	mGeneralizeMax:          " ; ce qui est supérieur devient {max}",
	mGeneralizeEnds:         "conservé, sauf aux extrémités",
	mGeneralizeBands:        "rendu moins précis : la tranche du nombre, à partir de {bands}",
	mGeneralizeDigits:       "rendu moins précis : des coordonnées à {n} décimales",
	mGeneralizeGeohash:      "rendu moins précis : la maille d’une carte (un geohash de {n} caractères)",
	mGeneralizePostcode:     "rendu moins précis : les {n} premiers caractères du code postal",
	mGeneralizeUserAgent:    "rendu moins précis : le nom du programme et sa version majeure",
	mGeneralizeOrigin:       "rendu moins précis : le site du lien, sans rien de ce qui suit",
	mGeneralizeWithoutQuery: "rendu moins précis : le lien sans sa requête ni son fragment",
	mPick:                   "remplacé par un élément d’une liste fixe de {n}, avec la clé du domaine {domain} ; plusieurs valeurs se partagent un élément",
	mShift: "décalé de {n} jours au plus, du même nombre pour toutes les dates d’une personne, avec la clé du domaine {domain} ; l’intervalle entre deux dates " +
		"d’une personne reste juste",

	mUndoReveal:  "Oui, par les personnes qui ont le rôle reveal dans Vault",
	mUndoGuess:   "Non ; mais qui peut utiliser les clés peut vérifier s’il s’agit d’une valeur donnée",
	mUndoNothing: "Non, il n’en reste rien",
	mUndoRest:    "Non ; mais ce qui reste peut suffire à deviner le reste",
	mUndoCoarse:  "Non ; mais, rapproché d’autres éléments, ce qui est moins précis peut encore révéler qui est la personne",
	mUndoShift:   "Seulement par qui peut utiliser les clés et sait de qui est la date",

	mDomains: "Domaines",
	mDomainsIntro: "Un domaine a ses propres clés. À l’intérieur d’un domaine, des valeurs égales reçoivent des jetons égaux, dans tous ses canaux : on peut relier les " +
		"enregistrements d’une personne sans savoir de qui il s’agit. Les jetons de deux domaines ne peuvent pas être reliés entre eux. Les domaines qui chiffrent ne " +
		"relient rien.",
	mColumnDomain:   "Domaine",
	mColumnMethod:   "Jetons",
	mColumnChannels: "Canaux",
	mMethodTokenize: "réversibles avec les clés ; valeurs égales, jetons égaux",
	mMethodHash:     "à sens unique ; valeurs égales, jetons égaux",
	mMethodEncrypt:  "réversibles avec les clés ; chaque fois un autre jeton",

	mPeople: "Qui peut revenir en arrière",
	mPeopleIntro: "Les clés sont dans Vault, chiffrées sous une clé qui n’en sort jamais. Vault décide qui a quel rôle, et son journal d’audit, s’il est activé, garde la trace de " +
		"chaque usage des clés.",
	mColumnRole: "Rôle",
	mColumnCan:  "Peut",
	mRoleReveal: "retrouver la valeur derrière un jeton, pour {domains}",
	mRoleToken: "calculer le jeton d’une valeur connue, pour {domains}, afin de retrouver les enregistrements d’une personne ; et donc vérifier si un jeton correspond à une " +
		"valeur donnée",
	mRoleQuarantine: "ouvrir les enregistrements mis de côté, et les faire traiter à nouveau",
	mRoleProxy:      "produire les jetons, comme le fait le programme qui traite les enregistrements",
	mRoleProxyMore:  " ; les clés dont il a besoin pour cela suffiraient aussi à retrouver les valeurs derrière les jetons de {domains}",

	mQuarantine: "Enregistrements mis de côté",
	mQuarantineText: "Un enregistrement qui ne peut pas être traité comme décrit ici n’est pas transmis : il est illisible, une valeur obligatoire y manque, ou ne peut pas être " +
		"transformée. Il est scellé aussitôt, de sorte que le programme lui-même ne peut plus le lire, et gardé dans {topics} jusqu’à ce que des personnes qui ont le rôle " +
		"quarantine l’ouvrent.",

	mRights: "Droits des personnes concernées",
	mRightsText: "Pour répondre à une demande d’accès, de rectification ou d’effacement, les personnes qui ont le rôle reveal ou token calculent les jetons des valeurs que la " +
		"personne concernée indique, et retrouvent ainsi ses enregistrements.",
	mRightsShaped: "Ce qui est inventé à la place d’une valeur avec la clé de {domains} n’est pas un jeton. On retrouve ces enregistrements en le faisant calculer à nouveau à partir " +
		"de la valeur, avec les clés actuelles : ce que d’anciennes clés ont produit n’est pas retrouvé.",
	mRightsEncrypt: "On ne retrouve pas d’enregistrement par les valeurs des domaines qui chiffrent ({domains}), ni par ce qui est masqué ou supprimé.",
	mRightsErase: "Détruire les clés d’un domaine, avec toutes leurs copies, rend ses jetons irréversibles pour tous, et sépare les anciens enregistrements des " +
		"nouveaux.",

	mRemains: "Ce qu’on peut encore apprendre",
	mRemainsText: "Des jetons égaux montrent combien de fois une valeur revient, et quels enregistrements sont d’une même personne ; les heures, les montants et tout ce qui passe " +
		"tel quel peuvent, rapprochés, révéler qui elle est. Qui peut écrire des enregistrements et voir ce qu’ils deviennent peut vérifier si un jeton correspond à une valeur " +
		"donnée. Qui voit un enregistrement avant et après voit quelle valeur est devenue quel jeton.",

	mKindEmail:          "une adresse e-mail",
	mKindPhone:          "un numéro de téléphone",
	mKindName:           "un nom",
	mKindBankAccount:    "un compte bancaire",
	mKindCard:           "une carte de paiement",
	mKindNationalNumber: "un numéro national",
	mKindIP:             "une adresse IP",
	mKindIdentifier:     "un identifiant de personne",
	mKindGender:         "un sexe ou un genre",
	mKindTitle:          "une civilité",
	mKindBirthDate:      "une date de naissance",
	mKindAge:            "un âge",
	mKindPostcode:       "un code postal",
	mKindCountry:        "un pays",
	mKindLanguage:       "une langue",
	mKindCivilStatus:    "une situation familiale",
}}
