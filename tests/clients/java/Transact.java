package weir.clients;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/** Transactions by the commands of exactly_once_test.py: a line each, answered by a line. */
final class Transact {
    private final String address;
    private KafkaProducer<byte[], byte[]> producer;
    private Consumer<byte[], byte[]> member;

    private Transact(String address) {
        this.address = address;
    }

    static void run(String address) throws Exception {
        var made = new Transact(address);
        var commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = commands.readLine()) != null;) {
            String answer;
            try {
                answer = String.join(" ", made.command(line.split(" ")));
            } catch (RuntimeException | ExecutionException failed) {
                answer = "error " + name(failed);
            }
            System.out.println(answer);
        }
    }

    /** The error's name as Kafka has it; a client that failed before tells it as a cause. */
    private static String name(Throwable failed) {
        for (Throwable each = failed; each != null; each = each.getCause()) {
            Errors known = Errors.forException(each);
            if (known != Errors.UNKNOWN_SERVER_ERROR) return known.name();
        }
        return failed.toString();
    }

    private List<String> command(String[] words) throws ExecutionException, InterruptedException {
        var answer = new ArrayList<>(List.of("ok"));
        switch (words[0]) {
            case "open" -> open(words);
            case "begin" -> producer.beginTransaction();
            case "write" -> write(words);
            case "commit" -> producer.commitTransaction();
            case "abort" -> producer.abortTransaction();
            case "transform" -> answer.addAll(transform(words[1], words[2]));
            case "read" -> answer.addAll(read(words[1], "read_" + words[2], words[3]));
            default -> throw new IllegalArgumentException(words[0]);
        }
        return answer;
    }

    private void open(String[] words) {
        producer = Client.producer(address, "transactional.id", words[1],
                "transaction.timeout.ms", words[2]);
        producer.initTransactions();
        if (words.length < 4) return;
        member = Client.consumer(address, "group.id", words[3], "isolation.level",
                "read_committed", "enable.auto.commit", "false", "auto.offset.reset", "earliest",
                "max.poll.records", "20", "session.timeout.ms", "6000");
        member.subscribe(List.of(words[4]));
    }

    private void write(String[] words) throws ExecutionException, InterruptedException {
        var sent = new ArrayList<Future<?>>();
        for (int at = 3; at < words.length; at++) {
            sent.add(producer.send(new ProducerRecord<>(words[1], Integer.valueOf(words[2]), null,
                    words[at].getBytes())));
        }
        producer.flush();
        for (var each : sent) each.get();
    }

    private List<String> transform(String topic, String ending) {
        var read = Client.next(member, 1, Client.WAIT);
        var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
        var answer = new ArrayList<String>();
        producer.beginTransaction();
        for (var each : read) {
            String value = new String(each.value());
            producer.send(new ProducerRecord<>(topic, each.partition(), null,
                    ("out-" + value).getBytes()));
            offsets.put(new TopicPartition(each.topic(), each.partition()),
                    new OffsetAndMetadata(each.offset() + 1));
            answer.add(value);
        }
        producer.sendOffsetsToTransaction(offsets, member.groupMetadata());
        producer.flush();
        if (ending.equals("commit")) producer.commitTransaction();
        if (ending.equals("abort")) {
            producer.abortTransaction();
            rewind();
        }
        answer.add(0, Map.of("commit", "committed", "abort", "aborted", "hold", "held").get(ending));
        return answer;
    }

    private void rewind() {
        member.committed(new HashSet<>(member.assignment())).forEach((partition, committed) -> {
            if (committed == null) {
                member.seekToBeginning(List.of(partition));
            } else {
                member.seek(partition, committed);
            }
        });
    }

    private List<String> read(String topic, String isolation, String end) {
        try (var consumer = Client.consumer(address, "isolation.level", isolation)) {
            var left = new HashSet<>(Client.partitions(topic, Client.PARTITIONS));
            consumer.assign(left);
            consumer.seekToBeginning(left);
            var values = new ArrayList<String>();
            while (!left.isEmpty()) {
                for (var each : consumer.poll(Duration.ofMillis(50))) {
                    var partition = new TopicPartition(topic, each.partition());
                    String value = new String(each.value());
                    if (value.equals(end)) left.remove(partition);
                    if (left.contains(partition)) values.add(value);
                }
            }
            return values;
        }
    }
}
