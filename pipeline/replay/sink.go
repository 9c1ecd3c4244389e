package replay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"voile/config"
	"voile/pipeline/batch"
	"voile/pipeline/partitioner"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// A sink is where the records of a route go, and the route's rules of today.
type sink struct {
	topic      string
	partitions int
	byKey      bool
	codec      batch.Codec
	origin     bool // records say where they came from (source_header)
	rewrite    *transform.Transformer

	guarded bool                     // compacted, and nothing stale may be written
	older   []*transform.Transformer // that make the keys which a record has had before a rotation
	keeps   time.Duration            // how long a compacted sink keeps a deletion (delete.retention.ms)
}

// sink gives that of a route; nil where the configuration has none of that name.
func (r *replay) sink(ctx context.Context, route string) (*sink, error) {
	if k, ok := r.sinks[route]; ok {
		return k, nil
	}
	i := slices.IndexFunc(r.config.Routes, func(c config.Route) bool { return c.Name == route })
	if i < 0 {
		r.sinks[route] = nil
		return nil, nil
	}
	rc := &r.config.Routes[i]
	rules, err := transform.Compile(rc, r.config, r.domains)
	if err != nil {
		return nil, err
	}
	counts, err := r.client.Partitions(ctx, rc.To)
	if err != nil {
		return nil, fmt.Errorf("route %s: %w", route, err)
	}
	k := &sink{topic: rc.To, partitions: counts[rc.To], byKey: rc.Partition == config.PartitionKey, origin: rc.SourceHeader, rewrite: rules.NewTransformer()}
	if rc.Compression != config.CompressionSource { // the batch that it came in is gone: then uncompressed, which every consumer reads
		if k.codec, err = batch.ParseCodec(rc.Compression); err != nil {
			return nil, fmt.Errorf("route %s: %w", route, err)
		}
	}
	if !r.allowStale {
		if err := k.look(ctx, r.client); err != nil {
			return nil, fmt.Errorf("route %s: whether the sink is compacted, and so whether something older may be written to it, cannot be told: %w; --allow-stale does not ask", route, err)
		}
		if k.guarded {
			if k.older, err = r.olderRules(rc); err != nil {
				return nil, err
			}
		}
	}
	r.sinks[route] = k
	return k, nil
}

// maxOlder bounds the keys that one record may have had: the product of the keys of all domains in its key.
const maxOlder = 256

// olderRules are the rules of a route with the domains of the record's key under each combination of their keys, but for that
// of all primary ones.
func (r *replay) olderRules(rc *config.Route) (out []*transform.Transformer, err error) {
	all := []map[string]transform.Domain{r.domains}
	for _, name := range keyDomains(rc) {
		for _, domains := range all {
			for _, older := range r.older[name] {
				other := maps.Clone(domains)
				other[name] = older
				all = append(all, other)
			}
		}
		if len(all) > maxOlder {
			return nil, fmt.Errorf("route %s: the key of a record may have had more than %d tokens, so that newer records of it on the compacted sink cannot be looked for; --allow-stale does not look", rc.Name, maxOlder)
		}
	}
	for _, domains := range all[1:] {
		rules, err := transform.Compile(rc, r.config, domains)
		if err != nil {
			return nil, err
		}
		out = append(out, rules.NewTransformer())
	}
	return out, nil
}

