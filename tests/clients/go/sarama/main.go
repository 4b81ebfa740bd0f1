// sarama with its defaults; what differs is said where it is set.
package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"

	. "weir.test/clients/scenario"
)

type client struct{ address []string }

func settings() *sarama.Config {
	made := sarama.NewConfig()
	made.Producer.Return.Successes = true               // a SyncProducer must have it
	made.Producer.RequiredAcks = sarama.WaitForAll      // the default waits for the leader alone
	made.Consumer.Offsets.Initial = sarama.OffsetOldest // groups begin at the beginning
	made.Consumer.Group.Rebalance.Timeout = time.Minute / 4
	return made
}

func (c client) admin() sarama.ClusterAdmin {
	admin, err := sarama.NewClusterAdmin(c.address, settings())
	Must(err)
	return admin
}

func (c client) Create(topic string, partitions int) {
	admin := c.admin()
	defer admin.Close()
	Must(admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: int32(partitions),
		ReplicationFactor: 1}, false))
}

var codecs = map[string]sarama.CompressionCodec{"none": sarama.CompressionNone,
	"gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD}

func encoder(data []byte) sarama.Encoder {
	if data == nil {
		return nil
	}
	return sarama.ByteEncoder(data)
}

func (c client) Write(topic, codec string, records []Record) []Place {
	config := settings()
	config.Producer.Compression = codecs[codec]
	producer, err := sarama.NewSyncProducer(c.address, config)
	Must(err)
	defer producer.Close()
	var messages []*sarama.ProducerMessage
	for _, each := range records {
		message := &sarama.ProducerMessage{Topic: topic, Key: encoder(each.Key),
			Value: encoder(each.Value), Timestamp: time.UnixMilli(each.Time)}
		for _, header := range each.Headers {
			message.Headers = append(message.Headers,
				sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value})
		}
		messages = append(messages, message)
	}
	Must(producer.SendMessages(messages))
	var places []Place
	for _, each := range messages {
		places = append(places, Place{Partition: each.Partition, Offset: each.Offset})
	}
	return places
}

func read(message *sarama.ConsumerMessage) Read {
	made := Read{Place: Place{Partition: message.Partition, Offset: message.Offset},
		Record: Record{Key: message.Key, Value: message.Value, Time: message.Timestamp.UnixMilli()}}
	for _, header := range message.Headers {
		made.Headers = append(made.Headers, Header{Name: string(header.Key), Value: header.Value})
	}
	return made
}

func (c client) Read(topic string) []Read {
	connection, err := sarama.NewClient(c.address, settings())
	Must(err)
	consumer, err := sarama.NewConsumerFromClient(connection)
	Must(err)
	defer connection.Close()
	defer consumer.Close()
	partitions, err := consumer.Partitions(topic)
	Must(err)
	var found []Read
	for _, each := range partitions {
		end, err := connection.GetOffset(topic, each, sarama.OffsetNewest)
		Must(err)
		stream, err := consumer.ConsumePartition(topic, each, sarama.OffsetOldest)
		Must(err)
		for next := int64(0); next < end; next++ {
			select {
			case message := <-stream.Messages():
				found = append(found, read(message))
			case <-time.After(Wait):
				panic("a record did not come")
			}
		}
		Must(stream.Close())
	}
	Sort(found)
	return found
}

// member runs a ConsumerGroup and hands on what its sessions get.
type member struct {
	group   sarama.ConsumerGroup
	found   chan *sarama.ConsumerMessage
	stop    context.CancelFunc
	ended   sync.WaitGroup
	lock    sync.Mutex
	session sarama.ConsumerGroupSession
	owned   []int32
	topic   string
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.session, m.owned = session, session.Claims()[m.topic]
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.session, m.owned = nil, nil
	return nil
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession,
	claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		select {
		case m.found <- message:
		case <-session.Context().Done():
			return nil
		}
	}
	return nil
}

func (c client) Join(name, group, topic string) Member {
	config := settings()
	config.ClientID = name
	return c.join(config, group, topic)
}

