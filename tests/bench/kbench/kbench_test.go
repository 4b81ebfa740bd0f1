package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type subcommand = func(context.Context, []string) (outcome, error)

func TestQuantiles(t *testing.T) {
	v := make([]int64, 1000)
	for i := range v {
		v[999-i] = int64(i+1) * 1e6
	}
	q := quantiles(v)
	for name, want := range map[string]float64{
		"min": 1, "p50": 500, "p99": 990, "p99_9": 999, "max": 1000,
	} {
		if q[name] != want {
			t.Errorf("%s is %v, not %v", name, q[name], want)
		}
	}
}

// The clock of a process, asked from outside, is what the process itself is told.
func TestProcessCPU(t *testing.T) {
	before := takeSample("").client
	seen, alive := processCPU(os.Getpid())
	after := takeSample("").client
	if !alive || seen < before-0.001 || seen > after+0.001 {
		t.Fatalf("%v is not between %v and %v", seen, before, after)
	}
}

func startBroker(t *testing.T) (*kfake.Cluster, []string) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	brokers := strings.Join(c.ListenAddrs(), ",")
	return c, []string{"--brokers", brokers, "--timeout", "60s"}
}

func mustRun(t *testing.T, f subcommand, flags []string, more ...string) outcome {
	t.Helper()
	m, err := f(context.Background(), append(flags[:len(flags):len(flags)], more...))
	if err != nil {
		t.Fatalf("%v: %v", more, err)
	}
	return m
}

func mustFail(t *testing.T, f subcommand, flags []string, more ...string) {
	t.Helper()
	m, err := f(context.Background(), append(flags[:len(flags):len(flags)], more...))
	if err == nil {
		t.Fatalf("%v: the fault was not seen: %v", more, m)
	}
	t.Log(err)
}

func TestProduceAndConsume(t *testing.T) {
	_, flags := startBroker(t)
	for _, spread := range []string{"sticky", "even", "key"} {
		topic := []string{"--topic", spread}
		m := mustRun(t, runProduce, append(flags, topic...), "--count", "5001", "--spread", spread,
			"--producers", "2", "--compression", "lz4")
		if m["acked"] != int64(5001) || m["stored"] != int64(5001) {
			t.Fatal(m)
		}
		m = mustRun(t, runConsume, append(flags, topic...), "--expect", "5001")
		if m["records"] != int64(5001) || m["value_bytes"] != int64(500100) {
			t.Fatal(m)
		}
		mustFail(t, runConsume, append(flags, topic...), "--expect", "5002")
	}
}

func TestLatency(t *testing.T) {
	_, flags := startBroker(t)
	m := mustRun(t, runE2E, flags, "--rate", "500", "--duration", "1s", "--warmup", "200ms")
	if m["measured"] != 500 {
		t.Fatal(m)
	}
}

func TestTopics(t *testing.T) {
	_, flags := startBroker(t)
	flags = append(flags, "--topics", "5", "--partitions", "4")
	mustRun(t, runTopics, flags)
	m := mustRun(t, runTopics, flags, "--create=false", "--write=false", "--delete")
	if m["partitions"] != 20 {
		t.Fatal(m)
	}
	mustFail(t, runTopics, append(flags, "--timeout", "2s"), "--create=false", "--write=false")
}

func TestGroups(t *testing.T) {
	_, flags := startBroker(t)
	m := mustRun(t, runGroups, flags, "--members", "3", "--quiet", "1s", "--leave", "1")
	if m["left"] != 1 {
		t.Fatal(m)
	}
}

func TestTransactions(t *testing.T) {
	_, flags := startBroker(t)
	m := mustRun(t, runTxn, flags, "--count", "2000", "--batch", "50", "--abort-every", "5")
	if m["missing"] != int64(0) || m["aborted"] == int64(0) {
		t.Fatal(m)
	}
}

func TestConnections(t *testing.T) {
	_, flags := startBroker(t)
	m := mustRun(t, runConns, flags, "--connections", "50", "--hold", "100ms")
	if m["unanswered"] != int64(0) {
		t.Fatal(m)
	}
}

func TestFirst(t *testing.T) {
	_, flags := startBroker(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	os.Stdin = read
	defer func() { os.Stdin = stdin }()
	begin := time.Now().Add(-time.Second).UnixNano()
	if _, err := write.WriteString(strconv.FormatInt(begin, 10) + "\n"); err != nil {
		t.Fatal(err)
	}
	m := mustRun(t, runFirst, flags, "--partitions", "1")
	if m["first_ack_ms"].(float64) < 1000 {
		t.Fatal(m)
	}
}

// loseSome makes a broker that acknowledges each tenth request to produce without storing it.
func loseSome(c *kfake.Cluster) {
	var n atomic.Int64
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if n.Add(1)%10 != 0 {
			return nil, nil, false
		}
		req := r.(*kmsg.ProduceRequest)
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range req.Topics {
			told := kmsg.NewProduceResponseTopic()
			told.Topic, told.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				partition := kmsg.NewProduceResponseTopicPartition()
				partition.Partition, partition.BaseOffset = p.Partition, 1000000
				told.Partitions = append(told.Partitions, partition)
			}
			resp.Topics = append(resp.Topics, told)
		}
		return resp, nil, true
	})
}

func TestLossIsSeenByProduce(t *testing.T) {
	c, flags := startBroker(t)
	loseSome(c)
	mustFail(t, runProduce, flags, "--count", "50000", "--batch-bytes", "20000",
		"--settle", "200ms")
}

func TestLossIsSeenByLatency(t *testing.T) {
	c, flags := startBroker(t)
	loseSome(c)
	mustFail(t, runE2E, flags, "--rate", "500", "--duration", "1s", "--warmup", "0s",
		"--drain", "500ms")
}
