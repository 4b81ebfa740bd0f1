package scenario

import (
	"fmt"
	"os"
	"slices"
	"time"
)

const (
	Partitions = 3
	Wait       = 60 * time.Second // for anything
)

var Codecs = []string{"none", "gzip", "snappy", "lz4", "zstd"}

// Member is a running member of a group.
type Member interface {
	Next(wait time.Duration) []Read // what came, after at most this time
	Owned() []int32                 // the partitions that it owns now
	Commit()                        // what Next gave
	Close()
}

// Client is what a library is asked for.
type Client interface {
	Create(topic string, partitions int)
	Write(topic, codec string, records []Record) []Place // where each was delivered
	Read(topic string) []Read                            // all, by assignment
	Join(name, group, topic string) Member
	// Admin does what the library's admin client can: offsets, groups, configs; the topic has
	// `records` and was read by `group`. In the end it deletes the topic.
	Admin(topic, group string, records []Record)
}

// Collect gives `count` records that come to a member, or fails.
func Collect(from Member, count int) []Read {
	var found []Read
	deadline := time.Now().Add(Wait)
	for len(found) < count {
		Ensure(time.Now().Before(deadline), "%d of %d records came", len(found), count)
		found = append(found, from.Next(100*time.Millisecond)...)
	}
	return found
}

func places(of []Read, into map[Place]bool) {
	for _, each := range of {
		Ensure(!into[each.Place], "%v was read twice", each.Place)
		into[each.Place] = true
	}
}

// Commit, close, open again: the group goes on where it was.
func continues(client Client, topic string, records []Record) {
	group := topic + "-group"
	all := map[Place]bool{}
	first := client.Join("first", group, topic)
	places(Collect(first, 200), all)
	first.Commit()
	first.Close()
	second := client.Join("second", group, topic)
	places(Collect(second, len(records)-len(all)), all)
	Ensure(len(all) == len(records), "%d records were read", len(all))
	Ensure(len(second.Next(time.Second)) == 0, "nothing more comes")
	second.Commit()
	second.Close()
}

func split(one, other []int32) bool {
	both := append(slices.Clone(one), other...)
	slices.Sort(both)
	return len(one) > 0 && len(other) > 0 && slices.Equal(both, []int32{0, 1, 2})
}

// Two members: each partition has exactly one owner, and each record one reader.
func share(client Client, topic string, records []Record) {
	one := client.Join("one", topic+"-shared", topic)
	Collect(one, len(records))
	one.Commit()
	other := client.Join("other", topic+"-shared", topic)
	deadline := time.Now().Add(Wait)
	for !split(one.Owned(), other.Owned()) {
		Ensure(time.Now().Before(deadline), "owned: %v and %v", one.Owned(), other.Owned())
		Ensure(len(one.Next(50*time.Millisecond)) == 0, "nothing new is there")
		Ensure(len(other.Next(50*time.Millisecond)) == 0, "what was committed comes again")
	}
	written := client.Write(topic, "none", records[:120])
	all := map[Place]bool{}
	for len(all) < len(written) {
		Ensure(time.Now().Before(deadline), "%d of %d records came", len(all), len(written))
		for _, each := range []Member{one, other} {
			found := each.Next(50 * time.Millisecond)
			for _, record := range found {
				Ensure(slices.Contains(each.Owned(), record.Partition), "read by its owner")
			}
			places(found, all)
		}
	}
	for _, each := range written {
		Ensure(all[each], "%v was not read", each)
	}
	other.Commit()
	other.Close()
	for len(one.Owned()) < Partitions {
		Ensure(time.Now().Before(deadline.Add(Wait)), "who is left owns %v", one.Owned())
		one.Next(50 * time.Millisecond)
	}
	one.Close()
}

// Main runs a library's program: scenario, write, read or transact.
func Main(name string, open func(address string) Client) {
	client := open(os.Args[2])
	switch os.Args[1] {
	case "scenario":
		records := Load(os.Args[3])
		prefix := os.Args[4]
		for _, codec := range Codecs {
			topic := prefix + "-" + codec
			client.Create(topic, Partitions)
			written := client.Write(topic, codec, records)
			Check(client.Read(topic), records, written)
		}
		continues(client, prefix+"-none", records)
		share(client, prefix+"-gzip", records)
		client.Admin(prefix+"-none", prefix+"-none-group", records)
		fmt.Printf("%s: the scenario is done\n", name)
	case "write":
		client.Write(os.Args[4], os.Args[5], Load(os.Args[3]))
	case "read":
		for _, topic := range os.Args[3:] {
			fmt.Printf("{\"topic\": %q}\n", topic)
			Print(client.Read(topic))
		}
	case "transact":
		transact(client.(transactional).Transactions())
	default:
		panic(os.Args[1])
	}
}
