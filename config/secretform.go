package config

import (
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// secretSources are the two ways to name a secret that is looked up when it is needed.
var secretSources = &section[secretSource]{
	title: "Secrets",
	doc: "Wherever a secret is wanted: `${NAME}`, taken from the environment when the file is read, or `{file: …}` or `{env: …}`, looked up " +
		"when the secret is needed, so that the file can be checked without it. A secret in the file itself is refused.",
	secretive: true,
	choices:   []choice{{of: []string{"file", "env"}, named: "source"}},
	settings: []setting[secretSource]{
		set("file", filePath, func(s *secretSource) *string { return &s.file },
			about{doc: "A file that holds the secret and nothing else; line ends behind it are dropped.", example: "/run/secrets/vault-token"}),
		set("env", variable, func(s *secretSource) *string { return &s.env },
			about{doc: "The name of an environment variable.", example: "VAULT_TOKEN"}),
	},
}

var variable = textForm("the name of an environment variable", object{"pattern": `^[A-Za-z_][A-Za-z0-9_]*$`}, func(s scalar) *fault {
	if !variableName(s.text) {
		return faultf("this is not the name of an environment variable").hintf("the name alone, without $ and braces")
	}
	return nil
})

// A secretForm reads a Secret. It repeats nothing of what it finds.
type secretForm struct{}

func (secretForm) word() string { return "a secret" }

func (secretForm) read(w *walker, n ast.Node, at spot, into *Secret) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	if _, ok := entries(n); ok {
		var from secretSource
		secretSources.read(w, n, at, &from)
		*into = secretFrom(from, w.env)
		return
	}
	text, ok := n.(*ast.StringNode)
	if !ok || !secretReference.MatchString(text.Value) {
		w.report(at, &fault{"a secret does not stand in the file", "write ${NAME}, {file: …} or {env: …}"})
		return
	}
	s, ok := w.scalar(n, at, "a secret")
	if !ok {
		return
	}
	if s.text == "" {
		w.report(at, faultf("the environment variable %s is empty", s.vars[0]).hintf("set it"))
		return
	}
	*into = secretOf(s.text)
}

func (secretForm) absent(*Secret) {}

func (secretForm) show(s *Secret) (any, bool) {
	switch {
	case !s.IsSet():
		return nil, false
	case s.from.file != "":
		return yaml.MapSlice{{Key: "file", Value: escape(s.from.file)}}, true
	case s.from.env != "":
		return yaml.MapSlice{{Key: "env", Value: s.from.env}}, true
	}
	return hidden, true
}
