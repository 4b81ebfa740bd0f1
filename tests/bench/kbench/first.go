package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const pollEvery = time.Millisecond

// startTime reads from stdin when the broker's process was started (wall clock, nanoseconds), which
// is after this process: its own start is not in the time.
func startTime() (int64, error) {
	fmt.Fprintln(os.Stderr, "ready")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(line), 10, 64)
}

// waitAnswer polls until the broker answers a request.
func waitAnswer(ctx context.Context, address string) error {
	for {
		nc, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			err = askVersions(nc, 1, 2*time.Second)
			_ = nc.Close()
		}
		if err == nil {
			return nil
		}
		if over := sleep(ctx, pollEvery); over != nil {
			return fmt.Errorf("%w: %w", over, err)
		}
	}
}

func produceFirst(ctx context.Context, cl *kgo.Client) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := cl.ProduceSync(attempt, &kgo.Record{Value: []byte("first")}).FirstErr()
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("never acknowledged: %w", err)
		}
	}
}

// runFirst waits for a broker that is starting and times its first acknowledged record: acks=all,
// the topic is created on the way.
func runFirst(ctx context.Context, args []string) (outcome, error) {
	c := newFlags("first", "bench-first")
	exists := c.set.Bool("exists", false, "the topic is there already (a restart)")
	ctx, cancel := c.parse(ctx, args)
	defer cancel()
	begin, err := startTime()
	if err != nil {
		return nil, fmt.Errorf("stdin must say when the broker was started: %w", err)
	}
	elapsed := func() float64 { return milliseconds(time.Now().UnixNano() - begin) }
	if err := waitAnswer(ctx, c.addresses()[0]); err != nil {
		return nil, err
	}
	m := outcome{"first_answer_ms": elapsed()}
	cl, err := c.client(
		kgo.RetryBackoffFn(func(int) time.Duration { return 5 * time.Millisecond }),
		kgo.MetadataMinAge(10*time.Millisecond), kgo.ProducerLinger(0),
		kgo.DefaultProduceTopic(c.topic), kgo.UnknownTopicRetries(-1))
	if err != nil {
		return m, err
	}
	defer cl.Close()
	if !*exists {
		if err := c.createTopic(ctx, kadm.NewClient(cl)); err != nil {
			return m, err
		}
		m["topic_created_ms"] = elapsed()
	}
	if err := produceFirst(ctx, cl); err != nil {
		return m, err
	}
	m["first_ack_ms"] = elapsed()
	for _, pid := range pids(c.watch) {
		cpu, _ := processCPU(pid)
		rss, _ := processMemory(pid)
		m["broker_cpu_s"] = round(cpu, 4)
		m["broker_rss_mib"] = round(float64(rss)/1024, 1)
	}
	return m, nil
}
