"""What is asked of both brokers. A scenario yields (api, version, body[, connection]) and gets the
answer; what it must remember (ids) is in broker.memory."""
import uuid
import zlib

import consumer_group_scenarios
import feature_scenarios
import group_scenarios
import transaction_scenarios
from batches import batch, record
from messages import APIS

NOW = 1_700_000_000_000

# Never compared: they differ by nature.
IGNORED = {"throttle_time_ms", "host", "port", "correlation_id", "cluster_id", "node_endpoints",
           "log_append_time_ms", "finalized_features_epoch", "finalized_features",
           "supported_features", "zk_migration_ready", "last_fetch_timestamp",
           "last_caught_up_timestamp", "replica_directory_id", "total_bytes", "usable_bytes",
           "log_dir", "client_host"}
# Replaced by their order of appearance.
SYMBOLS = {"session_id": "session", "producer_id": "producer", "member_id": "member",
           "leader": "member"}
# Whether there is one is compared.
TIMES = {"transaction_start_time_ms", "last_timestamp"}
# Compared as sets: Kafka's order is that of a hash map.
UNORDERED = {"topics", "results", "responses", "configs", "synonyms", "groups", "members",
             "api_keys", "partition_responses", "partitions", "active_producers",
             "transaction_states", "markers", "results_by_transaction", "topic_results",
             "results_by_partition", "results_by_topic_v3_and_below", "replica_election_results",
             "topic_partitions", "config_resources"}


def versions(api):
    return APIS[api][1]["request"].versions


def create(name, partitions=1, **more):
    return {"topics": [{"name": name, "num_partitions": partitions, "replication_factor": 1,
                        **more}], "timeout_ms": 10000}


def topic_id(broker, name):
    """The id of a topic, by a request that is not compared."""
    answer = broker.send("metadata", 12, {"topics": [{"name": name}]}, "side")
    return answer["topics"][0]["topic_id"]


def create_topics(broker):
    for version in versions("create_topics"):
        name = f"created-{version}"
        yield "create_topics", version, create(name, 3)
        yield "create_topics", version, create(name, 3)
        yield "create_topics", version, {**create(name + "-dry"), "validate_only": True}
        yield "create_topics", version, create(f"defaults-{version}", -1, replication_factor=-1)
    for name in ("", ".", "..", "a" * 250, "a" * 249, "white space", "um-laut-ü", "a/b"):
        yield "create_topics", 7, create(name)
    yield "create_topics", 7, create("dotted.name")
    yield "create_topics", 7, create("dotted_name")
    for partitions, replicas in ((0, 1), (-2, 1), (1, 0), (1, 2), (1, -2), (1, 3)):
        yield "create_topics", 7, create("numbers", partitions, replication_factor=replicas)
    for configs in ([("no.such.option", "1")], [("retention.ms", "many")], [("retention.ms", "-2")],
                    [("cleanup.policy", "shred")], [("retention.ms", None)],
                    [("segment.bytes", "1")], [("min.insync.replicas", "0")],
                    [("compression.type", "gzip"), ("retention.ms", "5000")],
                    [("cleanup.policy", "compact,delete")], [("max.message.bytes", "-1")],
                    [("message.timestamp.type", "Never")], [("", "x")]):
        body = create(f"configured-{zlib.crc32(str(configs).encode())}",
                      configs=[{"name": key, "value": value} for key, value in configs])
        broker.memory["name"] = body["topics"][0]["name"]
        yield "create_topics", 7, body
    for assignments in ([[1], [1]], [[1, 1]], [[2]], [[]], [[1], [1, 2]]):
        yield "create_topics", 7, create(
            f"assigned-{zlib.crc32(str(assignments).encode())}", -1, replication_factor=-1,
            assignments=[{"partition_index": index, "broker_ids": ids}
                         for index, ids in enumerate(assignments)])
    yield "create_topics", 7, create("holes", -1, replication_factor=-1, assignments=[
        {"partition_index": 1, "broker_ids": [1]}])
    yield "create_topics", 7, create("twice-said", 2, assignments=[
        {"partition_index": 0, "broker_ids": [1]}])
    yield "create_topics", 7, {"topics": create("doubled")["topics"] * 2, "timeout_ms": 10000}
    yield "create_topics", 7, {"topics": [], "timeout_ms": 10000}


