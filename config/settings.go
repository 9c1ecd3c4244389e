package config

import "time"

// configForm and what hangs on it are the table of all settings: name, form, default, what it does, an example.
var configForm = &section[Config]{
	title: "The file",
	doc: "One YAML file is one configuration. `kafka`, `vault`, `domains` and `routes` must be there, everything else " +
		"has a default.",
	settings: []setting[Config]{
		set("kafka", kafkaForm, func(c *Config) *Kafka { return &c.Kafka },
			about{doc: "The Kafka cluster that is read from and written to.", required: true, example: `{brokers: ["localhost:9092"]}`}),
		set("vault", vaultForm, func(c *Config) *Vault { return &c.Vault },
			about{doc: "The Vault (or OpenBao) server that guards the keys.", required: true, example: "{address: \"https://vault.example:8200\", auth: …}"}),
		set("quarantine", quarantineForm, func(c *Config) *Quarantine { return &c.Quarantine },
			about{doc: "Where the records go that could not be transformed, sealed."}),
		set("admin", adminForm, func(c *Config) *Admin { return &c.Admin },
			about{doc: "The port for metrics and health."}),
		set("limits", limitsForm, func(c *Config) *Limits { return &c.Limits },
			about{doc: "Bounds on memory, depth and time."}),
		set("log", logForm, func(c *Config) *Log { return &c.Log },
			about{doc: "What is logged."}),
		set("domains", tableForm[Domain]{
			of: domainForm, what: "domains by name", ok: domainName, pattern: domainRule,
			name: func(d *Domain) *string { return &d.Name },
		}, func(c *Config) *[]Domain { return &c.Domains },
			about{doc: "The pseudonymisation domains, by name. Each is used by at least one rule.", instead: "none: for a file whose rules only redact, remove and mask", example: "{customer-email: {method: tokenize, value: email}}"}),
		set("routes", listForm[Route]{of: routeForm, what: "a list of routes"}, func(c *Config) *[]Route { return &c.Routes },
			about{doc: "The routes, at least one.", required: true, example: "[{name: web, from: [events.web.raw], to: events.web, fields: [...]}]"}),
	},
}

var kafkaForm = &section[Kafka]{
	title: "Kafka",
	doc:   "How to reach the brokers.",
	settings: []setting[Kafka]{
		set("brokers", listForm[string]{of: broker, what: "a list of host:port", same: equal[string]}, func(k *Kafka) *[]string { return &k.Brokers },
			about{doc: "Brokers to begin with; the others are learned from them.", required: true, example: "[localhost:9092]"}),
		set("client_id", anyText, func(k *Kafka) *string { return &k.ClientID },
			about{doc: "The name under which voile shows in the brokers' logs and quotas.", fallback: "voile"}),
		set("tls", switchable[TLS]{tlsForm, boolean}, func(k *Kafka) **TLS { return &k.TLS },
			about{doc: "TLS to the brokers; `true` or `{}` uses the system's authorities.", instead: "off", example: "{ca: /etc/voile/ca.pem}"}),
		set("sasl", optional[SASL]{saslForm}, func(k *Kafka) **SASL { return &k.SASL },
			about{doc: "Authentication at the brokers.", instead: "off", example: "{mechanism: scram-sha-512, username: voile, password: \"${KAFKA_PASSWORD}\"}"}),
	},
}

var tlsForm = &section[TLS]{
	title: "TLS",
	doc: "The same settings under `kafka.tls`, `kafka.sasl.client_credentials.tls` and `vault.tls`. The files are opened when voile connects, not when the file is checked; " +
		"those for Kafka anew for each connection, so that renewed certificates need no restart.",
	settings: []setting[TLS]{
		set("ca", filePath, func(t *TLS) *string { return &t.CA },
			about{doc: "PEM file of the authorities that are trusted.", instead: "the system's", example: "/etc/voile/ca.pem"}),
		set("cert", filePath, func(t *TLS) *string { return &t.Cert },
			about{doc: "PEM file of voile's own certificate, for mutual TLS; together with `key`.", example: "/etc/voile/tls.crt"}),
		set("key", filePath, func(t *TLS) *string { return &t.Key },
			about{doc: "PEM file of the private key of `cert`.", example: "/etc/voile/tls.key"}),
		set("server_name", anyText, func(t *TLS) *string { return &t.ServerName },
			about{doc: "The host name that the server's certificate must have.", instead: "the host that is dialed", example: "kafka.internal"}),
	},
	after: func(w *walker, at spot, t *TLS) {
		if (t.Cert == "") != (t.Key == "") && !w.broken[at.path] {
			w.report(at, (&fault{what: "cert and key go together"}).hintf("write both, or neither"))
		}
	},
}

