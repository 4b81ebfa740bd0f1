// kafka-go with its defaults; what differs is said where it is set.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"

	. "weir.test/clients/scenario"
)

var background = context.Background()

// How long a fetch waits; closing a reader waits for its fetch, by default ten seconds.
const maxWait = 200 * time.Millisecond

type client struct{ address string }

// The default transport remembers metadata for six seconds, which is too long for what is checked.
var transport = &kafka.Transport{MetadataTTL: 50 * time.Millisecond}

func (c client) api() *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(c.address), Transport: transport}
}

func (c client) Create(topic string, partitions int) {
	created, err := c.api().CreateTopics(background, &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: partitions,
			ReplicationFactor: 1}}})
	Must(err)
	Must(created.Errors[topic])
}

var codecs = map[string]kafka.Compression{"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy,
	"lz4": kafka.Lz4, "zstd": kafka.Zstd}

func (c client) Write(topic, codec string, records []Record) []Place {
	places := make([]Place, len(records))
	delivered := 0
	lock := make(chan struct{}, 1)
	writer := &kafka.Writer{Addr: kafka.TCP(c.address), Topic: topic, Compression: codecs[codec],
		Transport:    transport,
		RequiredAcks: kafka.RequireAll,        // the default waits for nothing and knows no offset
		Balancer:     kafka.Murmur2Balancer{}, // the default does not look at keys
		BatchTimeout: 10 * time.Millisecond,   // the default waits for a second
		Completion: func(messages []kafka.Message, err error) {
			lock <- struct{}{}
			for _, each := range messages {
				places[each.WriterData.(int)] = Place{Partition: int32(each.Partition),
					Offset: each.Offset}
				delivered++
			}
			<-lock
		}}
	var messages []kafka.Message
	for index, each := range records {
		message := kafka.Message{Key: each.Key, Value: each.Value, Time: time.UnixMilli(each.Time),
			WriterData: index}
		for _, header := range each.Headers {
			message.Headers = append(message.Headers,
				kafka.Header{Key: header.Name, Value: header.Value})
		}
		messages = append(messages, message)
	}
	Must(writer.WriteMessages(background, messages...))
	Must(writer.Close())
	Ensure(delivered == len(records), "%d of %d were delivered", delivered, len(records))
	return places
}

func read(message kafka.Message) Read {
	made := Read{Place: Place{Partition: int32(message.Partition), Offset: message.Offset},
		Record: Record{Key: message.Key, Value: message.Value, Time: message.Time.UnixMilli()}}
	for _, header := range message.Headers {
		made.Headers = append(made.Headers, Header{Name: header.Key, Value: header.Value})
	}
	return made
}

func (c client) list(topic string, partition int, from kafka.OffsetRequest) kafka.PartitionOffsets {
	from.Partition = partition
	listed, err := c.api().ListOffsets(background, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{topic: {from}}})
	Must(err)
	Must(listed.Topics[topic][0].Error)
	return listed.Topics[topic][0]
}

func (c client) Read(topic string) []Read {
	about, err := c.api().Metadata(background, &kafka.MetadataRequest{Topics: []string{topic}})
	Must(err)
	var found []Read
	for _, each := range about.Topics[0].Partitions {
		end := c.list(topic, each.ID, kafka.LastOffsetOf(each.ID)).LastOffset
		reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{c.address}, Topic: topic,
			Partition: each.ID, MaxWait: maxWait})
		for next := int64(0); next < end; next++ {
			until, cancel := context.WithTimeout(background, Wait)
			message, err := reader.ReadMessage(until)
			Must(err)
			cancel()
			found = append(found, read(message))
		}
		Must(reader.Close())
	}
	Sort(found)
	return found
}

// member is a Reader; what it owns is asked of the broker, by the id of its client.
type member struct {
	client
	reader      *kafka.Reader
	name, group string
	last        []kafka.Message
}

func (c client) Join(name, group, topic string) Member {
	return &member{client: c, name: name, group: group, reader: kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{c.address}, GroupID: group, Topic: topic, StartOffset: kafka.FirstOffset,
		MaxWait: maxWait,
		Dialer:  &kafka.Dialer{ClientID: name, Timeout: 10 * time.Second, DualStack: true}})}
}