def metadata(broker):
    yield "create_topics", 7, create("known", 2)
    broker.memory["id"] = topic_id(broker, "known")
    for version in versions("metadata"):
        more = {"allow_auto_topic_creation": False} if version >= 4 else {}
        if version >= 4:
            for name in ("known", "unknown", "", "bad name", "a" * 250):
                yield "metadata", version, {"topics": [{"name": name}], **more}
        yield "metadata", version, {"topics": [{"name": "known"}], **more}
        if version >= 12:
            for each in (broker.memory["id"], uuid.UUID(int=5)):
                yield "metadata", version, {"topics": [{"name": None, "topic_id": each}], **more}
        if version >= 8:
            yield "metadata", version, {"topics": [{"name": "known"}],
                                        "include_topic_authorized_operations": True, **more}
        if 8 <= version <= 10:
            yield "metadata", version, {"topics": [],
                                        "include_cluster_authorized_operations": True, **more}
        if version >= 1:
            yield "metadata", version, {"topics": [], **more}
    yield "metadata", 12, {"topics": [{"name": "x y"}], "allow_auto_topic_creation": True}


def describe_topic_partitions(_):
    yield "create_topics", 7, create("described-a", 3)
    yield "create_topics", 7, create("described-b", 2)
    names = [{"name": "described-b"}, {"name": "described-a"}, {"name": "described-none"}]
    for limit in (2000, 1, 2, 3, 4, 0, -1):
        yield "describe_topic_partitions", 0, {"topics": names, "response_partition_limit": limit}
    for cursor in (("described-a", 1), ("described-a", 7), ("described-b", 0), ("zz", 0),
                   ("described-a", -1)):
        yield "describe_topic_partitions", 0, {
            "topics": names, "response_partition_limit": 2,
            "cursor": {"topic_name": cursor[0], "partition_index": cursor[1]}}
    yield "describe_topic_partitions", 0, {"topics": [{"name": "bad name"}]}


def create_partitions(_):
    yield "create_topics", 7, create("grows", 2)
    size = 2
    for version in versions("create_partitions"):
        size += 1

        def ask(count, name="grows", version=version, **more):
            return "create_partitions", version, {
                "topics": [{"name": name, "count": count, **{
                    key: each for key, each in more.items() if key == "assignments"}}],
                "timeout_ms": 10000, **{key: each for key, each in more.items()
                                        if key != "assignments"}}
        yield ask(size, assignments=None)
        for count in (size, size - 1, 0, -1):
            yield ask(count, assignments=None)
        yield ask(size + 5, assignments=None, validate_only=True)
        yield ask(3, "none-such", assignments=None)
        yield ask(size + 1, assignments=[{"broker_ids": [7]}])
        yield ask(size + 1, assignments=[{"broker_ids": [1]}, {"broker_ids": [1]}])
        yield ask(size + 1, assignments=[{"broker_ids": []}])
        yield ask(size + 1, assignments=[{"broker_ids": [1, 1]}])
        yield "create_partitions", version, {
            "topics": [{"name": "grows", "count": 99, "assignments": None}] * 2,
            "timeout_ms": 10000}
    yield "metadata", 12, {"topics": [{"name": "grows"}]}


