package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"voile/internal/markdown"
	"voile/internal/vaulttest"
)

// TestVaultScript runs the commands that ask Vault against a real server: testdata/script/vault/*.txtar. Each script has
// a Transit engine and a KV engine of its own, transit-$SCRIPT and kv-$SCRIPT, and the command vault.
func TestVaultScript(t *testing.T) {
	server := vaulttest.Start(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script/vault",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exec-code":  exitCode,
			"policy":     func(ts *testscript.TestScript, _ bool, args []string) { usePolicy(ts, server, args) },
			"operations": operationsBlocks,
		},
		Setup: func(env *testscript.Env) error {
			tb, ok := env.T().(testing.TB)
			if !ok {
				t.Fatal("testscript's T is no testing.TB")
			}
			script := strings.TrimPrefix(tb.Name()[strings.LastIndexByte(tb.Name(), '/'):], "/")
			server.EnableTransit(tb, "transit-"+script)
			server.EnableKV(tb, "kv-"+script)
			env.Values[testKey{}] = tb
			if err := os.Symlink(server.Program(), filepath.Join(env.WorkDir, ".tmp", "vault")); err != nil {
				return err
			}
			env.Setenv("PATH", filepath.Join(env.WorkDir, ".tmp")+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("VAULT_ADDR", server.Address)
			env.Setenv("SCRIPT", script)
			env.Setenv("ADDRESS", server.Address)
			env.Setenv("ROOT_TOKEN", server.RootToken)
			env.Setenv("HOME", env.WorkDir) // nobody's ~/.vault-token
			return nil
		},
	})
}

// testKey finds the test in a script's values.
type testKey struct{}

// usePolicy is the script command `policy FILE`: VAULT_TOKEN becomes a Vault token with that policy only. $SCRIPT in it
// is replaced.
func usePolicy(ts *testscript.TestScript, server *vaulttest.Server, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: policy FILE")
	}
	tb := ts.Value(testKey{}).(testing.TB)
	name := ts.Getenv("SCRIPT") + "-" + args[0]
	server.WritePolicy(tb, name, strings.ReplaceAll(ts.ReadFile(args[0]), "$SCRIPT", ts.Getenv("SCRIPT")))
	ts.Setenv("VAULT_TOKEN", server.Token(tb, name, time.Hour, nil))
}

// operationsBlocks is the script command `operations SECTION FILE…`: the blocks of commands in that section of
// docs/operations.md, each into a file.
func operationsBlocks(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: operations SECTION FILE…")
	}
	tb := ts.Value(testKey{}).(testing.TB)
	blocks := markdown.Read(tb, "docs/operations.md").Section(tb, args[0]).Blocks("sh")
	if len(blocks) != len(args)-1 {
		ts.Fatalf("section %q has %d blocks of commands, want %d", args[0], len(blocks), len(args)-1)
	}
	for i, file := range args[1:] {
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(blocks[i]), 0o600))
	}
}
