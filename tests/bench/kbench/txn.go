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

// txnRun copies numbered records from one topic to another, exactly once: workers of one group read
// them, write them, and commit records and offsets in one transaction.
type txnRun struct {
	*common
	count      int64
	size       int
	batch      int
	workers    int
	abortEvery int

	in, out string
	run     uint64 // marks the records of this run

	nth, committed, aborted, refused, done atomic.Int64
	firstEnd, lastEnd                      atomic.Int64 // of committed transactions

	lock      sync.Mutex
	commitNs  []int64
	firstFail error
}

// value of the nth record: the run, its number, and what fills it up.
func (r *txnRun) value(n int64) []byte {
	v := make([]byte, r.size)
	binary.LittleEndian.PutUint64(v, r.run)
	binary.LittleEndian.PutUint64(v[8:], uint64(n))
	return v
}

// number of a record of this run; -1: of another.
func (r *txnRun) number(v []byte) int64 {
	if len(v) < 16 || binary.LittleEndian.Uint64(v) != r.run {
		return -1
	}
	n := binary.LittleEndian.Uint64(v[8:])
	if n >= uint64(r.count) {
		return -1
	}
	return int64(n)
}

func (r *txnRun) fill(ctx context.Context) error {
	cl, err := r.client(kgo.DefaultProduceTopic(r.in), kgo.MaxBufferedRecords(100000),
		kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		return err
	}
	defer cl.Close()
	var failed atomic.Int64
	for i := range r.count {
		cl.Produce(ctx, &kgo.Record{Value: r.value(i)}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.Add(1)
			}
		})
	}
	if err := cl.Flush(ctx); err != nil || failed.Load() > 0 {
		return fmt.Errorf("filling %s: %d failed, %w", r.in, failed.Load(), err)
	}
	return nil
}

func (r *txnRun) session(worker int) (*kgo.GroupTransactSession, error) {
	group := fmt.Sprintf("kbench-txn-%d", r.run)
	return kgo.NewGroupTransactSession(
		kgo.SeedBrokers(r.addresses()...), kgo.ClientID("kbench"),
		kgo.TransactionalID(fmt.Sprintf("%s-%d", group, worker)),
		kgo.TransactionTimeout(30*time.Second),
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(r.in),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets(),
		kgo.DefaultProduceTopic(r.out), kgo.ProducerLinger(0),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(100000),
		kgo.RetryBackoffFn(func(int) time.Duration { return 20 * time.Millisecond }))
}

