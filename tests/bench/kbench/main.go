// kbench: a load generator for any broker that speaks Kafka's protocol. It knows nothing of the
// broker behind it (franz-go, version in go.mod), so that two brokers get exactly the same load.
// Every subcommand prints one JSON line on stdout and exits with 1 when a check failed: loss,
// duplicates, offsets that jump, connections without an answer.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

type outcome = map[string]any

type command struct {
	name, help string
	run        func(ctx context.Context, args []string) (outcome, error)
}

var commands = []command{
	{"first", "time from process start to the first acknowledged record", runFirst},
	{"produce", "produce throughput", runProduce},
	{"consume", "consume throughput", runConsume},
	{"e2e", "latency from due to consumed at a fixed rate", runE2E},
	{"topics", "create and describe N topics of P partitions", runTopics},
	{"groups", "M members join a group; time until it is stable", runGroups},
	{"txn", "copy a topic in transactions, exactly once", runTxn},
	{"compact", "time until a topic is compacted", runCompact},
	{"conns", "C idle connections, all must answer", runConns},
	{"watch", "CPU and memory of processes over an interval, without load", runWatch},
}

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	raiseDescriptorLimit()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	for _, c := range commands {
		if c.name != os.Args[1] {
			continue
		}
		m, err := c.run(ctx, os.Args[2:])
		if m == nil {
			m = outcome{}
		}
		m["command"], m["ok"] = c.name, err == nil
		if err != nil {
			m["error"] = err.Error()
		}
		line, encodeErr := json.Marshal(m)
		if encodeErr != nil {
			panic(encodeErr)
		}
		fmt.Println(string(line))
		if err != nil {
			os.Exit(1)
		}
		return
	}
	usage()
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: kbench SUBCOMMAND [flags]   (SUBCOMMAND -h lists the flags)")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-9s %s\n", c.name, c.help)
	}
	os.Exit(2)
}

func raiseDescriptorLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}
