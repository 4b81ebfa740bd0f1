package main

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	. "weir.test/clients/scenario"
)

// transactor is a GroupTransactSession when it is a member of a group, else a producer alone.
type transactor struct {
	franz
	client  *kgo.Client
	session *kgo.GroupTransactSession
}

func (f franz) Transactions() Transactor { return &transactor{franz: f} }

func (t *transactor) Open(id string, timeout time.Duration, group, topic string) error {
	options := []kgo.Opt{kgo.SeedBrokers(t.address), kgo.TransactionalID(id),
		kgo.TransactionTimeout(timeout), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(100)}
	if group == "" {
		t.client = t.open(options...)
	} else {
		session, err := kgo.NewGroupTransactSession(append(options, kgo.ConsumerGroup(group),
			kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
			kgo.RequireStableFetchOffsets(), kgo.SessionTimeout(6*time.Second),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
		Must(err)
		t.session, t.client = session, session.Client()
	}
	_, _, err := t.client.ProducerID(background)
	return err
}

func (t *transactor) Begin() error {
	if t.session != nil {
		return t.session.Begin()
	}
	return t.client.BeginTransaction()
}

func (t *transactor) Write(topic string, partition int32, values []string) error {
	var records []*kgo.Record
	for _, each := range values {
		records = append(records,
			&kgo.Record{Topic: topic, Partition: partition, Value: []byte(each)})
	}
	return t.client.ProduceSync(background, records...).FirstErr()
}

// A session knows itself what it polled.
func (t *transactor) End(commit bool, _ []Read) (bool, error) {
	if t.session != nil {
		return t.session.End(background, kgo.TransactionEndTry(commit))
	}
	return commit, t.client.EndTransaction(background, kgo.TransactionEndTry(commit))
}

func (t *transactor) Next(most int) []Read {
	for {
		fetches := t.session.PollRecords(background, most)
		Must(fetches.Err())
		if found := reads(fetches); len(found) > 0 {
			return found
		}
	}
}

func (t *transactor) Follow(topic string, committed bool, each func(Read) bool) {
	isolation := kgo.ReadUncommitted()
	if committed {
		isolation = kgo.ReadCommitted()
	}
	from := map[int32]kgo.Offset{}
	for partition := range int32(Partitions) {
		from[partition] = kgo.NewOffset().AtStart()
	}
	client := t.open(kgo.FetchIsolationLevel(isolation),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	defer client.Close()
	for {
		fetches := client.PollFetches(background)
		Must(fetches.Err())
		for _, record := range reads(fetches) {
			if !each(record) {
				return
			}
		}
	}
}
