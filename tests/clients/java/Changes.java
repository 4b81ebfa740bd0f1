package weir.clients;

import static weir.clients.Client.partitions;
import static weir.clients.Records.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Topics that change while clients run: many partitions in a fetch session, more, new ones. */
final class Changes {
    private Changes() {}

    static void run(String address, Admin admin, String prefix) throws Exception {
        sessions(address, admin, prefix + "-sessions");
        growth(address, admin, prefix + "-growth");
        again(address, admin, prefix + "-again");
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, Integer partition, int n) {
        return new ProducerRecord<>(topic, partition, null, ("" + n).getBytes());
    }

    /** Partitions are added to and taken from a fetch session; each round reads all that it owns. */
    private static void sessions(String address, Admin admin, String topic) throws Exception {
        int count = 200;
        Client.create(admin, topic, count);
        var read = new HashMap<TopicPartition, Long>();
        try (var producer = Client.producer(address); var consumer = Client.consumer(address)) {
            for (int round = 0; round < 12; round++) {
                Set<TopicPartition> wanted = new HashSet<>();
                for (var each : partitions(topic, count)) {
                    if ((each.partition() + round) % 4 != 0) wanted.add(each);
                    producer.send(record(topic, each.partition(), round));
                }
                producer.flush();
                consumer.assign(wanted);
                consumer.resume(consumer.paused());
                for (var each : wanted) consumer.seek(each, read.getOrDefault(each, 0L));
                var paused = new TopicPartition(topic, (round + 1) % 4);
                if (wanted.contains(paused)) consumer.pause(List.of(paused));
                long missing = 0;
                for (var each : wanted) {
                    if (!each.equals(paused)) missing += round + 1 - read.getOrDefault(each, 0L);
                }
                long deadline = System.nanoTime() + Client.WAIT.toNanos();
                while (missing > 0) {
                    check(System.nanoTime() < deadline, "round " + round + " lacks " + missing);
                    for (var each : consumer.poll(Duration.ofMillis(50))) {
                        var at = new TopicPartition(topic, each.partition());
                        check(wanted.contains(at) && !at.equals(paused), at + " was asked for");
                        long next = read.getOrDefault(at, 0L);
                        check(each.offset() == next, "the offset " + each.offset());
                        check(new String(each.value()).equals("" + next), "its value");
                        read.put(at, next + 1);
                        missing--;
                    }
                }
            }
        }
    }

    /** More partitions are noticed by a running producer and a running group. */
    private static void growth(String address, Admin admin, String topic) throws Exception {
        Client.create(admin, topic, 2);
        String[] often = {"metadata.max.age.ms", "500"};
        try (var producer = Client.producer(address, often);
                var member = new Groups.Member(address, topic, topic, new HashMap<>(), often)) {
            producer.send(record(topic, null, 0)).get();
            Groups.pollUntil(() -> member.owned() == 2 && member.read.size() == 1, "two", member);
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(6))).all().get();
            Groups.pollUntil(() -> member.owned() == 6, "the new partitions are owned", member);
            long deadline = System.nanoTime() + Client.WAIT.toNanos();
            while (producer.partitionsFor(topic).size() < 6) {
                check(System.nanoTime() < deadline, "the producer sees six partitions");
                member.poll();
            }
            for (int index = 0; index < 6; index++) producer.send(record(topic, index, index));
            producer.flush();
            Groups.pollUntil(() -> member.read.size() == 7, "what they got is read", member);
        }
    }

    private static void send(KafkaProducer<byte[], byte[]> by, String topic, int from, int to)
            throws Exception {
        var sent = new ArrayList<java.util.concurrent.Future<?>>();
        for (int n = from; n < to; n++) sent.add(by.send(record(topic, null, n)));
        by.flush();
        for (var each : sent) each.get();
    }

    /** A topic is deleted and created while a producer and a group use it. */
    private static void again(String address, Admin admin, String topic) throws Exception {
        Client.create(admin, topic, 1);
        try (var producer = Client.producer(address);
                var member = new Groups.Member(address, topic, topic, new HashMap<>(),
                        "metadata.max.age.ms", "500")) {
            send(producer, topic, 0, 10);
            Groups.pollUntil(() -> member.read.size() == 10, "the first ten are read", member);
            admin.deleteTopics(List.of(topic)).all().get();
            Client.create(admin, topic, 1);
            send(producer, topic, 10, 40);
            check(Client.read(address, topic).size() == 30, "the topic has what came since");
            Groups.pollUntil(() -> new String(member.read.get(member.read.size() - 1).value())
                    .equals("39"), "the group reads on", member);
        }
    }
}
