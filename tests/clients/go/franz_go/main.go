// franz-go with its defaults: an idempotent producer, cooperative-sticky groups, its admin client.
package main

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	. "weir.test/clients/scenario"
)

var background = context.Background()

type franz struct{ address string }

func (f franz) open(options ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(f.address))...)
	Must(err)
	return client
}

func (f franz) admin() *kadm.Client { return kadm.NewClient(f.open()) }

func (f franz) Create(topic string, partitions int) {
	admin := f.admin()
	defer admin.Close()
	created, err := admin.CreateTopic(background, int32(partitions), -1, nil, topic)
	Must(err)
	Must(created.Err)
	Ensure(created.NumPartitions == int32(partitions), "created %+v", created)
}

var codecs = map[string]kgo.CompressionCodec{"none": kgo.NoCompression(),
	"gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(),
	"zstd": kgo.ZstdCompression()}

func (f franz) Write(topic, codec string, records []Record) []Place {
	client := f.open(kgo.ProducerBatchCompression(codecs[codec]))
	defer client.Close()
	var written []*kgo.Record
	for _, each := range records {
		record := &kgo.Record{Topic: topic, Key: each.Key, Value: each.Value,
			Timestamp: time.UnixMilli(each.Time)}
		for _, header := range each.Headers {
			record.Headers = append(record.Headers,
				kgo.RecordHeader{Key: header.Name, Value: header.Value})
		}
		written = append(written, record)
	}
	Must(client.ProduceSync(background, written...).FirstErr())
	var places []Place
	for _, each := range written {
		places = append(places, Place{Partition: each.Partition, Offset: each.Offset})
	}
	return places
}

func read(record *kgo.Record) Read {
	Ensure(record.Attrs.TimestampType() == 0, "the timestamp is CreateTime")
	made := Read{Place: Place{Partition: record.Partition, Offset: record.Offset},
		Record: Record{Key: record.Key, Value: record.Value, Time: record.Timestamp.UnixMilli()}}
	for _, header := range record.Headers {
		made.Headers = append(made.Headers, Header{Name: header.Key, Value: header.Value})
	}
	return made
}

func poll(client *kgo.Client, wait time.Duration) []Read {
	until, cancel := context.WithTimeout(background, wait)
	defer cancel()
	fetches := client.PollFetches(until)
	for _, each := range fetches.Errors() {
		Ensure(each.Err == context.DeadlineExceeded, "fetching: %v", each)
	}
	return reads(fetches)
}

func reads(fetches kgo.Fetches) (found []Read) {
	fetches.EachRecord(func(record *kgo.Record) { found = append(found, read(record)) })
	return found
}

func (f franz) Read(topic string) []Read {
	admin := f.admin()
	ends, err := admin.ListEndOffsets(background, topic)
	Must(err)
	admin.Close()
	count := int64(0)
	from := map[int32]kgo.Offset{}
	ends.Each(func(each kadm.ListedOffset) {
		count += each.Offset
		from[each.Partition] = kgo.NewOffset().AtStart()
	})
	client := f.open(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	defer client.Close()
	var found []Read
	for deadline := time.Now().Add(Wait); int64(len(found)) < count; {
		Ensure(time.Now().Before(deadline), "%d of %d records were read", len(found), count)
		found = append(found, poll(client, time.Second)...)
	}
	Sort(found)
	return found
}

type member struct {
	client *kgo.Client
	lock   sync.Mutex
	owned  []int32
}

// How the members of this run are grouped: by the coordinator (KIP-848), or by one of them.
func isConsumerProtocol() bool { return os.Getenv("GROUP_PROTOCOL") == "consumer" }

func state(admin *kadm.Client, group string) string {
	if isConsumerProtocol() {
		described, err := admin.DescribeConsumerGroups(background, group)
		Must(err)
		Must(described[group].Err)
		return described[group].State
	}
	described, err := admin.DescribeGroups(background, group)
	Must(err)
	Must(described[group].Err)
	return described[group].State
}

func (f franz) Join(name, group, topic string) Member {
	made := &member{}
	taken := func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
		made.lock.Lock()
		defer made.lock.Unlock()
		made.owned = slices.DeleteFunc(made.owned, func(each int32) bool {
			return slices.Contains(partitions[topic], each)
		})
	}
	options := []kgo.Opt{kgo.ClientID(name), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, given map[string][]int32) {
			made.lock.Lock()
			defer made.lock.Unlock()
			made.owned = append(made.owned, given[topic]...)
		}), kgo.OnPartitionsRevoked(taken), kgo.OnPartitionsLost(taken)}
	// KIP-848: the coordinator assigns.
	if isConsumerProtocol() {
		options = append(options, kgo.Balancers(kgo.StickyBalancer()), kgo.ServerSideBalancer())
	}
	made.client = f.open(options...)
	return made
}

