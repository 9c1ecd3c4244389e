// Package endtoend holds the proofs that run the built program between a real Apache Kafka and a real Vault server. It has
// no code but its tests.
//
// Its judges know nothing of voile: ../shared/tools/leakcheck.py looks for planted identifiers in everything that came
// out, and cmd/auditor/audit judges the order of a sink that is read with another client library.
package endtoend
