package weir.clients;

import static weir.clients.Client.next;
import static weir.clients.Client.partitions;
import static weir.clients.Records.check;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/** A consumer that assigns itself: seeking, offsets by time, limits of a fetch, racks. */
final class Reading {
    private static final Duration SOON = Duration.ofSeconds(20);

    private Reading() {}

    static void run(String address, String topic, List<Records.Written> records) {
        seeking(address, topic, records);
        limits(address, topic, records);
        outOfRange(address, topic);
    }

    private static void seeking(String address, String topic, List<Records.Written> records) {
        try (var consumer = Client.consumer(address)) {
            var all = partitions(topic, Client.PARTITIONS);
            var ends = consumer.endOffsets(all);
            check(Client.sum(ends) == records.size(), "the end offsets " + ends);
            check(Client.sum(consumer.beginningOffsets(all)) == 0, "the beginning offsets");
            long since = records.get(records.size() / 2).timestamp();
            Map<TopicPartition, Long> times = new HashMap<>();
            all.forEach(each -> times.put(each, since));
            var found = consumer.offsetsForTimes(times);
            consumer.assign(all);
            for (var each : all) {
                check(found.get(each).timestamp() >= since, "the time found");
                check(found.get(each).leaderEpoch().isPresent(), "the leader epoch found");
                consumer.seek(each, found.get(each).offset());
            }
            int half = records.size() - records.size() / 2;
            var rest = next(consumer, half, SOON);
            check(rest.size() == half, "since: " + rest.size());
            check(rest.stream().allMatch(each -> each.timestamp() >= since), "none is older");
            for (var each : all) consumer.seek(each, ends.get(each) - 1);
            check(next(consumer, 3, SOON).size() == 3, "the last of each");
            consumer.seekToEnd(all);
            check(next(consumer, 1, Duration.ofMillis(500)).isEmpty(), "nothing beyond the end");
            all.forEach(each -> times.put(each, System.currentTimeMillis() + 1_000_000));
            check(consumer.offsetsForTimes(times).values().stream().allMatch(each -> each == null),
                    "nothing is younger than now");
        }
    }

    /** A record that is larger than a fetch may be is read all the same (KIP-74). */
    private static void limits(String address, String topic, List<Records.Written> records) {
        for (String[] each : new String[][] {
            {"max.partition.fetch.bytes", "1000"}, {"fetch.max.bytes", "1"},
            {"fetch.min.bytes", "500000", "fetch.max.wait.ms", "200"}, {"client.rack", "north"},
            {"max.poll.records", "7"}, {"isolation.level", "read_committed"},
            {"check.crcs", "false"}}) {
            check(Client.read(address, topic, each).size() == records.size(), each[0]);
        }
    }

    private static void outOfRange(String address, String topic) {
        var partition = new TopicPartition(topic, 0);
        try (var consumer = Client.consumer(address, "auto.offset.reset", "none")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 1_000_000);
            next(consumer, 1, SOON);
            throw new AssertionError("an offset beyond the end was served");
        } catch (OffsetOutOfRangeException expected) {
            check(expected.partitions().contains(partition), "the partition out of range");
        }
        try (var consumer = Client.consumer(address, "auto.offset.reset", "earliest")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 1_000_000);
            check(next(consumer, 1, SOON).get(0).offset() == 0, "reset");
        }
    }
}