def delete_topics(broker):
    for version in versions("delete_topics"):
        for name in ("gone-a", "gone-b"):
            yield "create_topics", 7, create(name)
        if version < 6:
            yield "delete_topics", version, {"topic_names": ["gone-a", "gone-x"],
                                             "timeout_ms": 10000}
            yield "delete_topics", version, {"topic_names": ["gone-b", "gone-b"],
                                             "timeout_ms": 10000}
            yield "delete_topics", version, {"topic_names": [""], "timeout_ms": 10000}
        else:
            broker.memory["id"] = topic_id(broker, "gone-a")
            for asked in ([{"name": None, "topic_id": broker.memory["id"]}],
                          [{"name": None, "topic_id": broker.memory["id"]}],
                          [{"name": "gone-b"}, {"name": "gone-b"}],
                          [{"name": "gone-b"}, {"name": "none-such"}],
                          [{"name": None}],
                          [{"name": "gone-b", "topic_id": uuid.UUID(int=9)}]):
                yield "delete_topics", version, {"topics": asked, "timeout_ms": 10000}
    yield "delete_topics", 6, {"topics": [], "timeout_ms": 10000}


def produce_body(broker, version, data, acks=-1, name="produced", index=0):
    topic = {"partition_data": [{"index": index, "records": data}]}
    if version >= 13:
        known = broker.memory.get(f"id of {name}")
        topic["topic_id"] = known or uuid.UUID(int=77)
    else:
        topic["name"] = name
    return {"transactional_id": None, "acks": acks, "timeout_ms": 10000, "topic_data": [topic]}


def produce(broker):
    yield "create_topics", 7, create("produced", 2)
    broker.memory["id of produced"] = topic_id(broker, "produced")
    good = batch([b"one", b"two"])
    bad = [batch([b"x"], crc=1), batch([b"x"], count=2), batch([b"x"], count=2, last_delta=0),
           batch([b"x", b"y"], last_delta=5), batch([b"x"], magic=1), batch([b"x"], magic=3),
           batch([b"x"], attributes=1), batch([b"x"], attributes=7), batch([b"x"], attributes=8),
           batch([b"x"], attributes=0x20), batch([], count=0, last_delta=0), good + good,
           good[:-1], b"", b"junk", good[:40], batch([b"x"], producer=(9, 0, -1)),
           batch([b"x"], records=record(0, None, b"x") + b"junk"), batch([b"x"], base_offset=77),
           batch([b"x"], records=b"\x05junk"), batch([b"x" * 1_200_000]),
           batch([b"x"], time=1 << 60), batch([b"x"], time=-1), batch([b"x"], time=-5),
           batch([b"x"], time=NOW, max_time=NOW + 5)]
    for version in versions("produce"):
        for acks in (-1, 1, 2, -2):
            yield "produce", version, produce_body(broker, version, good, acks)
        yield "produce", version, produce_body(broker, version, good, name="none-such")
        yield "produce", version, produce_body(broker, version, good, index=7)
        if version in (3, 7, 8, 13):
            for each in bad:
                yield "produce", version, produce_body(broker, version, each)
    yield "produce", 9, produce_body(broker, 9, good, name="__consumer_offsets")
    yield "list_offsets", 7, {"replica_id": -1, "topics": [
        {"name": "produced", "partitions": [{"partition_index": 0, "timestamp": -1}]}]}


def idempotence(broker):
    yield "create_topics", 7, create("idempotent")
    body = {"transactional_id": None, "transaction_timeout_ms": 1000}
    for version in versions("init_producer_id"):
        if version > 5:
            continue
        yield "init_producer_id", version, body
    answer = yield "init_producer_id", 4, body
    producer = answer["producer_id"]
    yield "init_producer_id", 4, {**body, "producer_id": producer, "producer_epoch": 0}
    yield "init_producer_id", 4, {**body, "transactional_id": ""}
    steps = [(0, 0, 2), (0, 2, 3), (0, 2, 3), (0, 0, 2), (0, 9, 1), (0, 5, 1), (0, 6, 1), (0, 7, 1),
             (0, 8, 1), (0, 9, 1), (0, 0, 2), (1, 3, 1), (1, 0, 1), (0, 10, 1), (1, 1, 2),
             (1, 1, 1),
             (5, 0, 1), (4, 1, 1)]
    for epoch, sequence, count in steps:
        data = batch([b"v"] * count, producer=(producer, epoch, sequence))
        yield "produce", 9, produce_body(broker, 9, data, name="idempotent")
    unknown = batch([b"v"], producer=(producer + 1000, 0, 41))
    yield "produce", 9, produce_body(broker, 9, unknown, name="idempotent")
    last = batch([b"v", b"w"], producer=(producer + 1001, 0, (1 << 31) - 2))
    yield "produce", 9, produce_body(broker, 9, last, name="idempotent")
    wrapped = batch([b"v"], producer=(producer + 1001, 0, 0))
    yield "produce", 9, produce_body(broker, 9, wrapped, name="idempotent")


