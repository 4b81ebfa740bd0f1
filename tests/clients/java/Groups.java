package weir.clients;

import static weir.clients.Client.next;
import static weir.clients.Client.partitions;
import static weir.clients.Client.places;
import static weir.clients.Records.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;

/** Consumer groups: going on after a close, sharing with each assignor, static members. */
final class Groups {
    private static final String ASSIGNORS = "org.apache.kafka.clients.consumer.";

    private Groups() {}

    static void run(String address, Admin admin, String prefix, List<Records.Written> records)
            throws Exception {
        continues(address, prefix + "-none", records);
        for (String assignor : new String[] {"RangeAssignor", "RoundRobinAssignor",
            "StickyAssignor", "CooperativeStickyAssignor"}) {
            String topic = prefix + "-" + assignor.toLowerCase();
            Client.create(admin, topic, 6);
            share(address, topic, records, assignor);
        }
        staticMembers(address, admin, prefix + "-static");
    }

    /** A member that is polled by the test; it refuses a partition that another still owns. */
    static final class Member implements ConsumerRebalanceListener, AutoCloseable {
        final Consumer<byte[], byte[]> consumer;
        final List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        private final Map<TopicPartition, Member> owners;

        Member(String address, String topic, String group, Map<TopicPartition, Member> owners,
                String... more) {
            this.owners = owners;
            var all = new ArrayList<>(List.of(more));
            all.addAll(List.of("group.id", group, "auto.offset.reset", "earliest"));
            consumer = Client.consumer(address, all.toArray(String[]::new));
            consumer.subscribe(List.of(topic), this);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            for (var each : assigned) {
                Member before = owners.put(each, this);
                check(before == null || before == this, each + " has two owners");
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            for (var each : revoked) owners.remove(each, this);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            onPartitionsRevoked(lost);
        }

        void poll() {
            consumer.poll(Duration.ofMillis(50)).forEach(read::add);
        }

        int owned() {
            return consumer.assignment().size();
        }

        @Override
        public void close() {
            consumer.close();
        }
    }

    static void pollUntil(BooleanSupplier done, String what, Member... members) {
        long deadline = System.nanoTime() + Client.WAIT.toNanos();
        while (!done.getAsBoolean()) {
            check(System.nanoTime() < deadline, "in time: " + what);
            for (Member each : members) each.poll();
        }
    }

    private static void continues(String address, String topic, List<Records.Written> records) {
        var begun = new HashSet<Records.Place>();
        String[] settings = {"group.id", topic + "-group", "auto.offset.reset", "earliest",
            "max.poll.records", "100"};
        try (var first = Client.consumer(address, settings)) {
            first.subscribe(List.of(topic));
            begun.addAll(places(next(first, 200, Client.WAIT)));
            first.commitSync();
        }
        check(begun.size() >= 200 && begun.size() < records.size(), "a part was read");
        try (var second = Client.consumer(address, settings)) {
            second.subscribe(List.of(topic));
            for (var each : next(second, records.size() - begun.size(), Client.WAIT)) {
                check(begun.add(new Records.Place(each.partition(), each.offset())), "no repeat");
            }
            check(begun.size() == records.size(), "all were read");
            check(next(second, 1, Duration.ofMillis(500)).isEmpty(), "and no more");
            var partition = new TopicPartition(topic, 0);
            second.commitSync(Map.of(partition, new OffsetAndMetadata(7, "a note")));
            var committed = second.committed(new HashSet<>(partitions(topic, Client.PARTITIONS)));
            check(committed.get(partition).offset() == 7, "committed " + committed);
            check(committed.get(partition).metadata().equals("a note"), "the metadata committed");
        }
    }

    private static void share(String address, String topic, List<Records.Written> records,
            String assignor) throws Exception {
        String[] more = {"partition.assignment.strategy", ASSIGNORS + assignor};
        var owners = new HashMap<TopicPartition, Member>();
        var one = new Member(address, topic, topic, owners, more);
        var other = new Member(address, topic, topic, owners, more);
        try (one; other) {
            pollUntil(() -> one.owned() == 6, "one member owns all", one);
            pollUntil(() -> one.owned() == 3 && other.owned() == 3, "both own half", one, other);
            var written = Client.write(address, records, topic, "none");
            pollUntil(() -> one.read.size() + other.read.size() == written.size(), "all is read",
                    one, other);
            for (Member each : List.of(one, other)) {
                for (var record : each.read) {
                    var at = new TopicPartition(topic, record.partition());
                    check(owners.get(at) == each, "read by the owner");
                }
            }
            var all = new HashSet<>(places(one.read));
            all.addAll(places(other.read));
            check(all.equals(new HashSet<>(written)), "each record once");
            other.close();
            pollUntil(() -> one.owned() == 6, "who is left owns all", one);
        }
    }

    /** A static member comes back without a rebalance; gone for a session, it loses what it had. */
    private static void staticMembers(String address, Admin admin, String topic) throws Exception {
        Client.create(admin, topic, 4);
        var owners = new HashMap<TopicPartition, Member>();
        String[] first = {"group.instance.id", "first", "session.timeout.ms", "6000"};
        String[] second = {"group.instance.id", "second", "session.timeout.ms", "6000"};
        try (var one = new Member(address, topic, topic, owners, first)) {
            var other = new Member(address, topic, topic, owners, second);
            pollUntil(() -> one.owned() == 2 && other.owned() == 2, "both own half", one, other);
            var had = other.consumer.assignment();
            int generation = one.consumer.groupMetadata().generationId();
            other.close();
            var back = new Member(address, topic, topic, owners, second);
            pollUntil(() -> back.owned() == 2, "it is back", one, back);
            check(back.consumer.assignment().equals(had), "it has what it had");
            check(one.consumer.groupMetadata().generationId() == generation, "no rebalance");

            var twin = new Member(address, topic, topic, new HashMap<>(), second);
            try {
                pollUntil(() -> false, "the older twin is fenced", one, twin, back);
            } catch (FencedInstanceIdException expected) {
                check(one.owned() == 2, "the other member keeps what it has");
            }
            closeQuietly(back);
            twin.consumer.close(CloseOptions.timeout(Duration.ofSeconds(5)));
            owners.values().removeIf(each -> each != one);
            pollUntil(() -> one.owned() == 4, "a session later its partitions are taken", one);
        }
    }

    private static void closeQuietly(Member fenced) {
        try {
            fenced.close();
        } catch (FencedInstanceIdException expected) {
            check(true, "a fenced member cannot leave");
        }
    }
}
