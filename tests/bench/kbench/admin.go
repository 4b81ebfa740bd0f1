package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ensureTopic creates the topic (unless it exists) and waits for its leaders.
func (c *common) ensureTopic(ctx context.Context) error {
	cl, err := c.client(kgo.MetadataMinAge(20 * time.Millisecond))
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	if err := c.createTopic(ctx, adm); err != nil {
		return err
	}
	return waitLeaders(ctx, adm, c.topic)
}

// createTopic tries again while a broker that has just started has no node to place it on.
func (c *common) createTopic(ctx context.Context, adm *kadm.Client) error {
	for {
		r, err := adm.CreateTopics(ctx, int32(c.partitions), 1, c.configMap(), c.topic)
		if err == nil {
			err = r[c.topic].Err
		}
		if err == nil || errors.Is(err, kerr.TopicAlreadyExists) {
			return nil
		}
		if !errors.Is(err, kerr.InvalidReplicationFactor) && !kerr.IsRetriable(err) {
			return fmt.Errorf("create topic %s: %w", c.topic, err)
		}
		if sleep(ctx, 50*time.Millisecond) != nil {
			return fmt.Errorf("create topic %s: %w", c.topic, err)
		}
	}
}

func haveLeaders(m kadm.Metadata, topics []string) bool {
	for _, t := range topics {
		detail, known := m.Topics[t]
		if !known || detail.Err != nil || len(detail.Partitions) == 0 {
			return false
		}
		for _, p := range detail.Partitions {
			if p.Leader < 0 || p.Err != nil {
				return false
			}
		}
	}
	return true
}

func waitLeaders(ctx context.Context, adm *kadm.Client, topics ...string) error {
	for {
		m, err := adm.Metadata(ctx, topics...)
		if err == nil && haveLeaders(m, topics) {
			return nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("waiting for leaders: %w", err)
		}
	}
}

func waitGone(ctx context.Context, adm *kadm.Client, topics ...string) error {
	for {
		m, err := adm.Metadata(ctx, topics...)
		left := 0
		if err == nil {
			for _, t := range topics {
				if detail, known := m.Topics[t]; known && detail.Err == nil {
					left++
				}
			}
			if left == 0 {
				return nil
			}
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("%d topics are still there: %w", left, err)
		}
	}
}

// span is what a topic holds: partition -> first offset, partition -> next offset.
type span struct {
	start, end map[int32]int64
	total      int64
}

func (c *common) span(ctx context.Context) (span, error) {
	s := span{start: map[int32]int64{}, end: map[int32]int64{}}
	cl, err := c.client()
	if err != nil {
		return s, err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	starts, err := adm.ListStartOffsets(ctx, c.topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return s, fmt.Errorf("first offsets of %s: %w", c.topic, err)
	}
	ends, err := adm.ListEndOffsets(ctx, c.topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return s, fmt.Errorf("end offsets of %s: %w", c.topic, err)
	}
	starts.Each(func(o kadm.ListedOffset) { s.start[o.Partition] = o.Offset })
	ends.Each(func(o kadm.ListedOffset) {
		s.end[o.Partition] = o.Offset
		s.total += o.Offset - s.start[o.Partition]
	})
	return s, nil
}