def fetch_body(broker, version, offset=0, name="fetched", index=0, **more):
    partition = {"partition": index, "fetch_offset": offset, "partition_max_bytes": 1 << 20}
    for key in ("current_leader_epoch", "last_fetched_epoch", "partition_max_bytes"):
        if key in more:
            partition[key] = more.pop(key)
    topic = {"partitions": [partition]}
    if version >= 13:
        topic["topic_id"] = broker.memory.get(f"id of {name}", uuid.UUID(int=77))
    else:
        topic["topic"] = name
    return {"max_wait_ms": 0, "min_bytes": 0, "topics": [topic], **more}


def fetch(broker):
    yield "create_topics", 7, create("fetched", 2)
    broker.memory["id of fetched"] = topic_id(broker, "fetched")
    for index in range(3):
        data = batch([b"%d" % index] * 3)
        yield "produce", 9, produce_body(broker, 9, data, name="fetched")
    for version in versions("fetch"):
        for offset in (0, 4, 8, 9, 10, -1, 1000):
            yield "fetch", version, fetch_body(broker, version, offset)
        for limit in (1, 0, 100, 170):
            yield "fetch", version, fetch_body(broker, version, 0, max_bytes=limit)
            yield "fetch", version, fetch_body(broker, version, 0, partition_max_bytes=limit)
        yield "fetch", version, fetch_body(broker, version, name="none-such")
        yield "fetch", version, fetch_body(broker, version, index=9)
        yield "fetch", version, fetch_body(broker, version, isolation_level=1)
        if version >= 9:
            for epoch in (0, 1, -1):
                yield "fetch", version, fetch_body(broker, version, current_leader_epoch=epoch)
        if version >= 12:
            for epoch in (0, 3):
                yield "fetch", version, fetch_body(broker, version, 2, last_fetched_epoch=epoch)
    for version in (7, 12, 13, 18):
        opened = yield "fetch", version, fetch_body(broker, version, session_epoch=0)
        session = opened["session_id"]
        nothing = {"topics": [], "max_wait_ms": 0, "min_bytes": 0, "session_id": session}
        yield "fetch", version, {**nothing, "session_epoch": 1}
        yield "fetch", version, {**nothing, "session_epoch": 1}
        yield "fetch", version, {**nothing, "session_id": session + 1, "session_epoch": 1}
        yield "fetch", version, fetch_body(broker, version, 9, session_id=session, session_epoch=2)
        yield "fetch", version, {**nothing, "session_epoch": 3}
        yield "fetch", version, fetch_body(broker, version, index=1, session_id=session,
                                           session_epoch=4)
        forgotten = {"partitions": [0, 1]}
        forgotten.update({"topic_id": broker.memory["id of fetched"]} if version >= 13
                         else {"topic": "fetched"})
        yield "fetch", version, {**nothing, "session_epoch": 5,
                                 "forgotten_topics_data": [forgotten]}
        yield "fetch", version, {**nothing, "session_epoch": -1}
        yield "fetch", version, {**nothing, "session_epoch": 6}


