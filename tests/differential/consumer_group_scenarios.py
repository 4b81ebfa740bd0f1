"""Groups of the consumer protocol (KIP-848): heartbeats, what tools ask, commits, migration. Both
nodes make a target assignment at once (group.consumer.assignment.interval.ms is 0)."""
import struct

from group_scenarios import beat, join, sync, versions
from node import wait_for


def create(name, partitions):
    return "create_topics", 7, {"topics": [{"name": name, "num_partitions": partitions,
                                            "replication_factor": 1}], "timeout_ms": 10000}


def topic_id(broker, name):
    answer = broker.send("metadata", 12, {"topics": [{"name": name}]}, "side")
    return answer["topics"][0]["topic_id"]


def heartbeat(group, member, epoch, version=1, owned=None, **more):
    body = {"group_id": group, "member_id": member, "member_epoch": epoch, "instance_id": None,
            "rack_id": None, "rebalance_timeout_ms": -1, "subscribed_topic_names": None,
            "server_assignor": None, "topic_partitions": None, **more}
    if owned is not None:
        body["topic_partitions"] = [{"topic_id": topic, "partitions": partitions}
                                    for topic, partitions in owned.items()]
    return "consumer_group_heartbeat", version, body


def enter(group, member, topics, version=1, **more):
    return heartbeat(group, member, 0, version, {}, rebalance_timeout_ms=30000,
                     subscribed_topic_names=topics, **more)


def describe(*groups):
    for version in versions("consumer_group_describe"):
        for asked in (False, True):
            yield "consumer_group_describe", version, {
                "group_ids": list(groups), "include_authorized_operations": asked}


def await_topic(broker, name, partitions):
    """Waits until the broker's coordinator knows the topic: Kafka's hears of it a moment later."""
    broker.send("find_coordinator", 4, {"coordinator_keys": [name], "key_type": 0}, "side")

    def known():
        answer = broker.send(*enter(f"scratch-{name}", "s", [name]), "side")
        found = (answer["assignment"] or {}).get("topic_partitions", [])
        return sum(len(each["partitions"]) for each in found) == partitions

    wait_for(known, 20, f"{name} has {partitions} partitions")
    broker.send(*heartbeat(f"scratch-{name}", "s", -1), "side")
    broker.send("delete_groups", 2, {"groups_names": [f"scratch-{name}"]}, "side")


def subscription(*topics):
    """ConsumerProtocolSubscription, version 0."""
    names = b"".join(struct.pack(">h", len(each)) + each.encode() for each in topics)
    return struct.pack(">hi", 0, len(topics)) + names + struct.pack(">i", -1)


def assignment(topic, partitions, data=b""):
    """ConsumerProtocolAssignment, version 0."""
    return (struct.pack(">hih", 0, 1, len(topic)) + topic.encode()
            + struct.pack(f">i{len(partitions)}i", len(partitions), *partitions)
            + (struct.pack(">i", len(data)) + data if data else struct.pack(">i", -1)))


def refusals(_):
    """What is wrong with a heartbeat by itself."""
    for version in versions("consumer_group_heartbeat"):
        group = f"refused-{version}"
        yield heartbeat("", "a", 0, version)
        yield heartbeat(" ", "a", 1, version)
        for epoch in (-3, -2, -1, 1, 7):
            yield heartbeat(group, "a", epoch, version)
            yield heartbeat(group, "", epoch, version)
            yield heartbeat(group, "a", epoch, version, instance_id="one")
            yield heartbeat(group, "a", epoch, version, instance_id=" ")
        yield enter(group, "a", ["x"], version, rack_id="")
        yield enter(group, "a", None, version)
        yield enter(group, "a", ["x"], version, server_assignor="sticky")
        yield enter(group, "a", ["x"], version, server_assignor="")
        yield heartbeat(group, "a", 0, version, {}, subscribed_topic_names=["x"])
        yield heartbeat(group, "a", 0, version, rebalance_timeout_ms=1,
                        subscribed_topic_names=["x"])
    yield enter("refused-1", "", ["x"], 1)
    for pattern in ("a(b", "a)b", "[z-a]", "*", "a**", "(?<n", "\\", "[[:no:]]", "a{2,1}",
                    "x{1001}"):
        yield enter("refused-regex", "a", None, 1, subscribed_topic_regex=pattern)
    yield from describe("refused-0", "refused-1", "")


