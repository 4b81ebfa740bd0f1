package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const valueCount = 4096 // different values; a power of two

type produceRun struct {
	*common
	produceFlags
	size      int
	count     int64
	keys      int64
	producers int
	payload   string
	spread    string
	rate      float64
	settle    time.Duration
	values    [][]byte

	acked, failed atomic.Int64
	firstError    atomic.Value
	latencyLock   sync.Mutex
	latency       []int64 // of one record in 256
}

func (r *produceRun) partitioner() (kgo.Partitioner, error) {
	switch r.spread {
	case "sticky":
		return kgo.UniformBytesPartitioner(r.batchBytes, false, true, nil), nil
	case "even":
		return kgo.RoundRobinPartitioner(), nil
	case "key":
		return kgo.StickyKeyPartitioner(nil), nil
	}
	return nil, fmt.Errorf("--spread %q: sticky, even or key", r.spread)
}

func (r *produceRun) clients(ctx context.Context) ([]*kgo.Client, error) {
	opts, err := r.options()
	if err != nil {
		return nil, err
	}
	partitioner, err := r.partitioner()
	if err != nil {
		return nil, err
	}
	opts = append(opts, kgo.DefaultProduceTopic(r.topic), kgo.RecordPartitioner(partitioner))
	var all []*kgo.Client
	for range r.producers {
		cl, err := r.client(opts...)
		if err != nil {
			return all, err
		}
		all = append(all, cl)
		if err := cl.Ping(ctx); err != nil {
			return all, err
		}
	}
	return all, nil
}

func (r *produceRun) done(record *kgo.Record, err error, sent int64) {
	if err != nil {
		r.failed.Add(1)
		r.firstError.CompareAndSwap(nil, err)
		return
	}
	r.acked.Add(1)
	if sent > 0 {
		r.latencyLock.Lock()
		r.latency = append(r.latency, now()-sent)
		r.latencyLock.Unlock()
	}
}

// send is one producer's loop; a producer takes every nth record of the whole.
func (r *produceRun) send(ctx context.Context, cl *kgo.Client, producer int, count int64) {
	pool := sync.Pool{New: func() any { return &kgo.Record{} }}
	pace := 0.0
	if r.rate > 0 {
		pace = 1e9 * float64(r.producers) / r.rate
	}
	begin := now()
	for j := int64(0); j < count; j++ {
		if j&1023 == 0 && ctx.Err() != nil {
			break
		}
		if pace > 0 {
			sleepUntil(begin + int64(pace*float64(j)))
		}
		record := pool.Get().(*kgo.Record)
		*record = kgo.Record{Value: r.values[(j+int64(producer)*131)&(valueCount-1)]}
		if r.spread == "key" {
			record.Key = binary.LittleEndian.AppendUint64(nil, uint64(j%r.keys))
		}
		var sent int64
		if j&255 == 0 {
			sent = now()
		}
		cl.Produce(ctx, record, func(record *kgo.Record, err error) {
			r.done(record, err, sent)
			pool.Put(record)
		})
	}
	if err := cl.Flush(ctx); err != nil {
		r.firstError.CompareAndSwap(nil, err)
	}
}

func (r *produceRun) sendAll(ctx context.Context, clients []*kgo.Client) {
	var wg sync.WaitGroup
	left := r.count
	for i, cl := range clients {
		n := left / int64(len(clients)-i)
		left -= n
		wg.Go(func() { r.send(ctx, cl, i, n) })
	}
	wg.Wait()
}

// checkStored: what was acknowledged must be in the topic; acks=0 promises nothing. With acks=1 a
// consumer may see it a little later.
func (r *produceRun) checkStored(ctx context.Context, m outcome, before int64) error {
	deadline := now() + int64(r.settle)
	for {
		after, err := r.span(ctx)
		if err != nil {
			return err
		}
		stored := after.total - before
		m["stored"] = stored
		if r.acks == "0" || stored >= r.acked.Load() {
			return nil
		}
		if now() > deadline {
			return fmt.Errorf("%d acknowledged, only %d stored", r.acked.Load(), stored)
		}
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

func runProduce(ctx context.Context, args []string) (outcome, error) {
	r := produceRun{common: newFlags("produce", "bench")}
	r.add(r.common, 5*time.Millisecond)
	r.set.IntVar(&r.size, "record-size", 100, "value bytes")
	r.set.Int64Var(&r.count, "count", 1000000, "records in all")
	r.set.Int64Var(&r.keys, "keys", 1<<62, "different keys (--spread key)")
	r.set.IntVar(&r.producers, "producers", 1, "producer clients (a set of connections each)")
	r.set.StringVar(&r.payload, "payload", "json", "json, random or zero")
	r.set.StringVar(&r.spread, "spread", "sticky",
		"sticky: full batches to one partition after the other; even: each record to the next\n"+
			"partition; key: by the hash of an 8-byte key")
	r.set.Float64Var(&r.rate, "rate", 0, "records/s in all; 0: as fast as the broker takes them")
	r.set.DurationVar(&r.settle, "settle", 10*time.Second,
		"wait this long for the last records to be visible")
	ctx, cancel := r.parse(ctx, args)
	defer cancel()
	if err := r.ensureTopic(ctx); err != nil {
		return nil, err
	}
	var err error
	if r.values, err = payloads(r.payload, r.size, valueCount); err != nil {
		return nil, err
	}
	before, err := r.span(ctx)
	if err != nil {
		return nil, err
	}
	clients, err := r.clients(ctx)
	for _, cl := range clients {
		defer cl.Close()
	}
	if err != nil {
		return nil, err
	}
	a := takeSample(r.watch)
	r.sendAll(ctx, clients)
	b := takeSample(r.watch)
	seconds := float64(b.at-a.at) / 1e9
	n := r.acked.Load()
	m := outcome{"topic": r.topic, "record_size": r.size, "count": r.count, "acks": r.acks,
		"compression": r.compression, "idempotent": r.idempotent, "spread": r.spread,
		"linger_ms": r.linger.Milliseconds(), "producers": r.producers, "payload": r.payload,
		"batch_bytes": r.batchBytes, "seconds": round(seconds, 3), "acked": n,
		"failed":        r.failed.Load(),
		"records_per_s": round(float64(n)/seconds, 0),
		"mb_per_s":      round(float64(n)*float64(r.size)/seconds/1e6, 2),
		"ack_ms":        quantiles(r.latency)}
	addUsage(m, a, b, n)
	if e := r.firstError.Load(); e != nil {
		return m, e.(error)
	}
	return m, r.checkStored(ctx, m, before.total)
}
