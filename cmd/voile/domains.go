package main

import (
	"fmt"

	"voile/config"
	"voile/crypto"
	"voile/pipeline/transform"
)

// paramsOf says in the words of crypto what the domains of a configuration are, in its order.
func paramsOf(c *config.Config) ([]crypto.Params, error) {
	params := make([]crypto.Params, 0, len(c.Domains))
	for _, d := range c.Domains {
		p, err := crypto.NewParams(d.Name, crypto.Method(d.Method), d.Value, d.Region)
		if err != nil {
			return nil, fmt.Errorf("domains.%s: %w", d.Name, err)
		}
		params = append(params, p)
	}
	return params, nil
}

// ephemeralDomains makes the domains of a configuration under keys that end with the process.
func ephemeralDomains(c *config.Config) (map[string]transform.Domain, error) {
	params, err := paramsOf(c)
	if err != nil {
		return nil, err
	}
	domains := make(map[string]transform.Domain, len(params))
	for _, p := range params {
		if domains[p.Domain], err = crypto.NewEphemeralDomain(p); err != nil {
			return nil, err
		}
	}
	return domains, nil
}
