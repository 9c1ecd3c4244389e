package main

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"voile/config"
)

// defaultConfig is the configuration file where neither --config nor VOILE_CONFIG names one.
const defaultConfig = "voile.yaml"

// configFlag adds --config to cmd and returns where its value will be.
func configFlag(cmd *cobra.Command) *string {
	name := os.Getenv("VOILE_CONFIG")
	if name == "" {
		name = defaultConfig
	}
	return cmd.Flags().StringP("config", "c", name, "configuration `FILE`, - for standard input; VOILE_CONFIG sets another default")
}

// loadConfig reads a configuration. Every error of it means exit code 2.
func loadConfig(cmd *cobra.Command, name string) (*config.Config, error) {
	if name == "-" {
		data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), config.MaxFile+1))
		if err != nil {
			return nil, usagef("configuration: standard input: %w", err)
		}
		return config.Parse("standard input", data, os.LookupEnv)
	}
	return loadConfigWith(cmd, name, os.LookupEnv)
}

// loadConfigWith reads the configuration in a file, with variables from env.
func loadConfigWith(cmd *cobra.Command, name string, env func(string) (string, bool)) (*config.Config, error) {
	c, err := config.Load(name, env)
	var problems config.Problems
	switch {
	case err == nil || errors.As(err, &problems):
		return c, err
	case errors.Is(err, fs.ErrNotExist) && name == cmd.Flags().Lookup("config").DefValue:
		return nil, hintf(usagef("%w", err), "name the configuration: %s --config FILE, or VOILE_CONFIG=FILE", cmd.CommandPath())
	}
	return nil, usagef("%w", err)
}
