package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// compactRun makes a topic compacted and waits until the broker says that all of it but the active
// segments is clean. It reads the broker's directory: both brokers have Kafka's files.
type compactRun struct {
	*common
	data string
}

// sealed is what may be compacted of each partition: up to which offset, how many bytes.
func (r *compactRun) sealed(partitions map[int32]int64) (map[int32]int64, int64, error) {
	below := map[int32]int64{}
	var bytes int64
	for p := range partitions {
		logs, err := filepath.Glob(fmt.Sprintf("%s/%s-%d/*.log", r.data, r.topic, p))
		if err != nil || len(logs) == 0 {
			return nil, 0, fmt.Errorf("no log of %s-%d below %s", r.topic, p, r.data)
		}
		for _, path := range logs { // in the order of their offsets
			base, err := strconv.ParseInt(strings.TrimSuffix(filepath.Base(path), ".log"), 10, 64)
			if err != nil {
				return nil, 0, err
			}
			below[p] = base
		}
		for _, path := range logs[:len(logs)-1] {
			info, err := os.Stat(path)
			if err != nil {
				return nil, 0, err
			}
			bytes += info.Size()
		}
	}
	return below, bytes, nil
}

// clean gives the offset below which each partition is clean, as the broker has checkpointed it.
func (r *compactRun) clean() (map[int32]int64, error) {
	text, err := os.ReadFile(filepath.Join(r.data, "cleaner-offset-checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := map[int32]int64{}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] != r.topic {
			continue
		}
		p, _ := strconv.ParseInt(f[1], 10, 32)
		found[int32(p)], _ = strconv.ParseInt(f[2], 10, 64)
	}
	return found, nil
}

func (r *compactRun) waitClean(ctx context.Context, below map[int32]int64) error {
	for {
		clean, err := r.clean()
		if err != nil {
			return err
		}
		if !behind(clean, below) {
			return nil
		}
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("clean below %v of %v: %w", clean, below, err)
		}
	}
}

func (r *compactRun) configure(ctx context.Context) error {
	cl, err := r.client()
	if err != nil {
		return err
	}
	defer cl.Close()
	changes := []kadm.AlterConfig{{Name: "cleanup.policy", Value: kadm.StringPtr("compact")}}
	for k, v := range r.configMap() {
		changes = append(changes, kadm.AlterConfig{Name: k, Value: v})
	}
	answers, err := kadm.NewClient(cl).AlterTopicConfigs(ctx, changes, r.topic)
	for _, answer := range answers {
		if err == nil {
			err = answer.Err
		}
	}
	return err
}

// checkOnce: below the clean offsets each key is there once.
func (r *compactRun) checkOnce(ctx context.Context, there span, below map[int32]int64) (int64,
	error) {
	from := map[int32]kgo.Offset{}
	for p, offset := range there.start {
		from[p] = kgo.NewOffset().At(offset)
	}
	cl, err := r.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.topic: from}))
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	seen := map[string]bool{}
	var doubled int64
	next := there.start
	for behind(next, there.end) {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			return 0, fmt.Errorf("reading what is left: %w", ctx.Err())
		}
		fetches.EachRecord(func(record *kgo.Record) {
			next[record.Partition] = record.Offset + 1
			if record.Offset >= below[record.Partition] {
				return
			}
			if seen[string(record.Key)] {
				doubled++
			}
			seen[string(record.Key)] = true
		})
	}
	if doubled > 0 {
		return int64(len(seen)), fmt.Errorf("%d keys are there more than once", doubled)
	}
	return int64(len(seen)), nil
}

func runCompact(ctx context.Context, args []string) (outcome, error) {
	r := compactRun{common: newFlags("compact", "bench")}
	r.set.StringVar(&r.data, "data", "", "the broker's log directory")
	ctx, cancel := r.parse(ctx, args)
	defer cancel()
	there, err := r.span(ctx)
	if err != nil {
		return nil, err
	}
	below, bytes, err := r.sealed(there.end)
	if err != nil {
		return nil, err
	}
	a := takeSample(r.watch)
	if err := r.configure(ctx); err != nil {
		return nil, err
	}
	if err := r.waitClean(ctx, below); err != nil {
		return nil, err
	}
	b := takeSample(r.watch)
	seconds := float64(b.at-a.at) / 1e9
	gib := float64(bytes) / (1 << 30)
	m := outcome{"seconds": round(seconds, 3), "mb": round(float64(bytes)/1e6, 1),
		"mb_per_s": round(float64(bytes)/seconds/1e6, 1)}
	addUsage(m, a, b, 0)
	if b.watching && gib > 0 {
		m["broker_cpu_s_per_gib"] = round((b.broker-a.broker)/gib, 3)
	}
	kept, err := r.checkOnce(ctx, there, below)
	m["keys_kept"] = kept
	return m, err
}
