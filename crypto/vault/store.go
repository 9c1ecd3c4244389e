package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// stored is a document as it lies in the KV version 2 engine: its members are the entry's data, readable in Vault's own interface.
type stored struct {
	JSON    []byte // an object; Vault keeps the members, not the spelling, and of a number only what a float64 holds
	Version int    // of the entry, from 1
	Written time.Time
}

// readDocument reads the newest version of the document at a path of the KV mount.
// ErrNotFound: there never was one. ErrDeleted: its newest version is gone, and making a new one would make other tokens.
func (c *Client) readDocument(ctx context.Context, path string) (stored, error) {
	var entry struct {
		Data     json.RawMessage `json:"data"`
		Metadata *struct {
			Version   int       `json:"version"`
			Created   time.Time `json:"created_time"`
			Destroyed bool      `json:"destroyed"`
		} `json:"metadata"`
	}
	full := c.options.dataPath(path)
	err := c.read(ctx, full, &answer{Data: &entry})
	var e *Error
	switch {
	case errors.As(err, &e) && e.Kind == ErrNotFound && e.noMount():
		e.Kind, e.Hint = ErrRefused, fmt.Sprintf("mount a KV version 2 engine: vault secrets enable -path=%s -version=2 kv", c.options.KVMount)
		return stored{}, err
	case errors.As(err, &e) && e.Kind == ErrNotFound && entry.Metadata != nil:
		e.Kind, e.Detail = ErrDeleted, fmt.Sprintf("version %d was deleted", entry.Metadata.Version)
		e.Hint = fmt.Sprintf("bring it back: vault kv undelete -mount=%s -versions=%d %s; without it nothing that it made can be joined or revealed", c.options.KVMount, entry.Metadata.Version, path)
		if entry.Metadata.Destroyed {
			e.Detail = fmt.Sprintf("version %d was destroyed", entry.Metadata.Version)
			e.Hint = "restore it from a backup of Vault; without it nothing that it made can be joined or revealed"
		}
		return stored{}, err
	case err != nil:
		return stored{}, err
	case entry.Metadata == nil || entry.Metadata.Version < 1 || len(entry.Data) == 0 || string(entry.Data) == "null":
		return stored{}, &Error{Kind: ErrAnswer, Op: "read", Path: full, Detail: "the answer has no version of a document", Hint: c.options.KVMount + "/ must be a KV engine of version 2"}
	}
	return stored{JSON: entry.Data, Version: entry.Metadata.Version, Written: entry.Metadata.Created}, nil
}

// createDocument writes the first version of a document. ErrExists: there is one, which stays as it is, or was one.
func (c *Client) createDocument(ctx context.Context, path string, document []byte) (version int, err error) {
	var written struct {
		Version int `json:"version"`
	}
	full := c.options.dataPath(path)
	err = c.write(ctx, "create", full, map[string]any{
		"data":    json.RawMessage(document),
		"options": map[string]any{"cas": 0},
	}, &answer{Data: &written}, "create")
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Kind == ErrNotFound {
			e.Kind, e.Hint = ErrRefused, fmt.Sprintf("mount a KV version 2 engine: vault secrets enable -path=%s -version=2 kv", c.options.KVMount)
		}
		return 0, err
	}
	if written.Version != 1 {
		return 0, &Error{Kind: ErrAnswer, Op: "create", Path: full, Detail: fmt.Sprintf("version %d was written, wanted 1", written.Version)}
	}
	return written.Version, nil
}

// checkKV looks whether the KV mount has version 2: version 1 would take a write without its check-and-set. Where the
// Vault token may not see the mount, there is nothing to say, and nothing is said.
func (c *Client) checkKV(ctx context.Context) error {
	var mount struct {
		Type    string            `json:"type"`
		Options map[string]string `json:"options"`
	}
	path := "sys/internal/ui/mounts/" + c.options.KVMount
	err := c.read(ctx, path, &answer{Data: &mount})
	if err != nil {
		if errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrRefused) {
			return nil
		}
		return err
	}
	if mount.Type != "kv" || mount.Options["version"] != "2" {
		return &Error{Kind: ErrRefused, Op: "use", Path: c.options.KVMount + "/", Detail: fmt.Sprintf("it is an engine of type %q, version %q", mount.Type, mount.Options["version"]),
			Hint: fmt.Sprintf("wanted a KV engine of version 2: vault kv enable-versioning %s, or another vault.keysets.mount", c.options.KVMount)}
	}
	return nil
}

func marshal(body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		// The error of encoding/json may quote what it could not encode.
		return nil, errors.New("vault: a request cannot be written as JSON")
	}
	return text, nil
}

// noMount says whether a 404 means that no engine is mounted there.
func (e *Error) noMount() bool {
	return strings.Contains(e.Detail, "no handler for route") || strings.Contains(e.Detail, "unsupported path")
}
