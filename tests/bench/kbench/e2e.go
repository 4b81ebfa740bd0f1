package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// e2eRun sends at a fixed rate on a schedule (open loop: a stall of the broker is charged to every
// record that was due meanwhile) and times each record to the consumer in the same process.
type e2eRun struct {
	*common
	produceFlags
	rate         float64
	span         time.Duration
	warmup       time.Duration
	drain        time.Duration
	size         int
	values       [][]byte
	id           uint64 // of this run, in every value
	warm, total  int64
	due, sent    []int64
	acked, taken []atomic.Int64

	got, duplicates, failed atomic.Int64
	firstError              atomic.Value
}

// receive ends when all were received or the context is over.
func (r *e2eRun) receive(ctx context.Context, cl *kgo.Client) {
	for r.got.Load() < r.total {
		fetches := cl.PollFetches(ctx)
		t := now()
		if ctx.Err() != nil {
			return
		}
		fetches.EachRecord(func(record *kgo.Record) {
			v := record.Value
			if len(v) < 16 || binary.LittleEndian.Uint64(v) != r.id {
				return
			}
			i := binary.LittleEndian.Uint64(v[8:])
			if i >= uint64(r.total) {
				return
			}
			if !r.taken[i].CompareAndSwap(0, t) {
				r.duplicates.Add(1)
				return
			}
			r.got.Add(1)
		})
	}
}

// send gives the sample at the begin of the measured part.
func (r *e2eRun) send(ctx context.Context, cl *kgo.Client) (measured sample) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	step := 1e9 / r.rate
	begin := now() + int64(10*time.Millisecond)
	for i := int64(0); i < r.total && ctx.Err() == nil; i++ {
		due := begin + int64(float64(i)*step)
		sleepUntil(due)
		if i == r.warm {
			measured = takeSample(r.watch)
		}
		v := make([]byte, r.size)
		copy(v, r.values[i&255])
		binary.LittleEndian.PutUint64(v, r.id)
		binary.LittleEndian.PutUint64(v[8:], uint64(i))
		r.due[i], r.sent[i] = due, now()
		cl.Produce(ctx, &kgo.Record{Value: v}, func(_ *kgo.Record, err error) {
			if err != nil {
				r.failed.Add(1)
				r.firstError.CompareAndSwap(nil, err)
				return
			}
			r.acked[i].Store(now())
		})
	}
	_ = cl.Flush(ctx)
	return measured
}

func (r *e2eRun) result() (outcome, int64) {
	var consumed, acked, after, lag []int64
	for i := r.warm; i < r.total; i++ {
		lag = append(lag, r.sent[i]-r.due[i])
		taken, ack := r.taken[i].Load(), r.acked[i].Load()
		if taken == 0 {
			continue
		}
		consumed = append(consumed, taken-r.due[i])
		if ack != 0 {
			acked = append(acked, ack-r.due[i])
			after = append(after, max(0, taken-ack))
		}
	}
	missing := r.total - r.got.Load()
	m := outcome{"rate": r.rate, "record_size": r.size, "acks": r.acks,
		"seconds": r.span.Seconds(), "measured": len(consumed), "missing": missing,
		"duplicates": r.duplicates.Load(), "failed": r.failed.Load(),
		"e2e_ms": quantiles(consumed), "ack_ms": quantiles(acked),
		"ack_to_consumed_ms": quantiles(after), "generator_lag_ms": quantiles(lag)}
	return m, missing
}

func (r *e2eRun) parseFlags(ctx context.Context, args []string) (context.Context,
	context.CancelFunc, error) {
	r.add(r.common, 0)
	r.set.Float64Var(&r.rate, "rate", 1000, "records/s")
	r.set.DurationVar(&r.span, "duration", 20*time.Second, "measured span")
	r.set.DurationVar(&r.warmup, "warmup", 3*time.Second, "sent before it, not counted")
	r.set.DurationVar(&r.drain, "drain", 10*time.Second, "wait this long for the last records")
	r.set.IntVar(&r.size, "record-size", 100, "value bytes (16 at least)")
	ctx, cancel := r.parse(ctx, args)
	if r.size < 16 {
		return ctx, cancel, fmt.Errorf("--record-size is 16 at least")
	}
	r.warm = int64(r.rate * r.warmup.Seconds())
	r.total = r.warm + int64(r.rate*r.span.Seconds())
	r.due, r.sent = make([]int64, r.total), make([]int64, r.total)
	r.acked, r.taken = make([]atomic.Int64, r.total), make([]atomic.Int64, r.total)
	r.id = uint64(time.Now().UnixNano())
	var err error
	r.values, err = payloads("json", r.size, 256)
	return ctx, cancel, err
}

func (r *e2eRun) clients(ctx context.Context) (producer, consumer *kgo.Client, err error) {
	there, err := r.common.span(ctx)
	if err != nil {
		return nil, nil, err
	}
	from := map[int32]kgo.Offset{}
	for p, offset := range there.end {
		from[p] = kgo.NewOffset().At(offset)
	}
	opts, err := r.options()
	if err != nil {
		return nil, nil, err
	}
	producer, err = r.client(append(opts, kgo.DefaultProduceTopic(r.topic),
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))...)
	if err != nil {
		return nil, nil, err
	}
	consumer, err = r.client(kgo.FetchMinBytes(1),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.topic: from}))
	if err != nil {
		producer.Close()
		return nil, nil, err
	}
	return producer, consumer, producer.Ping(ctx)
}

func runE2E(ctx context.Context, args []string) (outcome, error) {
	r := e2eRun{common: newFlags("e2e", "bench-e2e")}
	ctx, cancel, err := r.parseFlags(ctx, args)
	defer cancel()
	if err != nil {
		return nil, err
	}
	if err := r.ensureTopic(ctx); err != nil {
		return nil, err
	}
	producer, consumer, err := r.clients(ctx)
	if producer != nil {
		defer producer.Close()
		defer consumer.Close()
	}
	if err != nil {
		return nil, err
	}
	receiving, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.receive(receiving, consumer)
	}()
	_ = sleep(ctx, 300*time.Millisecond) // the consumer's first fetch is waiting
	a := r.send(ctx, producer)
	b := takeSample(r.watch)
	select {
	case <-done:
	case <-time.After(r.drain):
	}
	stop()
	<-done
	m, missing := r.result()
	addUsage(m, a, b, r.total-r.warm)
	if e := r.firstError.Load(); e != nil {
		return m, e.(error)
	}
	if missing > 0 || r.duplicates.Load() > 0 {
		return m, fmt.Errorf("%d missing, %d duplicated", missing, r.duplicates.Load())
	}
	return m, nil
}