// keyDomains are the domains, each once, of which tokens may be in a record's key: those of rules, and where they leave something
// of the key, those of a guard that tokenizes.
func keyDomains(rc *config.Route) (names []string) {
	whole := false
	for i := range rc.Fields {
		f := &rc.Fields[i]
		if f.Target != config.Key {
			continue
		}
		whole = whole || f.Whole && len(f.Inside) == 0
		if f.Action.Kind == config.Pseudonymize {
			names = append(names, f.Action.Domain)
		}
	}
	if rc.Guard.Mode == config.GuardTokenize && !whole {
		for _, d := range rc.Guard.Domains {
			names = append(names, d.Domain)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// look asks whether the sink is compacted.
func (k *sink) look(ctx context.Context, client *wire.Client) error {
	const policy, keeps = "cleanup.policy", "delete.retention.ms"
	settings, err := client.TopicConfig(ctx, k.topic, policy, keeps)
	if err != nil {
		return err
	}
	if settings[policy] == "" {
		return errors.New("the broker does not show cleanup.policy")
	}
	if k.guarded = strings.Contains(settings[policy], "compact"); !k.guarded {
		return nil
	}
	ms, err := strconv.ParseInt(settings[keeps], 10, 64)
	if err != nil {
		return errors.New("the broker does not show delete.retention.ms")
	}
	k.keeps = time.Duration(min(ms, int64(maxKeeps/time.Millisecond))) * time.Millisecond
	return nil
}

const maxKeeps = 100 * 365 * 24 * time.Hour

// partition gives where a transformed record goes; ok is false where the sink has not so many.
func (k *sink) partition(rec *record.Record, src *source) (n int, ok bool) {
	if k.byKey {
		return partitioner.Of(rec.Key, int(src.partition), k.partitions), true
	}
	return int(src.partition), int(src.partition) < k.partitions
}

// A bound is a record on its way to a partition of its sink.
type bound struct {
	record.Record
	to    place
	names []name // none where the sink is not guarded
}

// A name is one under which a compacted sink may have records of a key: that of today first, then those from before a
// rotation. Under `partition: key` they lie in other partitions.
type name struct {
	key keyHash
	at  place
}

// names gives those of what the rules of today made of a record; none for a null key, which a compacted sink has not.
func (r *replay) names(k *sink, rec *record.Record, today *bound, src *source) []name {
	if !k.guarded || today.Key == nil {
		return nil
	}
	out := []name{{hashOf(today.Key), today.to}}
	for _, older := range k.older {
		r.spare.Reset()
		for _, made := range older.Transform(rec, &r.spare).Records {
			if n, ok := k.partition(&made, src); ok {
				out = append(out, name{hashOf(made.Key), place{k.topic, n}})
			}
		}
	}
	return out
}

// HeaderReplayed is the header of a record that came out of the quarantine. Its value says where it lay there:
// topic/partition/offset.
const HeaderReplayed = "voile-replayed"

// transform makes of an entry what today's rules make of it. Either all of it can be passed on or nothing. What it gives
// lies in the arena and in the entry.
func (r *replay) transform(k *sink, f *found, arena *transform.Arena, at place) (out []bound, reason string) {
	records, ok := records(f.Entry)
	if !ok {
		return nil, f.Reason // it still cannot be decoded
	}
	origin := []byte(fmt.Sprintf("%s/%d", at, f.offsets[0]))
	for i := range records {
		verdict := k.rewrite.Transform(&records[i], arena)
		if verdict.Reason != "" {
			return nil, string(verdict.Reason)
		}
		for _, rec := range verdict.Records {
			n, ok := k.partition(&rec, f.source)
			if !ok {
				return nil, NoPartition
			}
			if k.origin {
				rec.Headers = arena.SourceHeader(rec.Headers, f.Topic, int(f.Partition), records[i].Offset)
			}
			rec.Headers = append(slices.Clip(rec.Headers), record.Header{Name: []byte(HeaderReplayed), Value: origin})
			b := bound{Record: rec, to: place{k.topic, n}}
			b.names = r.names(k, &records[i], &b, f.source)
			out = append(out, b)
		}
	}
	return out, ""
}

// records gives the records of an entry: its one, or those of a batch that could not be decoded when it was sealed, if it
// can be now. What lies in the batch before the entry's offset was dealt with before. A batch whose transaction is not known
// to be committed was never sealed for its contents: where its header can be read, the proxy had asked.
func records(e *quarantine.Entry) (out []record.Record, ok bool) {
	if e.Record != nil {
		return []record.Record{*e.Record}, true
	}
	defer func() {
		if recover() != nil { // a batch that breaks a decompressor
			out, ok = nil, false
		}
	}()
	h, err := batch.ParseHeader(e.Batch)
	if err != nil || !batch.Intact(e.Batch) {
		return nil, false
	}
	if h.Control {
		return nil, true
	}
	var b batch.Batch
	if err := batch.NewDecoder(quarantine.MaxEntry).Decode(e.Batch, &b); err != nil {
		return nil, false
	}
	return slices.DeleteFunc(b.Records, func(rec record.Record) bool { return rec.Offset < e.Offset }), true
}
