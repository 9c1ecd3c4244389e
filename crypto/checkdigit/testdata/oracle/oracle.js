// Reads {kind: [number, ...]} and writes {kind: [verdict, ...]}: "good", "bad check", or "other" where something else than the
// check digit is wrong, a date or a range.
const { stdnum } = require('stdnum');
const ibantools = require('ibantools');

const validators = {
  NIR: stdnum.FR.nir, SIREN: stdnum.FR.siren, SIRET: stdnum.FR.siret, FrenchVAT: stdnum.FR.tva, GermanTaxID: stdnum.DE.idnr, DNI: stdnum.ES.dni,
  NIE: stdnum.ES.nie, CIF: stdnum.ES.cif, CodiceFiscale: stdnum.IT.codicefiscale, Luhn: stdnum.IT.iva, PESEL: stdnum.PL.pesel, BSN: stdnum.NL.bsn,
  BelgianNationalNumber: stdnum.BE.nn,
};

function verdict(kind, number) {
  if (kind === 'IBAN') {
    const { valid, errorCodes } = ibantools.validateIBAN(number);
    if (valid) return 'good';
    return String(errorCodes) === String(ibantools.ValidationErrorsIBAN.WrongIBANChecksum) ? 'bad check' : 'other';
  }
  const { isValid, error } = validators[kind].validate(number);
  if (isValid) return 'good';
  return error.name === 'InvalidChecksum' ? 'bad check' : 'other';
}

const numbers = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const verdicts = {};
for (const kind of Object.keys(numbers)) verdicts[kind] = numbers[kind].map((number) => verdict(kind, number));
process.stdout.write(JSON.stringify(verdicts));