func (m *member) Next(wait time.Duration) []Read {
	until, cancel := context.WithTimeout(background, wait)
	defer cancel()
	var found []Read
	for len(found) < 100 {
		message, err := m.reader.FetchMessage(until)
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		Must(err)
		m.last = append(m.last, message)
		found = append(found, read(message))
	}
	return found
}

func (m *member) Commit() {
	Must(m.reader.CommitMessages(background, m.last...))
	m.last = nil
}

func (m *member) Close() { Must(m.reader.Close()) }

func (m *member) Owned() []int32 {
	described := m.describe(m.group)
	var owned []int32
	for _, each := range described.Members {
		if each.ClientID != m.name || described.GroupState != "Stable" {
			continue
		}
		for _, topic := range each.MemberAssignments.Topics {
			for _, partition := range topic.Partitions {
				owned = append(owned, int32(partition))
			}
		}
	}
	return owned
}

func (c client) describe(group string) kafka.DescribeGroupsResponseGroup {
	described, err := c.api().DescribeGroups(background,
		&kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	Must(err)
	Must(described.Groups[0].Error)
	return described.Groups[0]
}

func (c client) Admin(topic, group string, records []Record) {
	api := c.api()
	c.groups(topic, group, records)
	since := c.list(topic, 0, kafka.TimeOffsetOf(0, time.UnixMilli(records[len(records)/2].Time)))
	Ensure(len(since.Offsets) == 1, "since %+v", since)

	again, err := api.CreateTopics(background, &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}}})
	Must(err)
	Ensure(errors.Is(again.Errors[topic], kafka.TopicAlreadyExists), "again %+v", again)
	grown, err := api.CreatePartitions(background, &kafka.CreatePartitionsRequest{
		Topics: []kafka.TopicPartitionsConfig{{Name: topic, Count: 5}}})
	Must(err)
	Must(grown.Errors[topic])
	for deadline := time.Now().Add(Wait); ; {
		about, err := api.Metadata(background, &kafka.MetadataRequest{Topics: []string{topic}})
		Must(err)
		if len(about.Topics[0].Partitions) == 5 {
			break
		}
		Ensure(time.Now().Before(deadline), "described %+v", about.Topics[0])
	}
	_, err = api.IncrementalAlterConfigs(background, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "retention.ms",
				Value: "7200000", ConfigOperation: kafka.ConfigOperationSet}}}}})
	Must(err)
	configs, err := api.DescribeConfigs(background, &kafka.DescribeConfigsRequest{
		Resources: []kafka.DescribeConfigRequestResource{{ResourceType: kafka.ResourceTypeTopic,
			ResourceName: topic, ConfigNames: []string{"retention.ms"}}}})
	Must(err)
	Ensure(configs.Resources[0].ConfigEntries[0].ConfigValue == "7200000", "configs %+v", configs)
	deleted, err := api.DeleteTopics(background, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	Must(err)
	Must(deleted.Errors[topic])

	// The oldest way in: a connection to the controller.
	connection, err := kafka.Dial("tcp", c.address)
	Must(err)
	controller, err := connection.Controller()
	Must(err)
	Ensure(net.JoinHostPort(controller.Host, fmt.Sprint(controller.Port)) == c.address,
		"the controller is %+v", controller)
	left, err := connection.ReadPartitions()
	Must(err)
	Ensure(!slices.ContainsFunc(left, func(each kafka.Partition) bool { return each.Topic == topic }),
		"the topic is gone")
	Must(connection.Close())
}

func (c client) groups(topic, group string, records []Record) {
	api := c.api()
	listed, err := api.ListGroups(background, &kafka.ListGroupsRequest{})
	Must(err)
	Ensure(slices.ContainsFunc(listed.Groups, func(each kafka.ListGroupsResponseGroup) bool {
		return each.GroupID == group
	}), "listed %+v", listed)
	Ensure(c.describe(group).GroupState == "Empty", "described %+v", c.describe(group))
	committed, err := api.OffsetFetch(background, &kafka.OffsetFetchRequest{GroupID: group,
		Topics: map[string][]int{topic: {0, 1, 2}}})
	Must(err)
	total := int64(0)
	for _, each := range committed.Topics[topic] {
		total += each.CommittedOffset
	}
	Ensure(total == int64(len(records)), "committed %d", total)
	deleted, err := api.DeleteGroups(background, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}})
	Must(err)
	Must(deleted.Errors[group])
}

func main() {
	EmptyIsNull = true
	Main("kafka-go", func(address string) Client { return client{address} })
}
