package config

import (
	"github.com/goccy/go-yaml"
)

// Show is the configuration as YAML with every default filled in and every environment variable put in, in the order
// of the reference. A secret from the environment shows as [secret]; one by file or variable name shows that name.
func (c *Config) Show() ([]byte, error) {
	v, _ := configForm.show(c)
	return yaml.MarshalWithOptions(v, yaml.IndentSequence(true), yaml.UseSingleQuote(false))
}

// MarshalYAML is Show, for encoders.
func (c *Config) MarshalYAML() (any, error) {
	v, _ := configForm.show(c)
	return v, nil
}