var vaultForm = &section[Vault]{
	title: "Vault",
	doc:   "How to reach Vault, and where in it voile's things lie. `voile keys init` creates them.",
	settings: []setting[Vault]{
		set("address", address, func(v *Vault) *string { return &v.Address },
			about{doc: "Scheme, host and port.", required: true, example: "https://vault.example:8200"}),
		set("namespace", vaultPath, func(v *Vault) *string { return &v.Namespace },
			about{doc: "The namespace in which all mounts and paths lie.", instead: "the root namespace", example: "privacy/events"}),
		set("tls", switchable[TLS]{tlsForm, boolean}, func(v *Vault) **TLS { return &v.TLS },
			about{doc: "TLS settings of their own; an `https` address needs none.", instead: "the system's authorities", example: "{ca: /etc/voile/vault-ca.pem}"}),
		set("auth", authForm, func(v *Vault) *Auth { return &v.Auth },
			about{doc: "How voile logs in.", required: true, example: "{token: {file: /run/secrets/vault-token}}"}),
		set("transit", transitForm, func(v *Vault) *Transit { return &v.Transit },
			about{doc: "The key encryption keys, which never leave Vault."}),
		set("keysets", keysetsForm, func(v *Vault) *Keysets { return &v.Keysets },
			about{doc: "Where the wrapped keysets of the domains lie."}),
		set("quarantine", vaultQuarantineForm, func(v *Vault) *VaultQuarantine { return &v.Quarantine },
			about{doc: "Where the wrapped keysets of the quarantine lie."}),
	},
	after: checkVault,
}

var authForm = &section[Auth]{
	title:     "Login at Vault",
	doc:       "Under `vault.auth`: exactly one way to log in. voile renews what it gets, and logs in afresh when renewal ends.",
	secretive: true,
	choices:   []choice{{of: []string{"token", "approle", "kubernetes"}, named: "way to log in"}},
	settings: []setting[Auth]{
		set("token", secretForm{}, func(a *Auth) *Secret { return &a.Token },
			about{doc: "A Vault token.", example: "{file: /run/secrets/vault-token}"}),
		set("approle", optional[AppRole]{appRoleForm}, func(a *Auth) **AppRole { return &a.AppRole },
			about{doc: "Login by AppRole.", example: "{role_id: voile, secret_id: {file: /run/secrets/secret-id}}"}),
		set("kubernetes", optional[Kubernetes]{kubernetesForm}, func(a *Auth) **Kubernetes { return &a.Kubernetes },
			about{doc: "Login by the pod's service account.", example: "{role: voile}"}),
	},
}

var appRoleForm = &section[AppRole]{
	title:     "AppRole",
	doc:       "Under `vault.auth.approle`.",
	secretive: true,
	settings: []setting[AppRole]{
		set("mount", vaultPath, func(a *AppRole) *string { return &a.Mount },
			about{doc: "Where the method is mounted under `auth/`.", fallback: "approle"}),
		set("role_id", anyText, func(a *AppRole) *string { return &a.RoleID },
			about{doc: "The role's ID.", required: true, example: `"${VAULT_ROLE_ID}"`}),
		set("secret_id", secretForm{}, func(a *AppRole) *Secret { return &a.SecretID },
			about{doc: "The secret ID.", required: true, example: "{file: /run/secrets/vault-secret-id}"}),
	},
}

var kubernetesForm = &section[Kubernetes]{
	title:     "Kubernetes",
	doc:       "Under `vault.auth.kubernetes`.",
	secretive: true,
	settings: []setting[Kubernetes]{
		set("mount", vaultPath, func(k *Kubernetes) *string { return &k.Mount },
			about{doc: "Where the method is mounted under `auth/`.", fallback: "kubernetes"}),
		set("role", vaultName, func(k *Kubernetes) *string { return &k.Role },
			about{doc: "The role to log in with.", required: true, example: "voile"}),
		set("jwt_file", filePath, func(k *Kubernetes) *string { return &k.JWTFile },
			about{doc: "The file of the service account's token; read at each login.", fallback: "/var/run/secrets/kubernetes.io/serviceaccount/token"}),
	},
}

var transitForm = &section[Transit]{
	title: "Transit",
	doc: "Under `vault.transit`. A proxy may decrypt with `key` and may not use `quarantine_key`, so that it " +
		"seals records which it cannot open.",
	settings: []setting[Transit]{
		set("mount", vaultPath, func(t *Transit) *string { return &t.Mount },
			about{doc: "Where the Transit engine is mounted.", fallback: "transit"}),
		set("key", vaultName, func(t *Transit) *string { return &t.Key },
			about{doc: "The key that wraps the keysets of the domains and the quarantine's public keyset.", fallback: "voile"}),
		set("quarantine_key", vaultName, func(t *Transit) *string { return &t.QuarantineKey },
			about{doc: "The key that wraps the quarantine's private keyset; another than `key`.", fallback: "voile-quarantine"}),
	},
}

