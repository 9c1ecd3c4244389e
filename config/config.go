// Package config reads voile's one configuration file.
//
// Before: bytes of YAML. After: a *Config in which every setting has its value, defaults filled in, every path parsed,
// every domain that a rule names there, and no two routes in each other's way; or Problems, which are all that is
// wrong with the file at once, in the order of its lines. There is nothing in between: a Config that Parse returned needs no
// further check by who uses it. Nothing outside the file and the environment is looked at, so a configuration can be
// checked on a machine that has neither its secrets, its certificates, its brokers nor its Vault.
//
// One table (settings.go) says which settings there are. It drives the reader, `voile config show`, the JSON Schema and
// the reference in docs/configuration.md, so that no setting can be in one of them and not in another.
//
// A secret is of type Secret, which never prints. Problems never hold the value of a secret setting, nor of an
// environment variable, nor a line of the file.
package config

import (
	"time"

	"voile/pipeline/jsonpath"
)

// A Config is one valid configuration.
type Config struct {
	Kafka      Kafka
	Vault      Vault
	Quarantine Quarantine
	Admin      Admin
	Limits     Limits
	Log        Log
	Domains    []Domain // in the order of the file, no two of one name
	Routes     []Route  // in the order of the file, at least one
}

// Domain finds a domain by its name.
func (c *Config) Domain(name string) (Domain, bool) {
	for _, d := range c.Domains {
		if d.Name == name {
			return d, true
		}
	}
	return Domain{}, false
}

// Kafka says where the brokers are and how to speak to them.
type Kafka struct {
	Brokers  []string // host:port, at least one
	ClientID string
	TLS      *TLS  // nil: none
	SASL     *SASL // nil: none
}

// TLS switches TLS on. Cert and Key are both empty or both files; an empty CA means the system's authorities, an empty
// ServerName the host that is dialed. The files are not opened here.
type TLS struct {
	CA, Cert, Key, ServerName string
}

// The mechanisms of SASL.Mechanism.
const (
	Plain       = "plain"
	ScramSHA256 = "scram-sha-256"
	ScramSHA512 = "scram-sha-512"
	OAuthBearer = "oauthbearer"
)

// SASL is how voile authenticates at the brokers: with OAuthBearer by exactly one of Token and ClientCredentials, else by
// Username and Password. What belongs to the other is empty.
type SASL struct {
	Mechanism string
	Username  string
	Password  Secret

	Token             Secret             // set when Token.IsSet()
	ClientCredentials *ClientCredentials // or nil
	Extensions        []Extension        // no two of one name
}

// ClientCredentials say where bearer tokens come from.
type ClientCredentials struct {
	TokenURL     string // https://…, or http://… to this machine
	ClientID     string
	ClientSecret Secret
	Scope        string // or empty
	TLS          *TLS   // nil: none of its own
}

// An Extension is what the brokers want to know beside a bearer token (KIP-342).
type Extension struct{ Name, Value string }

// Vault says where Vault is, how to log in, and where in it voile's things lie. Mounts and paths have no slash at either end.
type Vault struct {
	Address    string // http://host:port or https://host:port
	Namespace  string
	TLS        *TLS // nil: none of its own
	Auth       Auth
	Transit    Transit
	Keysets    Keysets
	Quarantine VaultQuarantine
}

// Auth is a login at Vault: exactly one of the three is set.
type Auth struct {
	Token      Secret      // a Vault token; set when Token.IsSet()
	AppRole    *AppRole    // or nil
	Kubernetes *Kubernetes // or nil
}

// AppRole is a login by role and secret.
type AppRole struct {
	Mount    string
	RoleID   string
	SecretID Secret
}

// Kubernetes is a login by the pod's service account.
type Kubernetes struct {
	Mount   string
	Role    string
	JWTFile string // read anew at each login, because Kubernetes replaces it
}

// Transit names the key encryption keys, which never leave Vault. The two keys have different names.
type Transit struct {
	Mount         string
	Key           string // wraps the keysets of the domains and the quarantine's public keyset
	QuarantineKey string // wraps the quarantine's private keyset
}