func (m *member) Next(wait time.Duration) []Read { return poll(m.client, wait) }
func (m *member) Commit()                        { Must(m.client.CommitUncommittedOffsets(background)) }
func (m *member) Close()                         { m.client.Close() }
func (m *member) Owned() []int32 {
	m.lock.Lock()
	defer m.lock.Unlock()
	return slices.Clone(m.owned)
}

func (f franz) Admin(topic, group string, records []Record) {
	admin := f.admin()
	defer admin.Close()
	offsets(admin, topic, records)
	groups(admin, topic, group, records)
	topics(admin, topic)
}

func sum(listed kadm.ListedOffsets, err error) int64 {
	Must(err)
	Must(listed.Error())
	total := int64(0)
	listed.Each(func(each kadm.ListedOffset) { total += each.Offset })
	return total
}

func offsets(admin *kadm.Client, topic string, records []Record) {
	count := int64(len(records))
	Ensure(sum(admin.ListStartOffsets(background, topic)) == 0, "the first offsets")
	Ensure(sum(admin.ListEndOffsets(background, topic)) == count, "the end offsets")
	Ensure(sum(admin.ListCommittedOffsets(background, topic)) == count, "the stable offsets")
	Ensure(sum(admin.ListMaxTimestampOffsets(background, topic)) == count-Partitions, "youngest")
	half := sum(admin.ListOffsetsAfterMilli(background, records[count/2].Time, topic))
	Ensure(half > 0 && half < count, "since %d", half)
}

func groups(admin *kadm.Client, topic, group string, records []Record) {
	listed, err := admin.ListGroups(background)
	Must(err)
	Ensure(slices.Contains(listed.Groups(), group), "listed %v", listed.Groups())
	Ensure(state(admin, group) == "Empty", "described as %s", state(admin, group))
	committed, err := admin.FetchOffsets(background, group)
	Must(err)
	total := int64(0)
	committed.Each(func(each kadm.OffsetResponse) { total += each.At })
	Ensure(total == int64(len(records)), "committed %+v", committed)
	lag, err := admin.Lag(background, group)
	Must(err)
	Ensure(lag[group].Lag.Total() == 0, "lag %+v", lag)
	back := kadm.Offsets{}
	back.AddOffset(topic, 0, 5, -1)
	Must(admin.CommitAllOffsets(background, group, back))
	committed, err = admin.FetchOffsets(background, group)
	Must(err)
	at, _ := committed.Lookup(topic, 0)
	Ensure(at.At == 5, "committed %+v", at)
	deleted, err := admin.DeleteGroup(background, group)
	Must(err)
	Must(deleted.Err)
}

func topics(admin *kadm.Client, topic string) {
	created, err := admin.CreateTopic(background, 1, 1, nil, topic)
	_ = created
	Ensure(err == kerr.TopicAlreadyExists, "created again: %v", err)
	grown, err := admin.UpdatePartitions(background, 5, topic)
	Must(err)
	Must(grown.Error())
	about, err := admin.ListTopics(background, topic)
	Must(err)
	Ensure(len(about[topic].Partitions) == 5 && about[topic].ID != kadm.TopicID{}, "%+v", about)
	value := "7200000"
	_, err = admin.AlterTopicConfigs(background, []kadm.AlterConfig{
		{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, topic)
	Must(err)
	configs, err := admin.DescribeTopicConfigs(background, topic)
	Must(err)
	found := slices.IndexFunc(configs[0].Configs, func(each kadm.Config) bool {
		return each.Key == "retention.ms" && each.MaybeValue() == value
	})
	Ensure(found >= 0, "configs %+v", configs)
	low, err := admin.DeleteRecords(background, kadm.Offsets{topic: {1: {Topic: topic, Partition: 1,
		At: 7}}})
	Must(err)
	Must(low.Error())
	starts, err := admin.ListStartOffsets(background, topic)
	Must(err)
	Ensure(starts[topic][1].Offset == 7, "starts %+v", starts)
	brokers, err := admin.BrokerMetadata(background)
	Must(err)
	Ensure(len(brokers.Brokers) == 1 && brokers.Cluster != "", "brokers %+v", brokers)
	logs, err := admin.DescribeAllLogDirs(background, nil)
	Must(err)
	Must(logs[brokers.Brokers[0].NodeID].Error())
	_, err = admin.DeleteTopic(background, topic)
	Must(err)
	left, err := admin.ListTopics(background)
	Must(err)
	Ensure(!slices.Contains(left.Names(), topic), "the topic is gone")
}

func main() {
	Main("franz-go", func(address string) Client { return franz{address} })
}