def list_offsets(broker):
    yield "create_topics", 7, create("listed")
    empty = create("listed-empty")
    yield "create_topics", 7, empty
    for index in range(4):
        data = batch([b"v", b"w"], time=NOW + (1000, 5000, 3000, 5000)[index])
        yield "produce", 9, produce_body(broker, 9, data, name="listed")
    for version in versions("list_offsets"):
        for name in ("listed", "listed-empty"):
            for time in (-1, -2, -3, -4, -5, -6, -7, 0, NOW + 1000, NOW + 1001, NOW + 3000,
                         NOW + 5000, NOW + 6000):
                yield "list_offsets", version, {"replica_id": -1, "topics": [
                    {"name": name, "partitions": [{"partition_index": 0, "timestamp": time}]}]}
        yield "list_offsets", version, {"replica_id": -1, "topics": [
            {"name": "listed", "partitions": [{"partition_index": 3, "timestamp": -1}]},
            {"name": "none-such", "partitions": [{"partition_index": 0, "timestamp": -1}]}]}
        if version >= 2:
            yield "list_offsets", version, {"replica_id": -1, "isolation_level": 1, "topics": [
                {"name": "listed", "partitions": [{"partition_index": 0, "timestamp": -1}]}]}
        if version >= 4:
            for epoch in (0, 1):
                yield "list_offsets", version, {"replica_id": -1, "topics": [
                    {"name": "listed", "partitions": [{"partition_index": 0, "timestamp": -1,
                                                       "current_leader_epoch": epoch}]}]}
        yield "list_offsets", version, {"replica_id": -1, "topics": [
            {"name": "listed", "partitions": [{"partition_index": 0, "timestamp": -1}] * 2}]}


def delete_records(broker):
    yield "create_topics", 7, create("trimmed")
    yield "create_topics", 7, create("trimmed-compact", configs=[
        {"name": "cleanup.policy", "value": "compact"}])
    yield "produce", 9, produce_body(broker, 9, batch([b"v"] * 10), name="trimmed")
    for version in versions("delete_records"):
        for offset in (0, 2, 1, 5, 11, -1, -2):
            yield "delete_records", version, {"topics": [{"name": "trimmed", "partitions": [
                {"partition_index": 0, "offset": offset}]}], "timeout_ms": 10000}
        yield "delete_records", version, {"topics": [
            {"name": "trimmed", "partitions": [{"partition_index": 4, "offset": 0}]},
            {"name": "none-such", "partitions": [{"partition_index": 0, "offset": 0}]},
            {"name": "trimmed-compact", "partitions": [{"partition_index": 0, "offset": 0}]},
        ], "timeout_ms": 10000}
    broker.memory["id of trimmed"] = topic_id(broker, "trimmed")
    yield "fetch", 12, fetch_body(broker, 12, 0, "trimmed")
    yield "list_offsets", 7, {"replica_id": -1, "topics": [
        {"name": "trimmed", "partitions": [{"partition_index": 0, "timestamp": -2}]}]}


def leader_epochs(broker):
    yield "create_topics", 7, create("epochs")
    yield "produce", 9, produce_body(broker, 9, batch([b"v"] * 3), name="epochs")
    for version in versions("offset_for_leader_epoch"):
        for current, asked in ((-1, 0), (0, 0), (1, 0), (-1, 1), (-1, -1), (-1, 5)):
            partition = {"partition": 0, "current_leader_epoch": current, "leader_epoch": asked}
            yield "offset_for_leader_epoch", version, {
                "topics": [{"topic": "epochs", "partitions": [partition]}]}
        yield "offset_for_leader_epoch", version, {"topics": [{"topic": "none-such", "partitions": [
            {"partition": 0, "current_leader_epoch": -1, "leader_epoch": 0}]}]}


# After these the metadata that clients see follows a moment later.
CHANGE_TOPICS = {"create_topics", "delete_topics", "create_partitions"}

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32


