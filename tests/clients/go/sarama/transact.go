package main

import (
	"errors"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"

	. "weir.test/clients/scenario"
)

// transactor is a transactional AsyncProducer and a member of a group.
type transactor struct {
	client
	producer     sarama.AsyncProducer
	member       *member
	group, topic string
}

func (c client) Transactions() Transactor { return &transactor{client: c} }

// named gives an error the name that Kafka has for its code.
func named(err error) error {
	var code sarama.KError
	if errors.As(err, &code) {
		return kerr.ErrorForCode(int16(code))
	}
	return err
}

func (t *transactor) Open(id string, timeout time.Duration, group, topic string) error {
	config := settings()
	config.Producer.Transaction.ID = id
	config.Producer.Transaction.Timeout = timeout
	config.Producer.Idempotent = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Net.MaxOpenRequests = 1 // an idempotent producer must have it
	producer, err := sarama.NewAsyncProducer(t.address, config)
	if err != nil {
		return named(err)
	}
	t.producer, t.group, t.topic = producer, group, topic
	if group != "" {
		t.rejoin()
	}
	return nil
}

func (t *transactor) rejoin() {
	if t.member != nil {
		t.member.Close()
	}
	config := settings()
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	t.member = t.join(config, t.group, t.topic)
}

func (t *transactor) Begin() error { return named(t.producer.BeginTxn()) }

func (t *transactor) Write(topic string, partition int32, values []string) error {
	for _, each := range values {
		t.producer.Input() <- &sarama.ProducerMessage{Topic: topic, Partition: partition,
			Value: sarama.StringEncoder(each)}
	}
	for range values {
		select {
		case <-t.producer.Successes():
		case failed := <-t.producer.Errors():
			return named(failed.Err)
		}
	}
	return nil
}

// End, after an abort, joins again: a session cannot go back.
func (t *transactor) End(commit bool, read []Read) (bool, error) {
	offsets := map[string][]*sarama.PartitionOffsetMetadata{}
	for _, each := range read {
		offsets[t.topic] = append(offsets[t.topic], &sarama.PartitionOffsetMetadata{
			Partition: each.Partition, Offset: each.Offset + 1})
	}
	if len(read) > 0 {
		Must(t.producer.AddOffsetsToTxn(offsets, t.group))
	}
	if commit {
		return true, named(t.producer.CommitTxn())
	}
	err := named(t.producer.AbortTxn())
	if t.member != nil {
		t.rejoin()
	}
	return false, err
}

func (t *transactor) Next(most int) []Read {
	for {
		if found := t.member.next(100*time.Millisecond, most); len(found) > 0 {
			return found
		}
	}
}

func (t *transactor) Follow(topic string, committed bool, each func(Read) bool) {
	config := settings()
	if committed {
		config.Consumer.IsolationLevel = sarama.ReadCommitted
	}
	consumer, err := sarama.NewConsumer(t.address, config)
	Must(err)
	defer consumer.Close()
	records := make(chan Read)
	done := make(chan struct{})
	defer close(done)
	for partition := range int32(Partitions) {
		stream, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		Must(err)
		defer stream.AsyncClose()
		go func() {
			for message := range stream.Messages() {
				select {
				case records <- read(message):
				case <-done:
				}
			}
		}()
	}
	for each(<-records) {
	}
}