func (c client) join(config *sarama.Config, group, topic string) *member {
	joined, err := sarama.NewConsumerGroup(c.address, group, config)
	Must(err)
	until, stop := context.WithCancel(context.Background())
	made := &member{group: joined, found: make(chan *sarama.ConsumerMessage), stop: stop,
		topic: topic}
	made.ended.Add(1)
	go func() {
		defer made.ended.Done()
		for until.Err() == nil {
			err := joined.Consume(until, []string{topic}, made)
			if !errors.Is(err, sarama.ErrClosedConsumerGroup) {
				Must(err)
			}
		}
	}()
	return made
}

func (m *member) Next(wait time.Duration) []Read { return m.next(wait, 100) }

func (m *member) next(wait time.Duration, most int) []Read {
	var found []Read
	for deadline := time.After(wait); ; {
		select {
		case message := <-m.found:
			found = append(found, read(message))
			m.lock.Lock()
			if m.session != nil {
				m.session.MarkMessage(message, "")
			}
			m.lock.Unlock()
			if len(found) >= most {
				return found
			}
		case <-deadline:
			return found
		}
	}
}

func (m *member) Commit() {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.session.Commit()
}

func (m *member) Close() {
	m.stop()
	Must(m.group.Close())
	m.ended.Wait()
}

func (m *member) Owned() []int32 {
	m.lock.Lock()
	defer m.lock.Unlock()
	return slices.Clone(m.owned)
}

func (c client) Admin(topic, group string, records []Record) {
	admin := c.admin()
	defer admin.Close()
	groups(admin, topic, group, records)
	connection, err := sarama.NewClient(c.address, settings())
	Must(err)
	defer connection.Close()
	since, err := connection.GetOffset(topic, 0, records[len(records)/2].Time)
	Must(err)
	end, err := connection.GetOffset(topic, 0, sarama.OffsetNewest)
	Must(err)
	Ensure(since > 0 && since < end, "since %d, end %d", since, end)

	err = admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
	Ensure(errors.Is(err, sarama.ErrTopicAlreadyExists), "created again: %v", err)
	Must(admin.CreatePartitions(topic, 5, nil, false))
	about, err := admin.DescribeTopics([]string{topic})
	Must(err)
	Ensure(len(about[0].Partitions) == 5, "described %+v", about[0])
	value := "7200000"
	Must(admin.IncrementalAlterConfig(sarama.TopicResource, topic,
		map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {
			Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}}, false))
	configs, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource,
		Name: topic, ConfigNames: []string{"retention.ms"}})
	Must(err)
	Ensure(len(configs) == 1 && configs[0].Value == value, "configs %+v", configs)
	Must(admin.DeleteRecords(topic, map[int32]int64{1: 7}))
	start, err := connection.GetOffset(topic, 1, sarama.OffsetOldest)
	Must(err)
	Ensure(start == 7, "the first offset is %d", start)
	brokers, controller, err := admin.DescribeCluster()
	Must(err)
	Ensure(len(brokers) == 1 && controller == brokers[0].ID(), "cluster %v %d", brokers, controller)
	Must(admin.DeleteTopic(topic))
	topics, err := admin.ListTopics()
	Must(err)
	_, there := topics[topic]
	Ensure(!there, "the topic is gone")
}

func groups(admin sarama.ClusterAdmin, topic, group string, records []Record) {
	listed, err := admin.ListConsumerGroups()
	Must(err)
	Ensure(listed[group] == "consumer", "listed %v", listed)
	described, err := admin.DescribeConsumerGroups([]string{group})
	Must(err)
	Ensure(described[0].State == "Empty", "described %+v", described[0])
	committed, err := admin.ListConsumerGroupOffsets(group, nil)
	Must(err)
	total := int64(0)
	for _, each := range committed.Blocks[topic] {
		total += each.Offset
	}
	Ensure(total == int64(len(records)), "committed %d", total)
	Must(admin.DeleteConsumerGroupOffset(group, topic, 0))
	Must(admin.DeleteConsumerGroup(group))
}

func main() {
	Main("sarama", func(address string) Client { return client{[]string{address}} })
}