// transact copies what was polled in one transaction.
func (r *txnRun) transact(ctx context.Context, s *kgo.GroupTransactSession, f kgo.Fetches) error {
	if err := s.Begin(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	f.EachRecord(func(record *kgo.Record) {
		s.Produce(ctx, &kgo.Record{Value: record.Value}, nil)
	})
	want := kgo.TryCommit
	if n := r.nth.Add(1); r.abortEvery > 0 && n%int64(r.abortEvery) == 0 {
		want = kgo.TryAbort
	}
	begin := now()
	committed, err := s.End(ctx, want)
	end := now()
	switch {
	case err != nil:
		return fmt.Errorf("end: %w", err)
	case committed:
		r.committed.Add(1)
		r.firstEnd.CompareAndSwap(0, end)
		r.lastEnd.Store(end)
		r.lock.Lock()
		r.commitNs = append(r.commitNs, end-begin)
		r.lock.Unlock()
		r.done.Add(int64(f.NumRecords()))
	case want == kgo.TryAbort:
		r.aborted.Add(1)
	default:
		r.refused.Add(1)
	}
	return nil
}

func (r *txnRun) work(ctx context.Context, worker int) error {
	s, err := r.session(worker)
	if err != nil {
		return err
	}
	defer s.Close()
	for ctx.Err() == nil {
		fetches := s.PollRecords(ctx, r.batch)
		if ctx.Err() != nil || fetches.NumRecords() == 0 {
			continue
		}
		if err := r.transact(ctx, s, fetches); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// copyAll runs the workers until every record was copied; gives the usage up to then.
func (r *txnRun) copyAll(ctx context.Context) (a, b sample, err error) {
	working, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	a = takeSample(r.watch)
	for w := range r.workers {
		wg.Go(func() {
			if err := r.work(working, w); err != nil {
				r.lock.Lock()
				r.firstFail = err
				r.lock.Unlock()
				stop()
			}
		})
	}
	for r.done.Load() < r.count && sleep(working, 5*time.Millisecond) == nil {
	}
	b = takeSample(r.watch)
	_ = sleep(working, 500*time.Millisecond) // what is done twice would show up now
	stop()
	wg.Wait()
	if r.firstFail == nil && r.done.Load() < r.count {
		r.firstFail = fmt.Errorf("%d of %d were copied: %w", r.done.Load(), r.count, ctx.Err())
	}
	return a, b, r.firstFail
}

// checkOnce reads the copies as a read_committed consumer: each number must be there once.
func (r *txnRun) checkOnce(ctx context.Context, m outcome) error {
	copies := *r.common
	copies.topic = r.out
	there, err := copies.span(ctx)
	if err != nil {
		return err
	}
	from := map[int32]kgo.Offset{}
	for p, offset := range there.start {
		from[p] = kgo.NewOffset().At(offset)
	}
	cl, err := r.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.out: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		return err
	}
	defer cl.Close()
	times := make([]uint8, r.count)
	var foreign int64
	next := there.start
	for behind(next, there.end) {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("reading the copies: %w", ctx.Err())
		}
		fetches.EachRecord(func(record *kgo.Record) {
			next[record.Partition] = record.Offset + 1
			if record.Attrs.IsControl() {
				return
			}
			if n := r.number(record.Value); n < 0 {
				foreign++
			} else {
				times[n] = min(times[n], 1) + 1
			}
		})
	}
	var missing, doubled int64
	for _, t := range times {
		if t == 0 {
			missing++
		} else if t > 1 {
			doubled++
		}
	}
	m["missing"], m["doubled"], m["foreign"] = missing, doubled, foreign
	if missing+doubled+foreign > 0 {
		return fmt.Errorf("not exactly once: %d missing, %d doubled, %d foreign", missing, doubled,
			foreign)
	}
	return nil
}

func behind(next, end map[int32]int64) bool {
	for p, offset := range end {
		if next[p] < offset {
			return true
		}
	}
	return false
}

func (r *txnRun) result(a, b sample) outcome {
	m := outcome{"count": r.count, "records_each": r.batch, "workers": r.workers, "record_size": r.size,
		"committed": r.committed.Load(), "aborted": r.aborted.Load(),
		"refused": r.refused.Load(), "commit_ms": quantiles(r.commitNs)}
	// From the first commit on: joining the group is not in it.
	first, last := r.firstEnd.Load(), r.lastEnd.Load()
	if first < last {
		seconds := float64(last-first) / 1e9
		m["first_commit_ms"] = milliseconds(first - a.at)
		m["seconds"] = round(seconds, 3)
		m["records_per_s"] = round(float64(r.count-int64(r.batch))/seconds, 0)
		m["transactions_per_s"] = round(float64(r.committed.Load()-1)/seconds, 1)
	}
	addUsage(m, a, b, r.count)
	return m
}

func runTxn(ctx context.Context, args []string) (outcome, error) {
	r := txnRun{common: newFlags("txn", "bench-txn"), run: uint64(time.Now().UnixNano())}
	r.set.Int64Var(&r.count, "count", 100000, "records")
	r.set.IntVar(&r.size, "record-size", 100, "value bytes (16 at least)")
	r.set.IntVar(&r.batch, "batch", 1000, "most records of a transaction")
	r.set.IntVar(&r.workers, "workers", 2, "transactional workers")
	r.set.IntVar(&r.abortEvery, "abort-every", 10, "abort each n-th transaction (0: none)")
	ctx, cancel := r.parse(ctx, args)
	defer cancel()
	if r.size < 16 {
		return nil, fmt.Errorf("--record-size is 16 at least")
	}
	name := r.topic
	r.in, r.out = fmt.Sprintf("%s-in-%d", name, r.run), fmt.Sprintf("%s-out-%d", name, r.run)
	for _, r.topic = range []string{r.in, r.out} {
		if err := r.ensureTopic(ctx); err != nil {
			return nil, err
		}
	}
	if err := r.fill(ctx); err != nil {
		return nil, err
	}
	a, b, err := r.copyAll(ctx)
	m := r.result(a, b)
	if err != nil {
		return m, err
	}
	return m, r.checkOnce(ctx, m)
}
