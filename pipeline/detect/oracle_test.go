package detect

import (
	"bytes"
	"strings"
	"testing"

	"voile/crypto/checkdigit"
	"voile/internal/nodetest"
)

// What libraries of npm call valid is found, and what they do not is not: thousands of numbers of each kind, valid ones and
// what people make of them. Where we differ on purpose, differs says why.
func TestOracle(t *testing.T) {
	out := nodetest.Run(t, "testdata/oracle", "oracle.js", nil, "2000")
	sets, judged, differ := map[Kind]*Set{}, map[Kind][2]int{}, map[Kind]int{}
	for line := range bytes.Lines(out) {
		kind, text, valid := split(t, string(line))
		if sets[kind] == nil {
			sets[kind] = mustNew(t, "FR", kind)
		}
		_, found := sets[kind].Whole([]byte(text))
		counts := judged[kind]
		if valid {
			counts[0]++
		} else {
			counts[1]++
		}
		judged[kind] = counts
		if found == valid || differs(kind, text, found) {
			continue
		}
		if differ[kind]++; differ[kind] <= 20 {
			t.Errorf("%s %q: found %v, by the oracle %v", kind, text, found, valid)
		}
	}
	for _, k := range []Kind{IBAN, NIR, SIREN, SIRET, VAT, BENational, NLBSN, DETaxID, ESDNI, ITFiscalCode, PLPESEL, UKNINO, USSSN} {
		if judged[k][0] < 2000 || judged[k][1] < 2000 {
			t.Errorf("%s: %d valid and %d other numbers were judged, want 2000 of each at least", k, judged[k][0], judged[k][1])
		}
		t.Logf("%s: %d valid, %d others; %d differ", k, judged[k][0], judged[k][1], differ[k])
	}
}

func split(t *testing.T, line string) (kind Kind, text string, valid bool) {
	t.Helper()
	fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	if len(fields) != 3 {
		t.Fatalf("the oracle wrote %q", line)
	}
	return Kind(fields[0]), fields[1], fields[2] == "1"
}

// The countries for which ibantools looks at check digits inside the account number too.
const nationalChecks = "BA BE CZ EE ES FI FR HR HU MC ME MK NO PL PT RS SI SK"

// differs says whether a text is of those about which we know better than the oracle, or cannot know as much.
func differs(kind Kind, text string, found bool) bool {
	if kind == VAT {
		return differsVAT(text[:2], text[2:], found)
	}
	if found {
		if kind == IBAN { // national check digits inside are not looked at: the registry has none
			return strings.Contains(nationalChecks, text[:2])
		}
		return (kind == BENational || kind == PLPESEL) && isFuture(kind, text) // born in the future; we have no clock
	}
	switch kind {
	case IBAN: // letters that the registry has, where the oracle takes digits too, and Turkey's reserved digit
		return strings.Contains(" PS VG PK IE GE TR ", " "+text[:2]+" ")
	case NIR:
		return text[10:13] == "000" // no order of birth
	case SIRET:
		return !checkdigit.SIREN([]byte(text[:9])) // the oracle looks at the sum of all 14 digits alone
	case BENational:
		return text[9:] > "97" || text[9:] == "00" || // no such check digits: 97 less a remainder
			text[6:9] == "000" || text[6:9] == "999" // no such order of birth
	case NLBSN:
		return len(text) == 8 || strings.HasPrefix(text, "00") // written without its zero in front; the least number is 10,000,001
	case ESDNI:
		return strings.Contains("KLM", text[:1]) // the oracle does not check their letter
	case UKNINO:
		return len(text) == 8 // without its last letter a number is too little to go by
	case USSSN:
		return len(text) != 11 || text[3] != '-' || text[6] != '-' || text[7:] == "0000"
	}
	return false
}

func differsVAT(country, number string, found bool) bool {
	switch country {
	case "BE", "EL", "NL":
		return strings.HasSuffix(number, "B00") || // counted from 01
			len(number) < map[string]int{"BE": 10, "EL": 9, "NL": 12}[country] // written without its zero in front
	case "BG":
		return len(number) == 10 || found // the oracle compares one of the sums the wrong way round, and has a rule for the first digit
	case "CY":
		return strings.HasPrefix(number, "12") // never given out
	case "CZ":
		return len(number) == 9 // no check digit
	case "DE", "DK", "MT", "SI":
		return number[0] == '0' // never given out
	case "ES": // the oracle takes a digit for a letter and the other way round, and does not check K, L and M
		return isLetter(number[0])
	}
	return false
}

func isFuture(kind Kind, text string) bool {
	year, month := text[:2], text[2:4]
	if kind == PLPESEL {
		return month > "20" && year > "25"
	}
	return year > "25" // and the check digits are those of the year 2000 and later
}