def configs(_):
    yield "create_topics", 7, create("options", configs=[
        {"name": "retention.ms", "value": "1000000"},
        {"name": "cleanup.policy", "value": "compact"}])
    for version in versions("describe_configs"):
        for flag in (False, True):
            yield "describe_configs", version, {"resources": [
                {"resource_type": TOPIC, "resource_name": "options", "configuration_keys": None}],
                "include_synonyms": flag}
        yield "describe_configs", version, {"resources": [
            {"resource_type": TOPIC, "resource_name": "options",
             "configuration_keys": ["retention.ms", "nothing"]},
            {"resource_type": TOPIC, "resource_name": "none-such", "configuration_keys": None},
            {"resource_type": TOPIC, "resource_name": "bad name", "configuration_keys": None}]}
        for kind, name in ((BROKER, "2"), (BROKER, "x"), (BROKER, ""), (77, "x"), (METRICS, "m"),
                           (TOPIC, "")):
            yield "describe_configs", version, {"resources": [
                {"resource_type": kind, "resource_name": name, "configuration_keys": None}]}
    yield "describe_configs", 4, {"resources": [
        {"resource_type": BROKER, "resource_name": "1", "configuration_keys": [
            "num.partitions", "log.retention.ms", "log.retention.hours", "message.max.bytes",
            "log.segment.bytes", "min.insync.replicas", "compression.type", "log.cleanup.policy",
            "offsets.topic.num.partitions", "group.initial.rebalance.delay.ms", "node.id"]}],
        "include_synonyms": True}

    def alter(*changes, kind=TOPIC, name="options", **more):
        return {"resources": [{"resource_type": kind, "resource_name": name, "configs": [
            {"name": key, "config_operation": how, "value": value}
            for key, how, value in changes]}], **more}
    asked = [alter(("retention.ms", 0, "5000")), alter(("retention.ms", 1, None)),
             alter(("cleanup.policy", 2, "delete")), alter(("cleanup.policy", 3, "compact")),
             alter(("cleanup.policy", 3, "delete")), alter(("retention.ms", 2, "1")),
             alter(("retention.ms", 0, "many")), alter(("retention.ms", 0, None)),
             alter(("no.such", 0, "1")), alter(("no.such", 1, None)),
             alter(("retention.ms", 9, "1")),
             alter(("retention.ms", 0, "1"), ("retention.ms", 0, "2")),
             alter(("retention.ms", 0, "1"), ("no.such", 0, "2")),
             alter(("retention.ms", 0, "77"), validate_only=True),
             alter(("retention.ms", 0, "1"), name="none-such"),
             alter(("retention.ms", 0, "1"), name=""), alter(("retention.ms", 0, "1"), name="x y"),
             alter(), alter(("message.max.bytes", 0, "2000000"), kind=BROKER, name="1"),
             alter(("message.max.bytes", 0, "1900000"), kind=BROKER, name=""),
             alter(("message.max.bytes", 0, "x"), kind=BROKER, name="1"),
             alter(("node.id", 0, "7"), kind=BROKER, name="1"),
             alter(("message.max.bytes", 0, "1"), kind=BROKER, name="9"),
             alter(("message.max.bytes", 0, "1"), kind=BROKER, name="x"),
             alter(("x", 0, "1"), kind=77)]
    for version in versions("incremental_alter_configs"):
        for body in asked:
            yield "incremental_alter_configs", version, body
    for kind, name in ((TOPIC, "options"), (BROKER, ""), (BROKER, "1")):
        yield "describe_configs", 4, {"include_synonyms": True, "resources": [
            {"resource_type": kind, "resource_name": name, "configuration_keys": [
                "retention.ms", "cleanup.policy", "max.message.bytes", "message.max.bytes"]}]}
    yield "incremental_alter_configs", 1, alter(("no.such", 0, "7"), kind=BROKER, name="1")
    for how, name in ((1, "1"), (1, "")):
        yield "incremental_alter_configs", 1, alter(("message.max.bytes", how, None), kind=BROKER,
                                                    name=name)


