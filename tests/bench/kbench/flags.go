package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// common is what every subcommand takes.
type common struct {
	set         *flag.FlagSet
	brokers     string
	topic       string
	partitions  int
	topicConfig string
	watch       string
	timeout     time.Duration
}

func newFlags(name, topic string) *common {
	c := &common{set: flag.NewFlagSet(name, flag.ExitOnError)}
	c.set.StringVar(&c.brokers, "brokers", "127.0.0.1:9092", "bootstrap servers, comma-separated")
	c.set.StringVar(&c.topic, "topic", topic, "topic")
	c.set.IntVar(&c.partitions, "partitions", 6, "partitions of a topic that is created")
	c.set.StringVar(&c.topicConfig, "topic-config", "", "k=v,k=v of a topic that is created")
	c.set.StringVar(&c.watch, "watch-pids", "", "broker pids, comma-separated")
	c.set.DurationVar(&c.timeout, "timeout", 5*time.Minute, "give up after this long")
	return c
}

func (c *common) parse(ctx context.Context, args []string) (context.Context, context.CancelFunc) {
	_ = c.set.Parse(args)
	if c.set.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "unexpected argument:", c.set.Arg(0))
		os.Exit(2)
	}
	return context.WithTimeout(ctx, c.timeout)
}

func (c *common) addresses() []string { return strings.Split(c.brokers, ",") }

func (c *common) client(opts ...kgo.Opt) (*kgo.Client, error) {
	first := []kgo.Opt{kgo.SeedBrokers(c.addresses()...), kgo.ClientID("kbench")}
	return kgo.NewClient(append(first, opts...)...)
}

func (c *common) configMap() map[string]*string {
	m := map[string]*string{}
	for _, pair := range strings.Split(c.topicConfig, ",") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			m[k] = &v
		}
	}
	return m
}

// produceFlags is what the subcommands that produce take.
type produceFlags struct {
	acks, compression string
	linger            time.Duration
	batchBytes        int
	idempotent        bool
	inflight          int
	buffered          int
	retryBackoff      time.Duration
}

func (p *produceFlags) add(c *common, linger time.Duration) {
	c.set.StringVar(&p.acks, "acks", "all", "0, 1 or all")
	c.set.StringVar(&p.compression, "compression", "none", "none, gzip, snappy, lz4 or zstd")
	c.set.DurationVar(&p.linger, "linger", linger, "producer linger")
	c.set.IntVar(&p.batchBytes, "batch-bytes", 1000012, "largest record batch")
	c.set.BoolVar(&p.idempotent, "idempotent", false, "idempotent producer (needs acks=all)")
	c.set.IntVar(&p.inflight, "inflight", 5, "requests in flight a broker")
	c.set.IntVar(&p.buffered, "buffered", 100000, "records buffered a client")
	c.set.DurationVar(&p.retryBackoff, "retry-backoff", 50*time.Millisecond,
		"wait before a retry, also the least age of metadata")
}

func (p *produceFlags) options() ([]kgo.Opt, error) {
	acks := map[string]kgo.Acks{
		"0": kgo.NoAck(), "1": kgo.LeaderAck(), "all": kgo.AllISRAcks(),
	}
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(),
		"zstd": kgo.ZstdCompression(),
	}
	wanted, known := acks[p.acks]
	if !known {
		return nil, fmt.Errorf("--acks %q: 0, 1 or all", p.acks)
	}
	codec, known := codecs[p.compression]
	if !known {
		return nil, fmt.Errorf("--compression %q is not known", p.compression)
	}
	if p.idempotent && p.acks != "all" {
		return nil, fmt.Errorf("--idempotent needs --acks all")
	}
	backoff := func(int) time.Duration { return p.retryBackoff }
	opts := []kgo.Opt{
		kgo.RequiredAcks(wanted),
		kgo.ProducerBatchCompression(codec),
		kgo.ProducerLinger(p.linger),
		kgo.ProducerBatchMaxBytes(int32(p.batchBytes)),
		kgo.MaxBufferedRecords(p.buffered),
		kgo.RetryBackoffFn(backoff),
		kgo.MetadataMinAge(p.retryBackoff),
	}
	if !p.idempotent {
		opts = append(opts, kgo.DisableIdempotentWrite(),
			kgo.MaxProduceRequestsInflightPerBroker(p.inflight))
	}
	return opts, nil
}
