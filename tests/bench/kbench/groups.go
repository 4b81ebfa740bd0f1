package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ownership follows which member has which partition, from the callbacks of all members.
type ownership struct {
	lock       sync.Mutex
	partitions int
	owners     map[int32]map[int]bool
	last       int64 // time of the last change
	changes    int
	overlaps   int // a partition was given to a second member before the first let go
}

func (o *ownership) give(member int, partitions []int32) {
	o.lock.Lock()
	defer o.lock.Unlock()
	for _, p := range partitions {
		if o.owners[p] == nil {
			o.owners[p] = map[int]bool{}
		}
		o.owners[p][member] = true
		if len(o.owners[p]) > 1 {
			o.overlaps++
		}
		o.changes++
		o.last = now()
	}
}

func (o *ownership) take(member int, partitions []int32) {
	o.lock.Lock()
	defer o.lock.Unlock()
	for _, p := range partitions {
		delete(o.owners[p], member)
		o.changes++
		o.last = now()
	}
}

// takeAll: a closed client owns nothing, whatever its callbacks said.
func (o *ownership) takeAll(member int) {
	o.lock.Lock()
	defer o.lock.Unlock()
	for _, owners := range o.owners {
		if owners[member] {
			delete(owners, member)
			o.last = now()
		}
	}
}

// shares: partitions of each member that has some, and whether each partition has one owner.
func (o *ownership) shares() (shares map[int]int, each bool, last int64) {
	o.lock.Lock()
	defer o.lock.Unlock()
	shares = map[int]int{}
	once := 0
	for _, owners := range o.owners {
		if len(owners) == 1 {
			once++
		}
		for member := range owners {
			shares[member]++
		}
	}
	return shares, once == o.partitions, o.last
}

// settle waits until every member and every partition has its share and nothing changes for a
// while; it gives the time of the last change.
func (o *ownership) settle(ctx context.Context, members int, quiet time.Duration) (int64, error) {
	for {
		shares, each, last := o.shares()
		all := len(shares) >= min(members, o.partitions)
		if each && all && now()-last > int64(quiet) {
			return last, nil
		}
		if sleep(ctx, 20*time.Millisecond) != nil {
			return 0, fmt.Errorf("not stable: %d of %d members own something, each partition "+
				"has one owner: %v", len(shares), members, each)
		}
	}
}

func memberOptions(o *ownership, member int, topic, group string) []kgo.Opt {
	gone := func(_ context.Context, _ *kgo.Client, m map[string][]int32) {
		o.take(member, m[topic])
	}
	return []kgo.Opt{
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.ClientID(fmt.Sprintf("kbench-%d", member)),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, m map[string][]int32) {
			o.give(member, m[topic])
		}),
		kgo.OnPartitionsRevoked(gone), kgo.OnPartitionsLost(gone),
	}
}

// runGroups: members (a client each) of the classic protocol join one group.
func runGroups(ctx context.Context, args []string) (outcome, error) {
	c := newFlags("groups", "bench-groups")
	members := c.set.Int("members", 5, "members")
	quiet := c.set.Duration("quiet", 4*time.Second, "no change for this long: stable")
	leave := c.set.Int("leave", 0, "then this many members leave; time until stable again")
	ctx, cancel := c.parse(ctx, args)
	defer cancel()
	if err := c.ensureTopic(ctx); err != nil {
		return nil, err
	}
	group := fmt.Sprintf("kbench-%d", time.Now().UnixNano())
	o := &ownership{partitions: c.partitions, owners: map[int32]map[int]bool{}}
	var clients []*kgo.Client
	polling, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		var wg sync.WaitGroup
		for _, cl := range clients {
			wg.Go(cl.Close)
		}
		wg.Wait()
	}()
	a := takeSample(c.watch)
	for i := range *members {
		cl, err := c.client(memberOptions(o, i, c.topic, group)...)
		if err != nil {
			return nil, err
		}
		clients = append(clients, cl)
		go func() {
			for polling.Err() == nil && !cl.PollFetches(polling).IsClientClosed() {
			}
		}()
	}
	m := outcome{"members": *members, "partitions": c.partitions}
	stable, err := o.settle(ctx, *members, *quiet)
	if err != nil {
		return m, err
	}
	m["stable_ms"] = milliseconds(stable - a.at)
	if *leave > 0 && *leave < *members {
		begin := now()
		for i := range *leave {
			clients[i].Close()
			o.takeAll(i)
		}
		again, err := o.settle(ctx, *members-*leave, *quiet)
		if err != nil {
			return m, err
		}
		m["left"], m["stable_again_ms"] = *leave, milliseconds(again-begin)
	}
	o.lock.Lock()
	m["changes"], m["overlaps"] = o.changes, o.overlaps
	o.lock.Unlock()
	addUsage(m, a, takeSample(c.watch), 0)
	if o.overlaps > 0 {
		return m, fmt.Errorf("a partition had two owners %d times", o.overlaps)
	}
	return m, nil
}