def cluster(_):
    for version in versions("describe_cluster"):
        for kind in (1, 2, 9):
            yield "describe_cluster", version, {
                "include_cluster_authorized_operations": True,
                **({"endpoint_type": kind} if version >= 1 else {})}
    for version in versions("describe_log_dirs"):
        yield "create_topics", 7, create("sized", 2)
        yield "describe_log_dirs", version, {"topics": [{"topic": "sized", "partitions": [0, 1]}]}
        yield "describe_log_dirs", version, {"topics": [{"topic": "none", "partitions": [0]}]}
    for version in versions("list_partition_reassignments"):
        for topics in (None, [{"name": "sized", "partition_indexes": [0]}],
                       [{"name": "none-such", "partition_indexes": [0]}]):
            yield "list_partition_reassignments", version, {"timeout_ms": 1000, "topics": topics}
    for version in versions("describe_quorum"):
        yield "describe_quorum", version, {"topics": [
            {"topic_name": "none-such", "partitions": [{"partition_index": 0}]}]}


def negotiation(_):
    for version in versions("api_versions"):
        yield "api_versions", version, ({"client_software_name": "a-b", "client_software_version":
                                         "1.0"} if version >= 3 else {})
    for name, version in (("", "1"), ("a", ""), ("a b", "1"), ("-a", "1"), ("a", "1-"),
                          ("a", "1_2")):
        yield "api_versions", 3, {"client_software_name": name, "client_software_version": version}


ALL = [negotiation, create_topics, metadata, describe_topic_partitions, create_partitions,
       delete_topics, produce, idempotence, fetch, list_offsets, delete_records, leader_epochs,
       configs, cluster, *group_scenarios.ALL, *consumer_group_scenarios.ALL,
       *feature_scenarios.ALL, *transaction_scenarios.ALL]


def is_known(scenario, api, path, ours, theirs):
    """Differences that are meant, each with its reason."""
    # Kafka stores min.insync.replicas as a cluster default when eligible leader replicas are on,
    # which are not served.
    if path.endswith(".config_source") and (ours, theirs) == (5, 3):
        return True
    # Where Kafka gives an error alone, we also say what is wrong.
    if path.endswith("error_message") and theirs is None or "record_errors" in path:
        return True
    # Kafka answers UNKNOWN_SERVER_ERROR for a batch that cannot be decompressed.
    if path.endswith(".error_code") and (api, ours, theirs) == ("produce", 87, -1):
        return True
    # A refused batch: whether the start of the log is told depends on which check refused it.
    if path.endswith(".log_start_offset") and api == "produce" and theirs == -1:
        return True
    # Kafka keeps options of a broker that nobody knows (plugins may); here a typing error is told.
    if (api, ours, theirs) == ("incremental_alter_configs", 42, 0):
        return True
    # The texts of produce are our own.
    if path.endswith("error_message") and api == "produce":
        return True
    # Kafka falls over an operation that does not exist.
    if (api, ours, theirs) == ("incremental_alter_configs", 42, -1):
        return True
    if path.endswith(".synonyms") and "min.insync.replicas" in repr(ours):
        return True
    if path.endswith(".configs") and ours == [] and (
            "min.insync.replicas" in repr(theirs) or "interval.ms" in repr(theirs)):
        return True
    # The default of group.initial.rebalance.delay.ms is not Kafka's.
    if (api, ours, theirs) == ("describe_configs", "250", "3000"):
        return True
    # The nodes of the quorum have no listeners of their own here.
    if path == ".nodes" and api == "describe_quorum":
        return True
    # The voters of the quorum are those of the configuration here: kraft.version has no level 1.
    if api == "update_features" and "feature kraft.version" in repr(ours):
        return True
    # A group that only offsets of a transaction name is no group before they are committed.
    if path.endswith(".error_code") and (api, ours, theirs) == ("txn_offset_commit", 22, 25):
        return True
    # Aborted transactions above what is read may be named too: a client leaves them.
    if path.endswith(".aborted_transactions") and ours and theirs is not None:
        return all(each in ours for each in theirs)
    # Security and share groups are not served.
    if api == "api_versions" and path == ".api_keys":
        return all(each in theirs for each in ours)
    return False
