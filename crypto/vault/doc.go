// Package vault keeps voile's keysets in a Vault server (HashiCorp Vault or OpenBao) and opens them there.
// It is the only importer of the Vault client.
//
// # Contract
//
// Before: [Open] has logged in once, or has said why it could not.
//
// During: the Vault token is renewed by the client's lifetime watcher, and when renewal ends a fresh login takes its place;
// what fails is tried again, with jittered back-off, for as long as the [Client] is open. Losing Vault stops nothing: keysets
// that were loaded stay in memory, the [State] turns to degraded and back, and [Options.OnChange] hears of each turn.
//
// After: [Client.Close] ends every request and goroutine, and revokes the Vault token where this package obtained it.
//
// # What lies where
//
// The Transit key (the key encryption key) never leaves Vault: what is stored are keysets wrapped by it, with every other member
// of their document as associated data. Vault checks the associated data: a document whose members were changed does not open.
// Documents are only ever created, by check-and-set; nothing here overwrites or deletes one.
//
// A proxy needs these rights and no more: read of its documents, update of transit/decrypt. It MUST NOT have encrypt: who may
// encrypt and write documents may replace a keyset by one that they know. [Options.Policy] gives the least rights of each [Role],
// and [Client.CheckRights] finds what a Vault token has too little or too much.
//
// # Errors
//
// Every error that Vault's answer or silence caused is an [*Error] of one [Kind]; [Retry] says whether waiting can help.
// No error, state or notification ever holds a Vault token, a secret ID, a JWT, a keyset or any other secret.
//
// # The environment
//
// The Vault client reads some twenty VAULT_* variables. Here the configuration alone decides: none of them has any effect, but
// that the client refuses to start where one is malformed (VAULT_CACERT names no file, say), which [Open] reports with their
// names. HTTPS_PROXY, HTTP_PROXY and NO_PROXY hold, as for every Go program.
package vault
