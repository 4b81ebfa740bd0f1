package weir.clients;

import static weir.clients.Client.next;
import static weir.clients.Client.places;
import static weir.clients.Groups.pollUntil;
import static weir.clients.Records.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import weir.clients.Groups.Member;

/** Members with group.protocol=consumer (KIP-848): sharing, expressions, static members, offsets of
 * transactions, and a live group that goes from the classic protocol to the new one and back. */
final class ConsumerGroups {
    private static final String[] CONSUMER = {"group.protocol", "consumer"};
    private static final String[] CLASSIC = {"session.timeout.ms", "10000",
        "heartbeat.interval.ms", "500"};

    private ConsumerGroups() {}

    static void run(String address, String path) throws Exception {
        var records = Records.load(path);
        try (var admin = Admin.create(Client.settings(address))) {
            share(address, admin, records);
            expression(address, admin);
            staticMembers(address, admin);
            transaction(address, admin, records);
            migration(address, admin, records);
        }
        System.out.println("Java clients: consumer groups are done");
    }

    private static String[] with(String[] first, String... more) {
        var all = new ArrayList<>(List.of(first));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static ConsumerGroupDescription describe(Admin admin, String group) throws Exception {
        return admin.describeConsumerGroups(List.of(group)).all().get().get(group);
    }

    private static void share(String address, Admin admin, List<Records.Written> records)
            throws Exception {
        String topic = "java-shared";
        Client.create(admin, topic, 6);
        var owners = new HashMap<TopicPartition, Member>();
        String[] range = with(CONSUMER, "group.remote.assignor", "range");
        var one = new Member(address, topic, topic, owners, range);
        var other = new Member(address, topic, topic, owners, range);
        try (one; other) {
            pollUntil(() -> one.owned() == 3 && other.owned() == 3, "both own half", one, other);
            var written = Client.write(address, records, topic, "none");
            pollUntil(() -> one.read.size() + other.read.size() == written.size(), "all is read",
                    one, other);
            var all = new HashSet<>(places(one.read));
            all.addAll(places(other.read));
            check(all.equals(new HashSet<>(written)), "each record once");
            var described = describe(admin, topic);
            check(described.type() == GroupType.CONSUMER, "the type " + described.type());
            check(described.groupState() == GroupState.STABLE, "the state " + described);
            check(described.partitionAssignor().equals("range"), "the assignor " + described);
            check(described.members().size() == 2, "the members " + described);
            for (var member : described.members()) {
                check(member.upgraded().equals(java.util.Optional.of(true)), "upgraded " + member);
                check(member.targetAssignment().orElseThrow().equals(member.assignment()),
                        "the target " + member);
            }
            other.close();
            pollUntil(() -> one.owned() == 6, "who is left owns all", one);
        }
        check(describe(admin, topic).groupState() == GroupState.EMPTY, "nobody is left");
    }

    private static void expression(String address, Admin admin) throws Exception {
        Client.create(admin, "java-regex-a", 1);
        Client.create(admin, "other-java-regex", 1);
        try (var consumer = Client.consumer(address,
                with(CONSUMER, "group.id", "java-regex"))) {
            consumer.subscribe(new SubscriptionPattern("java-regex-[ab]"));
            until(consumer, Set.of(new TopicPartition("java-regex-a", 0)));
            Client.create(admin, "java-regex-b", 1);
            until(consumer, Set.of(new TopicPartition("java-regex-a", 0),
                    new TopicPartition("java-regex-b", 0)));
        }
    }

    private static void until(org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            Set<TopicPartition> wanted) {
        long deadline = System.nanoTime() + Client.WAIT.toNanos();
        while (!consumer.assignment().equals(wanted)) {
            check(System.nanoTime() < deadline, "in time: " + wanted);
            next(consumer, 1, java.time.Duration.ofMillis(100));
        }
    }

    private static void staticMembers(String address, Admin admin) throws Exception {
        String topic = "java-static-members";
        Client.create(admin, topic, 4);
        var owners = new HashMap<TopicPartition, Member>();
        String[] first = with(CONSUMER, "group.instance.id", "first");
        String[] second = with(CONSUMER, "group.instance.id", "second");
        try (var one = new Member(address, topic, topic, owners, first)) {
            var other = new Member(address, topic, topic, owners, second);
            pollUntil(() -> one.owned() == 2 && other.owned() == 2, "both own half", one, other);
            var had = other.consumer.assignment();
            other.close();
            var back = new Member(address, topic, topic, owners, second);
            pollUntil(() -> back.owned() == 2, "it is back", one, back);
            check(back.consumer.assignment().equals(had), "it has what it had");
            try (var twin = new Member(address, topic, topic, new HashMap<>(), second)) {
                pollUntil(() -> false, "the twin is refused", one, back, twin);
            } catch (UnreleasedInstanceIdException expected) {
                check(back.consumer.assignment().equals(had), "the other keeps what it has");
            }
            back.close();
            owners.values().removeIf(each -> each != one);
            pollUntil(() -> one.owned() == 4, "a session later its partitions are taken", one);
        }
    }

    /** Offsets that are committed with a transaction, by a member with its epoch (KIP-447). */
    private static void transaction(String address, Admin admin, List<Records.Written> records)
            throws Exception {
        String topic = "java-transaction";
        Client.create(admin, topic, 1);
        Client.write(address, records, topic, "none");
        var owners = new HashMap<TopicPartition, Member>();
        try (var one = new Member(address, topic, topic, owners, CONSUMER);
                var producer = Client.producer(address, "transactional.id", topic)) {
            producer.initTransactions();
            pollUntil(() -> !one.read.isEmpty(), "something is read", one);
            var partition = new TopicPartition(topic, 0);
            commit(producer, one, Map.of(partition, new OffsetAndMetadata(5)));
            check(one.consumer.committed(Set.of(partition)).get(partition).offset() == 5,
                    "the offset of the transaction");
        }
    }

    private static void commit(KafkaProducer<byte[], byte[]> producer, Member by,
            Map<TopicPartition, OffsetAndMetadata> offsets) {
        producer.beginTransaction();
        producer.sendOffsetsToTransaction(offsets, by.consumer.groupMetadata());
        producer.commitTransaction();
    }

    private static void migration(String address, Admin admin, List<Records.Written> records)
            throws Exception {
        String topic = "java-moving";
        Client.create(admin, topic, 6);
        var owners = new HashMap<TopicPartition, Member>();
        String[] cooperative = with(CLASSIC, "partition.assignment.strategy",
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        var one = new Member(address, topic, topic, owners, cooperative);
        var two = new Member(address, topic, topic, owners, cooperative);
        pollUntil(() -> one.owned() == 3 && two.owned() == 3, "two classic members", one, two);
        check(describe(admin, topic).type() == GroupType.CLASSIC, "a classic group");
        var three = new Member(address, topic, topic, owners, CONSUMER);
        pollUntil(() -> one.owned() == 2 && two.owned() == 2 && three.owned() == 2,
                "and one of the new protocol", one, two, three);
        check(describe(admin, topic).type() == GroupType.CONSUMER, "a consumer group");
        var written = Client.write(address, records, topic, "none");
        pollUntil(() -> one.read.size() + two.read.size() + three.read.size() >= written.size(),
                "all is read", one, two, three);
        var all = new HashSet<>(places(one.read));
        all.addAll(places(two.read));
        all.addAll(places(three.read));
        check(all.equals(new HashSet<>(written)), "each record");
        check(all.size() == one.read.size() + two.read.size() + three.read.size(), "once");
        for (Member each : List.of(one, two, three)) each.consumer.commitSync();
        two.close();
        pollUntil(() -> one.owned() == 3 && three.owned() == 3, "one of each", one, three);
        three.close();
        pollUntil(() -> one.owned() == 6, "the classic one is left", one);
        check(describe(admin, topic).type() == GroupType.CLASSIC, "a classic group again");
        one.close();
    }
}
