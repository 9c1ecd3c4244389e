// Package bench measures what a record costs: voile beside what people would use instead, and beside what its parts cost
// when somebody else's code does them alone. README.md has the method and the commands.
//
// Before: what `make test` needs (Java, Maven, Python's pip), and a machine with nothing else to do: the report says how
// busy it was. During: one Kafka broker and one OpenBao, as the tests have them, on the same cores as the contenders; one
// contender runs at a time. After: all processes have ended, and the folder of -out holds results.json and tables.md.
//
// A run counts only if its sink is right: every event once and only once, untouched by those that copy, and without the raw values, but
// otherwise whole, by those that transform. A contender that fails this fails the benchmark.
//
// It is a module of its own, so that the product's go.mod stays clean, with a path below voile, so that it may import
// voile/internal. Each contender is a module again.
package bench
