package weir.clients;

import static weir.clients.Client.partitions;
import static weir.clients.Records.check;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What the Java admin client asks of a broker every day. */
final class Administration {
    private Administration() {}

    interface Asking {
        void run() throws Exception;
    }

    static void refused(Class<? extends ApiException> with, Asking asking) throws Exception {
        try {
            asking.run();
        } catch (ExecutionException refused) {
            check(with.isInstance(refused.getCause()), with + " instead of " + refused.getCause());
            return;
        }
        throw new AssertionError("not refused: " + with.getSimpleName());
    }

    static void run(String address, Admin admin, String prefix, List<Records.Written> records)
            throws Exception {
        cluster(admin);
        topics(admin, prefix + "-topics");
        configs(admin, prefix + "-topics");
        offsets(admin, prefix + "-gzip", records);
        groups(address, admin, prefix + "-zstd", records);
        deletion(admin, prefix + "-gzip", prefix + "-topics");
    }

    private static void cluster(Admin admin) throws Exception {
        var cluster = admin.describeCluster();
        var nodes = cluster.nodes().get();
        check(nodes.size() == 1 && !nodes.iterator().next().isFenced(), "one node, not fenced");
        int self = nodes.iterator().next().id();
        check(cluster.controller().get().id() == self, "the controller");
        check(cluster.clusterId().get().length() == 22, "the cluster id");
        var features = admin.describeFeatures().featureMetadata().get();
        check(features.finalizedFeatures().get("metadata.version").maxVersionLevel() > 0, "level");
        check(features.supportedFeatures().containsKey("kraft.version"), "" + features);
        var quorum = admin.describeMetadataQuorum().quorumInfo().get();
        check(quorum.leaderId() == self && quorum.leaderEpoch() >= 1, "the leader " + quorum);
        check(quorum.voters().size() == 1 && quorum.highWatermark() > 0, "" + quorum);
        check(!quorum.nodes().get(self).endpoints().isEmpty(), "where the voter is " + quorum);
        var directories = admin.describeLogDirs(List.of(self)).allDescriptions().get().get(self);
        check(directories.size() == 1, "one log directory");
        var directory = directories.values().iterator().next();
        check(directory.error() == null && directory.usableBytes().getAsLong() > 0, "" + directory);
        check(directory.replicaInfos().values().stream().anyMatch(each -> each.size() > 500_000),
                "the sizes of partitions");
    }

    private static void topics(Admin admin, String topic) throws Exception {
        var created = admin.createTopics(List.of(new NewTopic(topic, 2, (short) -1)
                .configs(Map.of("retention.ms", "7200000"))));
        created.all().get();
        check(created.numPartitions(topic).get() == 2, "the partitions created");
        check(created.replicationFactor(topic).get() == 1, "the replication factor created");
        check(created.config(topic).get().get("retention.ms").value().equals("7200000"), "config");
        var about = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        check(about.topicId().equals(created.topicId(topic).get()), "the topic's id");
        check(about.partitions().size() == 2 && !about.isInternal(), "" + about);
        check(about.partitions().get(0).leader().id() == about.partitions().get(0).isr().get(0).id(),
                "leader and isr");
        var byId = admin.describeTopics(org.apache.kafka.common.TopicCollection.ofTopicIds(
                List.of(about.topicId()))).allTopicIds().get();
        check(byId.get(about.topicId()).name().equals(topic), "by its id");
        check(admin.listTopics().names().get().contains(topic), "listed");
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
        about = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        check(about.partitions().size() == 5, "five partitions");
        refused(InvalidPartitionsException.class, () ->
                admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get());
        refused(TopicExistsException.class, () -> Client.create(admin, topic, 1));
        refused(InvalidReplicationFactorException.class, () ->
                admin.createTopics(List.of(new NewTopic("x", 1, (short) 3))).all().get());
        refused(UnknownTopicOrPartitionException.class, () ->
                admin.describeTopics(List.of("nowhere")).allTopicNames().get());
        refused(InvalidConfigurationException.class, () -> admin.createTopics(List.of(
                new NewTopic("x", 1, (short) 1).configs(Map.of("foo", "bar")))).all().get());
    }

