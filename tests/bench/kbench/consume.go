package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// reader counts what comes and follows the offsets of each partition.
type reader struct {
	next                  map[int32]int64
	records, bytes, first int64
	jumps                 int64 // an offset that was not the one after the last
}

func (r *reader) take(fetches kgo.Fetches) {
	if r.first == 0 {
		r.first = now()
	}
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		expected := r.next[p.Partition]
		for _, record := range p.Records {
			if record.Offset != expected {
				r.jumps++
			}
			expected = record.Offset + 1
			r.bytes += int64(len(record.Value))
		}
		r.records += int64(len(p.Records))
		r.next[p.Partition] = expected
	})
}

func (r *reader) readAll(ctx context.Context, cl *kgo.Client, wanted int64) error {
	for r.records < wanted {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("stopped with %d of %d: %w", r.records, wanted, ctx.Err())
		}
		if errs := fetches.Errors(); len(errs) > 0 {
			return errs[0].Err
		}
		r.take(fetches)
	}
	return nil
}

// runConsume reads a topic that nothing else writes to (and that is not compacted) from its first
// record to its last.
func runConsume(ctx context.Context, args []string) (outcome, error) {
	c := newFlags("consume", "bench")
	expect := c.set.Int64("expect", 0, "fail when the topic has fewer records than this")
	maxBytes := c.set.Int("fetch-max-bytes", 50<<20, "fetch.max.bytes")
	maxPart := c.set.Int("fetch-max-partition-bytes", 1<<20, "max.partition.fetch.bytes")
	ctx, cancel := c.parse(ctx, args)
	defer cancel()
	there, err := c.span(ctx)
	if err != nil {
		return nil, err
	}
	if there.total < *expect {
		return outcome{"records": there.total},
			fmt.Errorf("%d records are there, %d were expected", there.total, *expect)
	}
	r := reader{next: there.start}
	from := map[int32]kgo.Offset{}
	for p, offset := range there.start {
		from[p] = kgo.NewOffset().At(offset)
	}
	a := takeSample(c.watch)
	cl, err := c.client(
		kgo.FetchMaxBytes(int32(*maxBytes)),
		kgo.FetchMaxPartitionBytes(int32(*maxPart)),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.topic: from}))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	if err := r.readAll(ctx, cl, there.total); err != nil {
		return outcome{"records": r.records}, err
	}
	b := takeSample(c.watch)
	seconds := float64(b.at-a.at) / 1e9
	m := outcome{"topic": c.topic, "records": r.records, "value_bytes": r.bytes,
		"seconds": round(seconds, 3), "first_fetch_ms": milliseconds(r.first - a.at),
		"records_per_s": round(float64(r.records)/seconds, 0),
		"mb_per_s":      round(float64(r.bytes)/seconds/1e6, 2), "offset_jumps": r.jumps}
	addUsage(m, a, b, r.records)
	if r.jumps > 0 {
		return m, fmt.Errorf("offsets jumped %d times", r.jumps)
	}
	return m, nil
}
