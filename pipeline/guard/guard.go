// Package guard keeps what the guard of a route knows: which members records have, which of them nobody has listed, and what was
// found where no rule looks.
//
// Before: JSON texts that a scan.Scanner has accepted; a text that it has not makes a walk end early, and nothing worse. After:
// patterns of paths and counts, bounded in number and length, that hold nothing of a record but names of members that look like
// names of a schema.
//
// A name of a member can be data: an e-mail address, an id, a word that somebody typed. So a name is only ever shown where it
// has no form of data ([Schema]), where its object has few different names, and where it was met in several records; any other is `*`.
// That is a guess, as all of the guard is. What it errs to is showing too little.
//
// Nothing here knows Kafka, a key, a clock or a configuration, and nothing here decides what becomes of a record.
package guard