    private static void configs(Admin admin, String topic) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        var set = new AlterConfigOp(new ConfigEntry("segment.bytes", "2000000"),
                AlterConfigOp.OpType.SET);
        var append = new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"),
                AlterConfigOp.OpType.APPEND);
        var delete = new AlterConfigOp(new ConfigEntry("retention.ms", null),
                AlterConfigOp.OpType.DELETE);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(set, append, delete))).all().get();
        var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        var config = admin.describeConfigs(List.of(resource), options).all().get().get(resource);
        check(config.get("segment.bytes").value().equals("2000000"), "set");
        check(config.get("segment.bytes").source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG
                && config.get("segment.bytes").synonyms().size() == 2, "its synonyms");
        check(config.get("cleanup.policy").value().equals("delete,compact"), "appended");
        check(config.get("retention.ms").isDefault(), "deleted");
        check(config.entries().stream().allMatch(each -> each.documentation() != null), "docs");
        refused(InvalidConfigurationException.class, () -> admin.incrementalAlterConfigs(Map.of(
                resource, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "soon"),
                        AlterConfigOp.OpType.SET)))).all().get());
        var broker = new ConfigResource(ConfigResource.Type.BROKER,
                "" + admin.describeCluster().controller().get().id());
        var all = admin.describeConfigs(List.of(broker), options).all().get().get(broker);
        check(all.get("node.id").source() == ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG, "id");
        check(all.get("num.io.threads").value().equals("8"), "a default");
    }

    private static Map<Integer, Long> list(Admin admin, String topic, OffsetSpec spec)
            throws Exception {
        var asked = new HashMap<TopicPartition, OffsetSpec>();
        partitions(topic, Client.PARTITIONS).forEach(each -> asked.put(each, spec));
        var found = new HashMap<Integer, Long>();
        admin.listOffsets(asked).all().get().forEach((at, result) ->
                found.put(at.partition(), result.offset()));
        return found;
    }

    private static void offsets(Admin admin, String topic, List<Records.Written> records)
            throws Exception {
        var latest = list(admin, topic, OffsetSpec.latest());
        check(latest.values().stream().mapToLong(Long::longValue).sum() == records.size(), "end");
        var zero = new HashMap<Integer, Long>();
        var last = new HashMap<Integer, Long>();
        var none = new HashMap<Integer, Long>();
        latest.forEach((partition, end) -> {
            zero.put(partition, 0L);
            last.put(partition, end - 1);
            none.put(partition, -1L);
        });
        check(list(admin, topic, OffsetSpec.earliest()).equals(zero), "earliest");
        check(list(admin, topic, OffsetSpec.earliestLocal()).equals(zero), "earliest local");
        check(list(admin, topic, OffsetSpec.maxTimestamp()).equals(last), "max timestamp");
        check(list(admin, topic, OffsetSpec.latestTiered()).equals(none), "latest tiered");
        check(list(admin, topic, OffsetSpec.forTimestamp(0)).equals(zero), "for a time");
        check(list(admin, topic, OffsetSpec.forTimestamp(System.currentTimeMillis() + 99_000))
                .equals(none), "for a time to come");

        var low = admin.deleteRecords(Map.of(new TopicPartition(topic, 0),
                RecordsToDelete.beforeOffset(11))).lowWatermarks();
        check(low.get(new TopicPartition(topic, 0)).get().lowWatermark() == 11, "low watermark");
        check(list(admin, topic, OffsetSpec.earliest()).get(0) == 11, "earliest after deletion");
        refused(OffsetOutOfRangeException.class, () -> admin.deleteRecords(Map.of(
                new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(1 << 30))).all().get());
    }

    private static void groups(String address, Admin admin, String topic,
            List<Records.Written> records) throws Exception {
        String group = topic + "-admin";
        var partition = new TopicPartition(topic, 0);
        try (var member = new Groups.Member(address, topic, group, new HashMap<>(),
                "client.id", "the-member")) {
            Groups.pollUntil(() -> member.read.size() == records.size(), "all is read", member);
            member.consumer.commitSync();
            check(admin.listGroups().all().get().stream().anyMatch(each ->
                    each.groupId().equals(group)), "listed");
            check(admin.listConsumerGroups().all().get().stream().anyMatch(each ->
                    each.groupId().equals(group)), "listed as a consumer group");
            var about = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
            check(about.groupState() == GroupState.STABLE, "" + about);
            check(about.partitionAssignor().equals("range"), "" + about);
            check(about.members().size() == 1, "" + about);
            var described = about.members().iterator().next();
            check(described.clientId().equals("the-member"), "" + described);
            check(described.host().equals("/127.0.0.1"), "" + described);
            check(described.assignment().topicPartitions().equals(
                    new HashSet<>(partitions(topic, Client.PARTITIONS))), "" + described);
            refused(GroupNotEmptyException.class, () ->
                    admin.deleteConsumerGroups(List.of(group)).all().get());
            refused(GroupSubscribedToTopicException.class, () ->
                    admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get());
        }
        var about = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        check(about.groupState() == GroupState.EMPTY && about.members().isEmpty(), "" + about);
        var offsets = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        check(offsets.values().stream().mapToLong(OffsetAndMetadata::offset).sum()
                == records.size(), "" + offsets);
        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3))).all()
                .get();
        var several = Map.of(group, new ListConsumerGroupOffsetsSpec(), "nobody",
                new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(partition)));
        var listed = admin.listConsumerGroupOffsets(several).all().get();
        check(listed.get(group).get(partition).offset() == 3, "" + listed);
        check(listed.get("nobody").get(partition) == null, "" + listed);
        admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
        offsets = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        check(!offsets.containsKey(partition) && offsets.size() == 2, "" + offsets);
        admin.deleteConsumerGroups(List.of(group)).all().get();
        refused(GroupIdNotFoundException.class, () ->
                admin.describeConsumerGroups(List.of(group)).all().get());
    }

    private static void deletion(Admin admin, String... topics) throws Exception {
        admin.deleteTopics(List.of(topics)).all().get();
        check(admin.listTopics().names().get().stream().noneMatch(List.of(topics)::contains), "gone");
        refused(UnknownTopicOrPartitionException.class, () ->
                admin.deleteTopics(List.of(topics[0])).all().get());
    }
}
