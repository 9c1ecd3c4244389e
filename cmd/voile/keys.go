package main

import (
	"github.com/spf13/cobra"

	"voile/config"
	"voile/crypto/vault"
)

func newKeys() *cobra.Command {
	return group(&cobra.Command{
		Use:   "keys",
		Short: "make and show the keysets in Vault, and who needs which rights there",
		Example: `  voile keys policy key-admin | vault policy write voile-key-admin -
  voile keys init -c voile.yaml
  voile keys status -c voile.yaml`,
	}, newKeysInit(), newKeysPolicy(), newKeysStatus())
}

const whoAsks = `Vault is asked under your own Vault token, from VAULT_TOKEN or ~/.vault-token, not
as the proxy, which has not and should not have these rights. The configuration
says where Vault is; its login is not used.`

// openForKeys logs in to Vault and says what the configuration needs there.
func openForKeys(cmd *cobra.Command, file string) (*vault.Client, vault.Wanted, error) {
	c, err := loadConfig(cmd, file)
	if err != nil {
		return nil, vault.Wanted{}, err
	}
	wanted, err := wantedOf(c)
	if err != nil {
		return nil, vault.Wanted{}, err
	}
	client, err := openVault(cmd.Context(), c)
	return client, wanted, err
}

// wantedOf says what a configuration needs to have in Vault. Every route has a quarantine.
func wantedOf(c *config.Config) (vault.Wanted, error) {
	params, err := paramsOf(c)
	return vault.Wanted{Domains: params, Quarantine: true}, err
}