var keysetsForm = &section[Keysets]{
	title: "Keysets",
	doc:   "Under `vault.keysets`: a key/value store, version 2, with one document per domain at `<path>/<domain>`.",
	settings: []setting[Keysets]{
		set("mount", vaultPath, func(k *Keysets) *string { return &k.Mount },
			about{doc: "Where the store is mounted.", fallback: "secret"}),
		set("path", vaultPath, func(k *Keysets) *string { return &k.Path },
			about{doc: "The folder of the domains' documents.", fallback: "voile/keysets"}),
	},
}

var vaultQuarantineForm = &section[VaultQuarantine]{
	title: "Keysets of the quarantine",
	doc:   "Under `vault.quarantine`: the documents `<path>/public` and `<path>/private`, in the store of `vault.keysets.mount`.",
	settings: []setting[VaultQuarantine]{
		set("path", vaultPath, func(q *VaultQuarantine) *string { return &q.Path },
			about{doc: "The folder of the quarantine's documents; another than that of the domains.", fallback: "voile/quarantine"}),
	},
}

var quarantineForm = &section[Quarantine]{
	title: "Quarantine",
	doc:   "Under `quarantine`.",
	settings: []setting[Quarantine]{
		set("topic", topic, func(q *Quarantine) *string { return &q.Topic },
			about{doc: "The topic for sealed records of routes that name no other. No route reads it or writes to it.", fallback: "voile.quarantine"}),
	},
}

var adminForm = &section[Admin]{
	title: "Admin port",
	doc:   "Under `admin`: `/metrics`, `/healthz` and `/readyz` over plain HTTP. They hold no value, but keep the port inside all the same.",
	settings: []setting[Admin]{
		set("listen", listen, func(a *Admin) *string { return &a.Listen },
			about{doc: "Host and port; port 0 takes a free one.", fallback: `"127.0.0.1:9640"`}),
	},
}

var limitsForm = &section[Limits]{
	title: "Limits",
	doc:   "Under `limits`. Fetching pauses where memory is full, so that a slow sink slows the source and not the machine.",
	settings: []setting[Limits]{
		set("partition_bytes", within(byteSize, 1<<20, 1<<40, formatBytes), func(l *Limits) *int64 { return &l.PartitionBytes },
			about{doc: "Bytes that the records of one partition may take between fetch and acknowledgement: as they came, decompressed, and as they will be sent. A batch that unpacks to more, and to more than 64MiB, cannot be decoded.", fallback: "16MiB"}),
		set("total_bytes", within(byteSize, 1<<20, 1<<40, formatBytes), func(l *Limits) *int64 { return &l.TotalBytes },
			about{doc: "The same over all partitions of the process. One open batch of each partition may come on top. Where brokers are far away and there are many processors, more lets more be under way.", fallback: "64MiB"}),
		set("max_depth", integerForm(1, 10_000), func(l *Limits) *int { return &l.MaxDepth },
			about{doc: "Objects and arrays in each other; a deeper record goes to quarantine.", fallback: "512"}),
		set("drain_timeout", within(duration, 100*time.Millisecond, 8*time.Second, formatDuration), func(l *Limits) *time.Duration { return &l.DrainTimeout },
			about{doc: "Time to finish and commit what is in flight, at a rebalance or at the end. What is not done then is done again by the next owner.", fallback: "5s"}),
		set("transaction_timeout", within(duration, 10*time.Second, 15*time.Minute, formatDuration), func(l *Limits) *time.Duration { return &l.TransactionTimeout },
			about{doc: "How long the brokers let a transaction stand open whose process is gone and whose partitions nobody takes over; until then, readers with `read_committed` wait. " +
				"At least three times the `commit_interval` of every route that is exactly once, and at most the brokers' `transaction.max.timeout.ms`.", fallback: "30s"}),
	},
	after: func(w *walker, at spot, l *Limits) {
		if l.PartitionBytes > l.TotalBytes && !w.broken[at.path] {
			w.report(w.at(at.path+".partition_bytes"), faultf("more than total_bytes").hintf("at most %s", formatBytes(l.TotalBytes)))
		}
	},
}

var logForm = &section[Log]{
	title: "Log",
	doc:   "Under `log`. Lines are JSON, or for people on a terminal. No line holds a value of a record.",
	settings: []setting[Log]{
		set("level", enumForm("debug", "info", "warn", "error"), func(l *Log) *string { return &l.Level },
			about{doc: "The least level that is logged.", fallback: "info"}),
	},
}

func equal[T comparable](a, b *T) bool { return *a == *b }
