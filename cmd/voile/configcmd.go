package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"voile/config"
)

func newConfig() *cobra.Command {
	return group(&cobra.Command{
		Use:   "config",
		Short: "show the configuration, its reference and its schema",
		Example: `  voile config docs
  voile config show -c voile.yaml`,
	}, newConfigDocs(), newConfigProfiles(), newConfigSchema(), newConfigShow())
}

func newConfigDocs() *cobra.Command {
	return &cobra.Command{
		Use:     "docs",
		Short:   "print the reference of all settings, as Markdown",
		Example: `  voile config docs | less`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.Docs())
			return err
		},
	}
}

func newConfigProfiles() *cobra.Command {
	return &cobra.Command{
		Use:     "profiles",
		Short:   "print what each profile of `use:` takes, as Markdown",
		Example: `  voile config profiles | less`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.ProfileDocs())
			return err
		},
	}
}

func newConfigSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of the configuration file",
		Long: `Print the JSON Schema of the configuration file.

Editors complete and check a file that begins with the line

  # yaml-language-server: $schema=voile.schema.json`,
		Example: `  voile config schema > voile.schema.json`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.Schema())
			return err
		},
	}
}

func newConfigShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "print a configuration with every default filled in",
		Long: `Print a configuration with every default filled in and every ${VARIABLE}
replaced. Secrets are not shown. The rules that profiles bring stand among the
fields, each with its origin.`,
		Example: `  voile config show -c voile.yaml`,
		Args:    noArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(cmd, *file)
		if err != nil {
			return err
		}
		text, err := c.Show()
		if err != nil {
			return fmt.Errorf("configuration: %w", err)
		}
		_, err = cmd.OutOrStdout().Write(text)
		return err
	}
	return cmd
}
