package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type topicsRun struct {
	*common
	names []string
	batch int
	cl    *kgo.Client
	adm   *kadm.Client
}

func (r *topicsRun) inBatches(f func(names []string) error) error {
	for i := 0; i < len(r.names); i += r.batch {
		if err := f(r.names[i:min(i+r.batch, len(r.names))]); err != nil {
			return err
		}
	}
	return nil
}

func (r *topicsRun) create(ctx context.Context) error {
	return r.inBatches(func(names []string) error {
		answers, err := r.adm.CreateTopics(ctx, int32(r.partitions), 1, r.configMap(), names...)
		if err != nil {
			return err
		}
		for _, t := range answers {
			if t.Err != nil {
				return fmt.Errorf("create %s: %w", t.Topic, t.Err)
			}
		}
		return nil
	})
}

// describe asks for the metadata of all topics at once, as a client does that lists a cluster. The
// admin client would answer from its cache.
func (r *topicsRun) describe(ctx context.Context) error {
	request := kmsg.NewPtrMetadataRequest()
	for _, name := range r.names {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = kmsg.StringPtr(name)
		request.Topics = append(request.Topics, topic)
	}
	answer, err := request.RequestWith(ctx, r.cl)
	if err != nil {
		return err
	}
	for _, topic := range answer.Topics {
		if got := len(topic.Partitions); got != r.partitions {
			return fmt.Errorf("%s has %d partitions, not %d", *topic.Topic, got, r.partitions)
		}
	}
	return nil
}

// writeAll writes one record to every partition.
func (r *topicsRun) writeAll(ctx context.Context) error {
	var bad atomic.Int64
	for _, name := range r.names {
		for p := range r.partitions {
			record := &kgo.Record{Topic: name, Partition: int32(p), Value: []byte("x")}
			r.cl.Produce(ctx, record, func(_ *kgo.Record, err error) {
				if err != nil {
					bad.Add(1)
				}
			})
		}
	}
	if err := r.cl.Flush(ctx); err != nil {
		return err
	}
	if bad.Load() > 0 {
		return fmt.Errorf("%d first records failed", bad.Load())
	}
	return nil
}

func (r *topicsRun) delete(ctx context.Context) error {
	err := r.inBatches(func(names []string) error {
		_, err := r.adm.DeleteTopics(ctx, names...)
		return err
	})
	if err != nil {
		return err
	}
	return waitGone(ctx, r.adm, r.names...)
}

func runTopics(ctx context.Context, args []string) (outcome, error) {
	r := topicsRun{common: newFlags("topics", "bench-many")}
	n := r.set.Int("topics", 100, "topics; named TOPIC-0, TOPIC-1, ...")
	r.set.IntVar(&r.batch, "batch", 100, "topics in one CreateTopics request")
	create := r.set.Bool("create", true, "create them; else they are there already")
	write := r.set.Bool("write", true, "write one record to every partition (acks=all)")
	remove := r.set.Bool("delete", false, "delete them at the end")
	ctx, cancel := r.parse(ctx, args)
	defer cancel()
	for i := range *n {
		r.names = append(r.names, fmt.Sprintf("%s-%d", r.topic, i))
	}
	var err error
	r.cl, err = r.client(kgo.MetadataMinAge(20*time.Millisecond), kgo.ProducerLinger(0),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(1<<20),
		kgo.RetryBackoffFn(func(int) time.Duration { return 20 * time.Millisecond }),
		kgo.RequestTimeoutOverhead(2*time.Minute))
	if err != nil {
		return nil, err
	}
	defer r.cl.Close()
	r.adm = kadm.NewClient(r.cl)
	r.adm.SetTimeoutMillis(120000)
	if err := r.cl.Ping(ctx); err != nil {
		return nil, err
	}
	m := outcome{"topics": *n, "partitions_each": r.partitions, "partitions": *n * r.partitions}
	leaders := func(ctx context.Context) error { return waitLeaders(ctx, r.adm, r.names...) }
	a := takeSample(r.watch)
	for _, step := range []struct {
		name string
		run  func(context.Context) error
		when bool
	}{
		{"create_ms", r.create, *create},
		{"leaders_ms", leaders, true},
		{"describe_ms", r.describe, true},
		{"write_ms", r.writeAll, *write},
		{"delete_ms", r.delete, *remove},
	} {
		if !step.when {
			continue
		}
		begin := now()
		if err := step.run(ctx); err != nil {
			return m, err
		}
		m[step.name] = milliseconds(now() - begin)
	}
	addUsage(m, a, takeSample(r.watch), 0)
	return m, nil
}
