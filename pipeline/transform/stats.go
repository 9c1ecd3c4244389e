package transform

// RuleStats counts what one field rule did. The counters only grow; they belong to one Transformer and one goroutine.
type RuleStats struct {
	// Matched counts the values that the rule took, null and empty ones included.
	Matched uint64
	// Replaced counts the values that something else took the place of.
	Replaced uint64
	// NotNormalized counts the values that the domain's normalizer did not understand.
	NotNormalized uint64
	// Accepted counts the values that were genuine tokens of the rule's domain already and stayed as they were.
	Accepted uint64
	// Foreign counts the values that had the form of another domain's token and were treated as plain values.
	Foreign uint64
}
