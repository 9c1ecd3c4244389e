// Package charts holds the proofs of the Helm charts in its folders, which `make test-chart` runs: that a configuration
// keeps its meaning on its way through values and a ConfigMap, that the program accepts what is rendered, that wrong
// values are refused in words that help, and that no secret lands in a ConfigMap. What each template renders is tested in
// voile/tests, by helm-unittest. charts/kube installs the charts on a real API server.
package charts