// Keysets is where the documents of the domains lie in the key/value store, version 2: Mount, then Path/<domain>.
type Keysets struct {
	Mount string
	Path  string
}

// VaultQuarantine is where the quarantine's documents lie: in the mount of Keysets, Path/public and Path/private.
type VaultQuarantine struct {
	Path string
}

// Quarantine says where the records go that could not be transformed.
type Quarantine struct {
	Topic string
}

// Admin is the port of /metrics, /healthz and /readyz.
type Admin struct {
	Listen string // host:port
}

// Limits bound what voile takes.
type Limits struct {
	PartitionBytes int64         // of records fetched and not yet acknowledged, as they came and as they will be sent, per partition; at most TotalBytes
	TotalBytes     int64         // the same over all partitions
	MaxDepth       int           // of objects and arrays in each other
	DrainTimeout   time.Duration // to finish what is in flight, at a rebalance or at the end
	// TransactionTimeout is how long a broker lets a transaction stand open whose process has died; at least thrice the
	// CommitInterval of each route that is exactly once.
	TransactionTimeout time.Duration
}

// Log says what is logged.
type Log struct {
	Level string // debug, info, warn, error
}

// The methods of a domain.
const (
	Tokenize = "tokenize"
	Hash     = "hash"
	Encrypt  = "encrypt"
)

// A Domain is one pseudonymisation domain: equal values get equal tokens inside it, unlinkable outside.
type Domain struct {
	Name   string
	Method string // Tokenize, Hash or Encrypt
	Value  string // the name of the normalizer; empty with Encrypt
	Region string // ISO 3166 alpha-2, upper case, with the normalizer phone; else empty
}

// The values of Start.From, Route.Partition, Route.OnUndecodable, Route.Delivery, Route.Isolation and Route.OnLostData;
// Route.Compression has the names of the codecs beside it.
const (
	StartEarliest     = "earliest"
	StartLatest       = "latest"
	PartitionSource   = "source"     // the partition stays
	PartitionKey      = "key"        // computed from the key as it is after the rules
	CompressionSource = "source"     // as each batch came
	UndecodableStop   = "stop"       // the partition stops
	UndecodableSeal   = "quarantine" // the raw batch is sealed, and the partition goes on

	DeliveryExactlyOnce = "exactly_once"     // records and offsets in one transaction
	DeliveryAtLeastOnce = "at_least_once"    // offsets after the records, which a crash doubles
	IsolationCommitted  = "read_committed"   // records of aborted transactions are not read
	IsolationAll        = "read_uncommitted" // they are, and those of open ones
	LostDataStop        = "stop"             // the partition stops
	LostDataContinue    = "continue"         // it goes on with what is there
)

// A Route takes the records of its source topics to one sink topic.
type Route struct {
	Name            string
	From            []string // at least one, no two equal
	To              string
	Group           string // consumer group
	Start           Start
	Partition       string // PartitionSource or PartitionKey
	Compression     string // CompressionSource, none, gzip, snappy, lz4 or zstd
	AcceptTokens    bool
	QuarantineTopic string // never empty: the topic of Config.Quarantine where the route names none
	QuarantineLimit QuarantineLimit
	OnUndecodable   string // UndecodableStop or UndecodableSeal
	Delivery        string // DeliveryExactlyOnce or DeliveryAtLeastOnce
	// CommitInterval is from the first record of a transaction to its commit, or how often offsets are committed at least once.
	CommitInterval time.Duration
	Isolation      string // IsolationCommitted or IsolationAll
	OnLostData     string // LostDataStop or LostDataContinue
	SourceHeader   bool   // each record for the sink says where it came from
	Guard          Guard  // a zero one is off
	Fields         []Rule // in the order of the file, then those of Use; the first that matches wins
	Use            []Use  // profiles, whose rules stand in Fields
}

// Start says where a consumer group begins that has no offsets yet.
type Start struct {
	From string    // StartEarliest, StartLatest, or empty where Time counts
	Time time.Time // the first record at or after it
}

