package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// askVersions sends an ApiVersions request of version 0 on a raw connection and checks that the
// answer has the same correlation id and no error.
func askVersions(nc net.Conn, correlation uint32, d time.Duration) error {
	_ = nc.SetDeadline(time.Now().Add(d))
	const id = "kbench"
	b := binary.BigEndian.AppendUint32(nil, uint32(2+2+4+2+len(id)))
	b = binary.BigEndian.AppendUint16(b, 18) // ApiVersions
	b = binary.BigEndian.AppendUint16(b, 0)
	b = binary.BigEndian.AppendUint32(b, correlation)
	b = binary.BigEndian.AppendUint16(b, uint16(len(id)))
	b = append(b, id...)
	if _, err := nc.Write(b); err != nil {
		return err
	}
	var head [10]byte
	if _, err := io.ReadFull(nc, head[:]); err != nil {
		return err
	}
	rest := int64(binary.BigEndian.Uint32(head[:])) - 6
	if got := binary.BigEndian.Uint32(head[4:]); got != correlation {
		return fmt.Errorf("correlation id %d, want %d", got, correlation)
	}
	if code := int16(binary.BigEndian.Uint16(head[8:])); code != 0 {
		return fmt.Errorf("error code %d", code)
	}
	if rest < 4 || rest > 1<<20 {
		return fmt.Errorf("an answer of %d bytes", rest)
	}
	_, err := io.CopyN(io.Discard, nc, rest)
	return err
}

type connsRun struct {
	*common
	parallel       int
	conns          []net.Conn
	closed, silent atomic.Int64
	why            atomic.Value
	latencyLock    sync.Mutex
	latency        []int64
}

func (r *connsRun) each(f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range r.parallel {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range r.conns {
		next <- i
	}
	close(next)
	wg.Wait()
}

func (r *connsRun) open(ctx context.Context, i int) {
	address := r.addresses()[i%len(r.addresses())]
	d := net.Dialer{Timeout: 20 * time.Second}
	if strings.HasPrefix(address, "127.") && i >= 20000 {
		// One source address has about 28,000 ports.
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i/20000))}
	}
	nc, err := d.DialContext(ctx, "tcp", address)
	if err == nil {
		r.conns[i] = nc
		err = askVersions(nc, uint32(i), 30*time.Second)
	}
	if err != nil {
		r.closed.Add(1)
		r.why.CompareAndSwap(nil, err.Error())
	}
}

func (r *connsRun) ask(i int) {
	if r.conns[i] == nil {
		r.silent.Add(1)
		return
	}
	t := now()
	if err := askVersions(r.conns[i], uint32(i)+1<<30, 30*time.Second); err != nil {
		r.silent.Add(1)
		r.why.CompareAndSwap(nil, err.Error())
		return
	}
	r.latencyLock.Lock()
	r.latency = append(r.latency, now()-t)
	r.latencyLock.Unlock()
}

func runConns(ctx context.Context, args []string) (outcome, error) {
	r := connsRun{common: newFlags("conns", "")}
	n := r.set.Int("connections", 1000, "connections, spread over the bootstrap servers")
	r.set.IntVar(&r.parallel, "parallel", 64, "opened at a time")
	hold := r.set.Duration("hold", 5*time.Second, "idle span before all are asked again")
	ctx, cancel := r.parse(ctx, args)
	defer cancel()
	r.conns = make([]net.Conn, *n)
	defer func() {
		for _, nc := range r.conns {
			if nc != nil {
				_ = nc.Close()
			}
		}
	}()
	before := takeSample(r.watch)
	r.each(func(i int) { r.open(ctx, i) })
	opened := takeSample(r.watch)
	_ = sleep(ctx, *hold)
	idle := takeSample(r.watch)
	r.each(r.ask)
	after := takeSample(r.watch)
	m := outcome{"connections": *n, "open_failed": r.closed.Load(), "unanswered": r.silent.Load(),
		"open_ms": milliseconds(opened.at - before.at), "hold_s": hold.Seconds(),
		"ask_all_ms": milliseconds(after.at - idle.at), "answer_ms": quantiles(r.latency)}
	addUsage(m, before, after, 0)
	if before.watching {
		m["rss_before_mib"] = round(float64(before.rssKiB)/1024, 1)
		m["rss_with_conns_mib"] = round(float64(after.rssKiB)/1024, 1)
		m["rss_kib_per_conn"] = round(float64(after.rssKiB-before.rssKiB)/float64(*n), 2)
		m["broker_idle_cores"] = round((idle.broker-opened.broker)/
			(float64(idle.at-opened.at)/1e9), 3)
	}
	if bad := r.closed.Load() + r.silent.Load(); bad > 0 {
		why, _ := r.why.Load().(string)
		return m, fmt.Errorf("%d not opened, %d unanswered: %s",
			r.closed.Load(), r.silent.Load(), why)
	}
	return m, nil
}
