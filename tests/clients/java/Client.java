package weir.clients;

import static weir.clients.Records.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The Java clients with their defaults: an idempotent producer, a consumer of classic groups. */
public final class Client {
    static final int PARTITIONS = 3;
    static final Duration WAIT = Duration.ofSeconds(60);

    private Client() {}

    static Properties settings(String address, String... more) {
        var settings = new Properties();
        settings.put("bootstrap.servers", address);
        for (int at = 0; at < more.length; at += 2) settings.put(more[at], more[at + 1]);
        return settings;
    }

    static Consumer<byte[], byte[]> consumer(String address, String... more) {
        return new KafkaConsumer<>(settings(address, more), new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    static KafkaProducer<byte[], byte[]> producer(String address, String... more) {
        return new KafkaProducer<>(settings(address, more), new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    static void create(Admin admin, String topic, int partitions) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    }

    static List<Records.Place> write(String address, List<Records.Written> records, String topic,
            String codec) throws Exception {
        String[] more = codec.equals("none")
                ? new String[0] : new String[] {"compression.type", codec};
        try (var producer = producer(address, more)) {
            var sent = new ArrayList<Future<RecordMetadata>>();
            for (var each : records) {
                sent.add(producer.send(new ProducerRecord<>(topic, null, each.timestamp(),
                        each.key(), each.value(), each.headers())));
            }
            producer.flush();
            var places = new ArrayList<Records.Place>();
            for (int index = 0; index < sent.size(); index++) {
                RecordMetadata at = sent.get(index).get();
                check(at.timestamp() == records.get(index).timestamp(), "the reported timestamp");
                places.add(new Records.Place(at.partition(), at.offset()));
            }
            return places;
        }
    }

    static List<ConsumerRecord<byte[], byte[]>> next(Consumer<byte[], byte[]> from, long count,
            Duration wait) {
        var found = new ArrayList<ConsumerRecord<byte[], byte[]>>();
        long deadline = System.nanoTime() + wait.toNanos();
        while (found.size() < count && System.nanoTime() < deadline) {
            from.poll(Duration.ofMillis(50)).forEach(found::add);
        }
        return found;
    }

    static List<TopicPartition> partitions(String topic, int count) {
        var all = new ArrayList<TopicPartition>();
        for (int index = 0; index < count; index++) all.add(new TopicPartition(topic, index));
        return all;
    }

    static List<ConsumerRecord<byte[], byte[]>> read(String address, String topic, String... more) {
        try (var consumer = consumer(address, more)) {
            var all = partitions(topic, consumer.partitionsFor(topic).size());
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long count = sum(consumer.endOffsets(all)) - sum(consumer.beginningOffsets(all));
            var found = next(consumer, count, WAIT);
            check(found.size() == count, found.size() + " of " + count + " records were read");
            found.sort(Comparator.comparingInt((ConsumerRecord<byte[], byte[]> each) ->
                    each.partition()).thenComparingLong(ConsumerRecord::offset));
            return found;
        }
    }

    static long sum(Map<TopicPartition, Long> offsets) {
        return offsets.values().stream().mapToLong(Long::longValue).sum();
    }

    static List<Records.Place> places(Collection<ConsumerRecord<byte[], byte[]>> of) {
        return of.stream().map(each -> new Records.Place(each.partition(), each.offset())).toList();
    }

    private static void scenario(String address, String path, String prefix) throws Exception {
        var records = Records.load(path);
        try (var admin = Admin.create(settings(address))) {
            for (String codec : Records.CODECS) {
                String topic = prefix + "-" + codec;
                create(admin, topic, PARTITIONS);
                var places = write(address, records, topic, codec);
                Records.check(read(address, topic), records, places);
            }
            Reading.run(address, prefix + "-none", records);
            Groups.run(address, admin, prefix, records);
            Administration.run(address, admin, prefix, records);
            Changes.run(address, admin, prefix);
        }
        System.out.println("Java clients: the scenario is done");
    }

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "scenario" -> scenario(arguments[1], arguments[2], arguments[3]);
            case "groups" -> ConsumerGroups.run(arguments[1], arguments[2]);
            case "write" -> write(arguments[1], Records.load(arguments[2]), arguments[3],
                    arguments[4]);
            case "read" -> {
                var out = new java.io.PrintStream(System.out, false, "UTF-8");
                for (int at = 2; at < arguments.length; at++) {
                    out.println("{\"topic\": \"" + arguments[at] + "\"}");
                    for (var each : read(arguments[1], arguments[at])) {
                        out.println(Records.line(each));
                    }
                }
                out.flush();
            }
            case "streams" -> WordCount.run(arguments[1], arguments[2]);
            case "transact" -> Transact.run(arguments[1]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }
}