def membership(broker):
    yield create("cg", 4)
    await_topic(broker, "cg", 4)
    topic = topic_id(broker, "cg")
    for version in versions("consumer_group_heartbeat"):
        group = f"consumers-{version}"
        yield enter(group, "a", ["cg", "no-such-topic"], version)
        yield heartbeat(group, "a", 1, version, {topic: [0, 1, 2, 3]})
        yield from describe(group)
        yield enter(group, "b", ["cg", "no-such-topic"], version, server_assignor="range")
        yield from describe(group)
        yield heartbeat(group, "a", 1, version)
        yield heartbeat(group, "a", 1, version, {topic: [0, 1, 2, 3]})
        yield from describe(group)
        yield heartbeat(group, "b", 2, version, {})
        yield heartbeat(group, "a", 1, version, {topic: [0, 1]})
        yield heartbeat(group, "a", 1, version, {topic: [0, 1]})  # the answer was lost
        yield heartbeat(group, "a", 1, version, {topic: [0, 1, 2]})
        yield heartbeat(group, "a", 1, version)
        yield heartbeat(group, "a", 3, version)
        yield heartbeat(group, "c", 2, version)
        yield heartbeat(group, "b", 2, version, {})
        yield heartbeat(group, "a", 2, version, {topic: [0, 1]}, rebalance_timeout_ms=30000,
                        subscribed_topic_names=["cg", "no-such-topic"])
        yield from describe(group)
        yield enter(group, "a", ["cg", "no-such-topic"], version)
        yield "list_groups", 5, {"states_filter": ["stable"], "types_filter": ["consumer"]}
        for each in versions("describe_groups"):
            yield "describe_groups", each, {"groups": [group]}
        yield "delete_groups", 2, {"groups_names": [group]}
        # Another subscription.
        yield heartbeat(group, "b", 2, version, {topic: [2, 3]}, subscribed_topic_names=["other"])
        yield heartbeat(group, "b", 2, version, {})
        yield heartbeat(group, "a", 2, version, {topic: [0, 1]})
        yield from describe(group)
        yield heartbeat(group, "b", -1, version)
        yield heartbeat(group, "b", -1, version)
        yield heartbeat(group, "a", -1, version)
        yield from describe(group)
        yield "list_groups", 5, {"states_filter": ["empty"], "types_filter": ["consumer"]}
        yield "delete_groups", 2, {"groups_names": [group]}
        yield from describe(group)


def static_membership(broker):
    topic = topic_id(broker, "cg")
    group = "static-consumers"
    yield enter(group, "a", ["cg"], instance_id="one")
    yield enter(group, "b", ["cg"], instance_id="one")
    yield enter(group, "a", ["cg"], instance_id="one")
    yield heartbeat(group, "a", 1, instance_id="two")
    yield heartbeat(group, "b", 1, instance_id="one")
    yield heartbeat(group, "a", -2, instance_id="one")
    yield from describe(group)
    yield heartbeat(group, "a", 1, instance_id="one")
    yield enter(group, "b", ["cg"], instance_id="one")
    yield heartbeat(group, "a", 1, instance_id="one")
    yield heartbeat(group, "b", 1, owned={topic: [0, 1, 2, 3]}, instance_id="one")
    yield from describe(group)
    yield heartbeat(group, "a", -1, instance_id="one")
    yield heartbeat(group, "b", -1, instance_id="none")
    yield heartbeat(group, "b", -1, instance_id="one")
    yield from describe(group)


def commits(broker):
    topic = topic_id(broker, "cg")
    group = "committing"
    yield enter(group, "a", ["cg"])

    def commit(version, member, epoch, name="cg"):
        place = {"topic_id": topic} if version >= 10 else {"name": name}
        return "offset_commit", version, {
            "group_id": group, "generation_id_or_member_epoch": epoch, "member_id": member,
            "topics": [{**place, "partitions": [{"partition_index": 0, "committed_offset": 5,
                                                 "committed_metadata": ""}]}]}

    def fetch(version, member, epoch):
        place = {"topic_id": topic} if version >= 10 else {"name": "cg"}
        return "offset_fetch", version, {"groups": [
            {"group_id": group, "member_id": member, "member_epoch": epoch,
             "topics": [{**place, "partition_indexes": [0]}]}]}

    for version in versions("offset_commit"):
        for member, epoch in (("a", 1), ("a", 2), ("a", 0), ("b", 1), ("", -1), ("a", -1)):
            yield commit(version, member, epoch)
    for version in (9, 10):
        for member, epoch in (("a", 1), ("a", 2), ("a", 0), ("b", 1), (None, -1), ("a", -1),
                              ("", -1)):
            yield fetch(version, member, epoch)
    # An epoch on, it may commit what it had before.
    yield heartbeat(group, "a", 1, subscribed_topic_names=["cg", "other"])
    yield commit(9, "a", 1)
    yield commit(9, "a", 0)
    yield "offset_delete", 0, {"group_id": group, "topics": [
        {"name": each, "partitions": [{"partition_index": 0}]} for each in ("cg", "created-2")]}
    yield heartbeat(group, "a", -1)
    yield commit(9, "", -1)
    yield commit(9, "a", 2)
    yield fetch(9, None, -1)
    yield "offset_delete", 0, {"group_id": group, "topics": [
        {"name": "cg", "partitions": [{"partition_index": 0}]}]}