// QuarantineLimit stops a partition once more than Share of its last Over records went to quarantine.
type QuarantineLimit struct {
	Share float64 // greater than 0, at most 1
	Over  int     // records; 0 means no limit
}

// Off says that there is no limit.
func (l QuarantineLimit) Off() bool { return l.Over == 0 }

// A Target is the part of a record that a rule looks into.
type Target uint8

// The targets. A rule for the key takes it whole (Rule.Whole) or by path.
const (
	Value Target = iota
	Key
	Header
)

// A Rule says what happens to the values that it selects.
type Rule struct {
	Target Target
	Whole  bool          // with Key: the key is taken whole, as text
	Path   jsonpath.Path // with Value, and with Key unless Whole
	Header string        // with Header: the name, compared byte by byte
	// KeysOf, with Value: what is selected are the names of the members of the objects that Path selects.
	KeysOf bool
	// Inside is how to go on inside what is selected, which is a text then; empty: it is taken whole.
	Inside []Step
	// OnInvalid says what becomes of a value that cannot be decoded, or that the action does not understand: InvalidSeal
	// or InvalidRedact.
	OnInvalid string

	Action Action
	// Required sends the record to quarantine where the rule selects nothing, null or an empty text, or a text that the
	// domain's normalizer does not understand.
	Required bool

	Setting string // where the rule stands, in the words of the file: routes[0].fields[2]
	Line    int    // of the file, from 1
	Origin  string // the profile that brings the rule; empty: the file itself
}

// Selector names what the rule selects, as the file writes it: a path, `key`, `key $.path`, `keys of $.path` or
// `header x-user-id`, and how it goes on inside.
func (r Rule) Selector() string { return r.outside() + inside(r.Inside) }

// Place is where the rule stands and what it selects: `routes[0].fields[2] ($.email)`, or of a profile
// `routes[0].use[segment]: $.email`.
func (r Rule) Place() string {
	if r.Origin != "" {
		return r.Setting
	}
	return r.Setting + " (" + r.Selector() + ")"
}

func (r Rule) outside() string {
	switch {
	case r.KeysOf:
		return "keys of " + r.Path.String()
	case r.Target == Header:
		return "header " + r.Header
	case r.Target == Key && r.Whole:
		return "key"
	case r.Target == Key:
		return "key " + r.Path.String()
	}
	return r.Path.String()
}

// An ActionKind says what is done with a value.
type ActionKind uint8

// The kinds of action.
const (
	Pseudonymize ActionKind = iota // by the domain's method
	Redact
	Remove
	Mask
	PickOne
	ShiftDates
	Truncating
	Generalizing
)

// String is the name of the kind's setting; of an action without a domain it is the `method` in metrics.
func (k ActionKind) String() string {
	return map[ActionKind]string{
		Pseudonymize: "domain", Redact: "redact", Remove: "remove", Mask: "mask", PickOne: "pick", ShiftDates: "shift_date",
		Truncating: "truncate", Generalizing: "generalize",
	}[k]
}

// An Action is what a rule does with a value.
type Action struct {
	Kind   ActionKind
	Domain string // with Pseudonymize, PickOne and ShiftDates: the name of a domain of the configuration
	Shape  *Shape // with Pseudonymize, of a domain of method Hash: what the token looks like; nil: voile's own text

	Pick      *Pick      // with PickOne
	ShiftDate *ShiftDate // with ShiftDates
	// With Redact: Text takes the value's place, or null where ToNull. Both empty: the usual constant.
	Text   string
	ToNull bool
	// With Mask: how many characters stay at either end, each 0 or more; both 0 hides the value whole. Character is the one
	// that hides; KeepSeparators leaves separators where they are, so that the length shows.
	KeepFirst, KeepLast int
	Character           string
	KeepSeparators      bool
	// With Truncating: how many characters stay, 1 or more.
	Keep int
	// With Generalizing: not nil.
	Generalize *Generalize
}
