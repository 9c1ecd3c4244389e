package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"voile/crypto"
	"voile/crypto/vault"
)

func newKeysPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy [ROLE]",
		Short: "print the least Vault policy of each role, offline",
		Long: `Print the least Vault policies (HCL) for the paths and domains of a configuration:
no wildcard, no right that the role's commands do not use. Vault is not asked.

  proxy       voile run
  key-admin   voile keys init and status; makes what is missing, opens nothing
  reveal      voile reveal, and voile token for domains of method tokenize
  token       voile token for domains of method hash
  quarantine  voile quarantine show and replay

With a ROLE its policy alone is printed. Without one a shell script is printed that
writes them all, to be read before it is run. Print them anew when the configuration
gets another domain.

voile try --vault needs what reveal and token have together.`,
		Example: `  voile keys policy proxy | vault policy write voile-proxy -
  voile keys policy > policies.sh`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return hintf(usagef("%s takes one role, not %d", cmd.CommandPath(), len(args)), "without a role all are printed")
			}
			return nil
		},
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		roles := vault.Roles()
		if len(args) == 1 {
			role, err := chooseRole(args[0])
			if err != nil {
				return err
			}
			roles = []vault.Role{role}
		}
		c, err := loadConfig(cmd, *file)
		if err != nil {
			return err
		}
		domains, err := paramsOf(c)
		if err != nil {
			return err
		}
		options := vaultOptions(c, proxyAuth(c))
		if err := options.Validate(); err != nil {
			return usagef("%w", err)
		}
		out := bufio.NewWriter(cmd.OutOrStdout())
		if len(args) == 1 {
			fmt.Fprintf(out, "# Apply it: voile keys policy %s | %s\n", roles[0], policyWrite(roles[0], options))
			printPolicy(out, roles[0], options, domains)
		} else {
			printPolicyScript(out, roles, options, domains)
		}
		return out.Flush()
	}
	return cmd
}

// chooseRole gives the role of a name.
func chooseRole(name string) (vault.Role, error) {
	names := make([]string, 0, len(vault.Roles()))
	for _, role := range vault.Roles() {
		names = append(names, string(role))
	}
	if slices.Contains(names, name) {
		return vault.Role(name), nil
	}
	err := usagef("%q is not a role", name)
	if near := nearest(name, names); near != "" {
		return "", hintf(err, "did you mean: voile keys policy %s", near)
	}
	return "", hintf(err, "the roles: %s", strings.Join(names, ", "))
}

// policyName is what a role's policy is called in Vault, by the program and its documentation.
func policyName(role vault.Role) string { return "voile-" + string(role) }

// policyWrite is the command that takes a policy from standard input.
func policyWrite(role vault.Role, o vault.Options) string {
	namespace := ""
	if o.Namespace != "" {
		namespace = "-namespace=" + o.Namespace + " "
	}
	return "vault policy write " + namespace + policyName(role) + " -"
}

// about says whom a policy is for, in lines of comment.
func about(role vault.Role) []string {
	switch role {
	case vault.RoleProxy:
		return []string{"voile run. It opens the keysets of its domains, and can neither make, change nor delete",
			"one, nor open the quarantine."}
	case vault.RoleKeyAdmin:
		return []string{"voile keys init and voile keys status. It makes what is missing, and can neither open",
			"nor change nor delete what is there."}
	case vault.RoleReveal:
		return []string{"voile reveal, and voile token for the domains of method tokenize: the keyset that makes",
			"such a token also reveals it, so that no policy can tell the two apart."}
	case vault.RoleToken:
		return []string{"voile token for the domains of method hash. It reveals nothing, but can test whether a",
			"guessed value is behind a token."}
	case vault.RoleQuarantine:
		return []string{"voile quarantine show and replay. It reads set-aside records in the clear. Replay transforms",
			"them again, for which it opens the domains' keysets as a proxy does: so it could reveal."}
	}
	return nil
}

// printPolicy prints one policy, in HCL.
func printPolicy(w io.Writer, role vault.Role, o vault.Options, domains []crypto.Params) {
	fmt.Fprintf(w, "# %s, for %s\n", policyName(role), strings.Join(about(role), "\n# "))
	grants := o.Policy(role, domains)
	if len(grants) == 0 {
		fmt.Fprintln(w, "# The configuration has no domain for it: it needs no right.")
		return
	}
	fmt.Fprintln(w, "# What everybody may do with their own Vault token (look it up, renew it, revoke it, ask for its rights) is in")
	fmt.Fprintln(w, "# Vault's policy default, which logins have beside this one.")
	purpose := ""
	for _, g := range grants {
		if g.For != purpose {
			purpose = g.For
			fmt.Fprintf(w, "\n# %s\n", purpose)
		}
		fmt.Fprintln(w, g)
	}
}

// printPolicyScript prints what writes every policy under its own name. It is no HCL, on purpose: all roles in one policy would be
// everything for everybody.
func printPolicyScript(w io.Writer, roles []vault.Role, o vault.Options, domains []crypto.Params) {
	for i, role := range roles {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if len(o.Policy(role, domains)) == 0 {
			printPolicy(w, role, o, domains)
			continue
		}
		fmt.Fprintf(w, "%s <<'EOF'\n", policyWrite(role, o))
		printPolicy(w, role, o, domains)
		fmt.Fprintln(w, "EOF")
	}
}