def topics_change(broker):
    yield create("growing", 1)
    await_topic(broker, "growing", 1)
    group = "changing"
    yield enter(group, "a", ["growing", "later"])
    yield "create_partitions", 3, {"timeout_ms": 10000, "topics": [
        {"name": "growing", "count": 2, "assignments": None}]}
    await_topic(broker, "growing", 2)
    yield heartbeat(group, "a", 1)
    yield create("later", 1)
    await_topic(broker, "later", 1)
    yield heartbeat(group, "a", 2)
    topic = topic_id(broker, "growing")
    yield "delete_topics", 5, {"topic_names": ["later"], "timeout_ms": 10000}
    await_topic(broker, "later", 0)
    yield heartbeat(group, "a", 3, owned={topic: [0, 1]})
    yield from describe(group)
    yield heartbeat(group, "a", -1)


def migration(broker):
    yield create("mg", 4)
    await_topic(broker, "mg", 4)
    group = "moving"
    classic = {"protocols": (("range", subscription("mg")),)}
    answer = yield join(group, 3, **classic)
    member = broker.memory["member"] = answer["member_id"]
    yield sync(group, 3, 1, member, [(member, assignment("mg", [0, 1, 2, 3]))])
    yield heartbeat(group, "new", 5)
    yield enter(group, "new", ["mg"])
    yield from describe(group)
    yield "describe_groups", 6, {"groups": [group]}
    yield beat(group, 3, 1, member)
    yield beat(group, 3, 2, member)
    yield beat(group, 3, 2, "new")
    yield sync(group, 3, 1, member)
    yield sync(group, 3, 1, "new")
    yield join(group, 3, member, **classic)
    yield from describe(group)
    yield sync(group, 3, 2, member)
    yield beat(group, 3, 2, member)
    yield heartbeat(group, "new", 2, owned={})
    yield from describe(group)
    yield join(group, 3, "", (("other", subscription("mg")),))
    yield join(group, 3, "", (("range", subscription("mg")),), protocol_type="connect")
    yield "leave_group", 4, {"group_id": group, "members": [{"member_id": "stranger"}]}
    yield heartbeat(group, "new", -1)
    yield "describe_groups", 5, {"groups": [group]}
    yield beat(group, 3, 3, member)
    yield beat(group, 3, 2, member)
    yield "list_groups", 5, {"states_filter": [], "types_filter": ["classic"]}
    yield join(group, 3, member, **classic)
    yield "leave_group", 4, {"group_id": group, "members": [{"member_id": member}]}
    # What cannot go over.
    answer = yield join("of-connect", 3, protocol_type="connect")
    yield enter("of-connect", "new", ["mg"])
    answer = yield join("custom", 3, **classic)
    member = broker.memory["member"] = answer["member_id"]
    yield sync("custom", 3, 1, member, [(member, assignment("mg", [0], b"data"))])
    yield enter("custom", "new", ["mg"])


def group_options(_):
    def change(name, *options, dry=False):
        return "incremental_alter_configs", 1, {"validate_only": dry, "resources": [
            {"resource_type": 32, "resource_name": name, "configs": [
                {"name": key, "config_operation": how, "value": value}
                for key, how, value in options]}]}

    def told(name, **more):
        return "describe_configs", 4, {"resources": [
            {"resource_type": 32, "resource_name": name, "configuration_keys": None}],
            "include_synonyms": True, "include_documentation": False, **more}

    session, beats = "consumer.session.timeout.ms", "consumer.heartbeat.interval.ms"
    yield told("options")
    yield told("")
    for value in ("50000", "5000", "90000", "abc", "-1", ""):
        yield change("options", (session, 0, value))
    for value in ("1", "15000", "20000", None):
        yield change("options", (beats, 0, value))
    yield change("options", ("no.such", 0, "1"))
    yield change("options", ("no.such", 1, None))
    yield change("", (beats, 0, "6000"))
    yield change("options", (beats, 2, "6000"))
    yield change("options", (session, 0, "45000"), (session, 0, "46000"))
    yield change("options", ("share.auto.offset.reset", 0, "bad"))
    yield change("options", ("share.isolation.level", 0, "bad"))
    yield change("options", ("streams.num.standby.replicas", 0, "9"))
    yield change("options", ("consumer.assignment.interval.ms", 0, "5000"), dry=True)
    yield told("options")
    for version in versions("list_config_resources"):
        for kinds in ((), (32,), (16,), (4, 8), (1,), (0,), (32, 99)) if version else ((),):
            yield "list_config_resources", version, {"resource_types": list(kinds)}
    yield change("options", (session, 1, None), (beats, 1, None))
    yield "list_config_resources", 1, {"resource_types": [32]}


ALL = [refusals, membership, static_membership, commits, topics_change, migration, group_options]
