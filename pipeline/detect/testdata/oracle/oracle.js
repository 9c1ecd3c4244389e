// Generates numbers of each kind and says of each whether the libraries call it valid: lines of kind, text, and 1 or 0.
// The first argument is how many valid ones to make of each kind; each is followed by what people make of it: one
// character changed, two swapped, one missing, one too many. The same numbers on every run.
const {stdnum} = require("stdnum");
const {isValidIBAN, countrySpecs} = require("ibantools");

Error.stackTraceLimit = 0; // each refusal is an Error: without traces they are ten times as fast

let state = 20261126; // mulberry32
function random(n) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}
const digits = "0123456789", capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const of = (alphabet) => alphabet[random(alphabet.length)];
const two = (n) => String(n).padStart(2, "0");
// 9 stands for a digit, A for a letter, X for either.
const fill = (pattern) => pattern.replace(/[9AX]/g, (c) => (c === "9" ? of(digits) : c === "A" ? of(capitals) : of(digits + capitals)));

const valid = (validator) => (text) => validator.validate(text).isValid;
const {FR, BE, NL, DE, ES, IT, PL, GB, US} = stdnum;

// kind: what makes a candidate, and what judges it. Only one candidate in some hundred need be valid.
const kinds = {
  iban: [makeIBAN, isValidIBAN],
  nir: [() => of("1234") + two(random(100)) + two(1 + random(12)) + of(["2A", "2B", two(1 + random(95))]) + fill("99999999"), valid(FR.nir)],
  siren: [() => fill("999999999"), valid(FR.siren)],
  siret: [() => makeValid(kinds.siren) + fill("99999"), valid(FR.siret)],
  be_national: [() => two(random(100)) + two(1 + random(12)) + two(1 + random(28)) + fill("99999"), valid(BE.insz)],
  nl_bsn: [() => fill("999999999"), valid(NL.bsn)],
  de_tax_id: [makeTaxID, valid(DE.idnr)],
  es_dni: [() => (random(2) ? fill("99999999A") : of("XYZ") + fill("9999999A")), (text) => valid(ES.dni)(text) || valid(ES.nie)(text)],
  it_fiscal_code: [() => fill("AAAAAA99") + of("ABCDEHLMPRST") + two(1 + random(28) + 40 * random(2)) + fill("A999A"), valid(IT.codicefiscale)],
  pl_pesel: [() => two(random(100)) + two(1 + random(12) + 20 * random(2)) + two(1 + random(28)) + fill("99999"), valid(PL.pesel)],
  uk_nino: [() => fill("AA999999") + of("ABCD"), valid(GB.nino)],
  us_ssn: [() => fill("999-99-9999"), valid(US.ssn)],
};

const vat = {
  AT: ["U99999999", "uid"], BE: ["0999999999", "vat"], BG: ["999999999", "vat"], CY: ["99999999A", "vat"], CZ: ["99999999", "dic"],
  DE: ["999999999", "vat"], DK: ["99999999", "cvr"], EE: ["999999999", "kmkr"], EL: ["999999999", "vat", "GR"], ES: ["X9999999X", "nif"],
  FI: ["99999999", "alv"], FR: ["99999999999", "tva"], GB: ["999999999", "vat"], HR: ["99999999999", "oib"], HU: ["99999999", "anum"],
  IE: ["9999999A", "vat"], IT: ["99999990999", "iva"], LT: ["999999919", "pvm"], LU: ["99999999", "tva"], LV: ["49999999999", "pvn"],
  MT: ["99999999", "vat"], NL: ["999999999B99", "btw"], PL: ["9999999999", "nip"], PT: ["999999999", "nif"], RO: ["99999999", "cui"],
  SE: ["999999999901", "vat"], SI: ["99999999", "ddv"], SK: ["2949999999", "dph"],
};
function isVAT(text) { // a mistake may lead to another country
  const rule = vat[text.slice(0, 2)];
  return rule !== undefined && valid(stdnum[rule[2] || text.slice(0, 2)][rule[1]])(text.slice(2));
}
for (const [prefix, [pattern]] of Object.entries(vat)) {
  kinds["vat " + prefix] = [() => prefix + fill(pattern), isVAT];
}

// Territories whose accounts have the country code of France or Finland (the registry's notes): ibantools takes theirs too.
const territories = ["AX", "BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"];

const countries = Object.keys(countrySpecs).filter((c) => countrySpecs[c].IBANRegistry && !territories.includes(c));

function makeIBAN() {
  const country = of(countries), spec = countrySpecs[country];
  // Their structures are regular expressions of sets with counts.
  let bban = "";
  for (const [, set, times] of spec.bban_regexp.matchAll(/\[([^\]]+)\]\{(\d+)\}/g)) {
    const alphabet = set.includes("0-9") ? (set.includes("A-Z") ? digits + capitals : digits) : capitals;
    for (let i = 0; i < Number(times); i++) bban += of(alphabet);
  }
  return country + two(2 + random(97)) + bban;
}

function makeTaxID() {
  const order = digits.split("").sort(() => random(3) - 1).slice(0, 9);
  order.splice(random(10), 0, order[random(9)]);
  return order.join("") + of(digits);
}

function makeValid([make, judge]) {
  for (let i = 0; i < 1000000; i++) {
    const text = make();
    if (judge(text)) return text;
  }
  throw new Error("no valid number in a million: " + make);
}

const lines = [];
const count = Number(process.argv[2]);
for (const [kind, [make, judge]] of Object.entries(kinds)) {
  const say = (text) => lines.push(`${kind.split(" ")[0]}\t${text}\t${judge(text) ? 1 : 0}`);
  const n = kind.startsWith("vat ") ? Math.ceil(count / 10) : count;
  for (let i = 0; i < n; i++) {
    const text = makeValid([make, judge]);
    const at = random(text.length), c = text[at];
    say(text);
    say(make());
    say(text.slice(0, at) + (digits.includes(c) ? of(digits) : capitals.includes(c) ? of(capitals) : c) + text.slice(at + 1));
    const swap = random(text.length - 1);
    say(text.slice(0, swap) + text[swap + 1] + text[swap] + text.slice(swap + 2));
    say(text.slice(0, at) + text.slice(at + 1));
    say(text.slice(0, at) + c + text.slice(at));
  }
}
process.stdout.write(lines.join("\n") + "\n");
