// Command voile is a streaming pseudonymization proxy for Kafka: it consumes records, replaces the identifying fields by
// tokens under keys that Vault guards, and produces the result to other topics.
//
// This package is where everything meets: it makes domains of what configuration and Vault say, and hands them to the
// pipeline. It has one file per subcommand. What it prints follows three rules:
//
//   - What was asked for goes to standard output, everything else to standard error, a line each, behind `voile: `, without
//     a capital at the start and a period at the end.
//   - An error says what is wrong, where, and what to do. It never holds a value of a record or a secret.
//   - The exit code is 0 where all is well, 1 where the work failed, 2 where the command line or the configuration is wrong.
package main

import (
	"os"

	// The public CA roots, for where the system has none: the image holds nothing but this program.
	_ "golang.org/x/crypto/x509roots/fallback"
)

// version is set by the linker: -X main.version=v1.2.3.
var version string

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
