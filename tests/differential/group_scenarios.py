"""Groups of the classic protocol: membership, offsets and what tools ask about them."""
from messages import APIS


def versions(api):
    return APIS[api][1]["request"].versions


def join(group, version, member="", protocols=(("range", b"meta"),), instance=None, **more):
    body = {"group_id": group, "session_timeout_ms": 30000, "member_id": member,
            "protocol_type": "consumer",
            "protocols": [{"name": name, "metadata": data} for name, data in protocols], **more}
    if version >= 1:
        body.setdefault("rebalance_timeout_ms", 30000)
    if version >= 5:
        body["group_instance_id"] = instance
    return "join_group", version, body


def sync(group, version, generation, member, assignments=(), **more):
    return "sync_group", version, {
        "group_id": group, "generation_id": generation, "member_id": member,
        "assignments": [{"member_id": each, "assignment": data} for each, data in assignments],
        **({"protocol_type": "consumer", "protocol_name": "range"} if version >= 5 else {}), **more}


def beat(group, version, generation, member, **more):
    return "heartbeat", version, {"group_id": group, "generation_id": generation,
                                  "member_id": member, **more}


def coordinator(_):
    for version in versions("find_coordinator"):
        for kind in (0, 3, -1) if version >= 1 else (0,):
            body = {"coordinator_keys": ["g", "", "h"]} if version >= 4 else {"key": "g"}
            yield "find_coordinator", version, {**body, **({"key_type": kind} if version else {})}


def membership(broker):
    yield "find_coordinator", 4, {"coordinator_keys": ["g"], "key_type": 0}
    for version in versions("join_group"):
        group = f"members-{version}"
        answer = yield join(group, version)
        if answer["error_code"] == 79:
            broker.memory["member"] = answer["member_id"]
            answer = yield join(group, version, answer["member_id"])
        member = broker.memory["member"] = answer["member_id"]
        generation = answer["generation_id"]
        yield beat(group, 0, generation, member)
        level = min(version, 5)
        yield sync(group, level, generation + 1, member)
        yield sync(group, level, generation, "stranger")
        yield sync(group, level, generation, member, [(member, b"mine")])
        yield sync(group, level, generation, member)
        for each in versions("heartbeat"):
            yield beat(group, each, generation, member)
            yield beat(group, each, generation - 1, member)
            yield beat(group, each, generation, "stranger")
            yield beat("no-such-group", each, generation, member)
            yield beat("", each, generation, member)
        for each in versions("describe_groups"):
            yield "describe_groups", each, {"groups": [group, "none-such", ""]}
        # The same member again, with the same and with another subscription.
        answer = yield join(group, version, member)
        answer = yield join(group, version, member, (("range", b"other"),))
        generation = answer["generation_id"]
        yield beat(group, 0, generation, member)
        yield "delete_groups", 2, {"groups_names": [group]}
        yield sync(group, level, generation, member, [(member, b"more")])
        yield join(group, version, member, protocol_type="other")
        yield join(group, version, "stranger")
        yield join(group, version, member, protocols=())
        if version >= 5:
            yield sync(group, 5, generation, member, protocol_type="other")
            yield sync(group, 5, generation, member, protocol_name="other")
        leave = min(version, 5)
        yield "leave_group", leave, {"group_id": group, **(
            {"members": [{"member_id": "stranger"}, {"member_id": member}]} if leave >= 3
            else {"member_id": member})}
        yield "leave_group", leave, {"group_id": group, **(
            {"members": [{"member_id": member}]} if leave >= 3 else {"member_id": member})}
        yield "describe_groups", 6, {"groups": [group]}
        yield "list_groups", 5, {"states_filter": [], "types_filter": []}
        yield "delete_groups", 2, {"groups_names": [group, "none-such", ""]}
        yield "describe_groups", 5, {"groups": [group]}
    yield join("", 5)
    for timeout in (0, 5999, 1800001):
        yield join("timeouts", 5, session_timeout_ms=timeout)


def static_members(broker):
    group = "static"
    answer = yield join(group, 5, instance="one")
    first = broker.memory["first"] = answer["member_id"]
    generation = answer["generation_id"]
    yield sync(group, 5, generation, first, [(first, b"a")], group_instance_id="one")
    # Another with the same instance id takes over without a rebalance.
    answer = yield join(group, 5, instance="one")
    second = broker.memory["second"] = answer["member_id"]
    yield sync(group, 5, answer["generation_id"], second, group_instance_id="one")
    yield beat(group, 4, generation, first, group_instance_id="one")
    yield beat(group, 4, answer["generation_id"], second, group_instance_id="one")
    yield beat(group, 4, answer["generation_id"], second, group_instance_id="two")
    yield join(group, 5, first, instance="one")
    yield sync(group, 5, generation, first, group_instance_id="one")
    yield "describe_groups", 5, {"groups": [group]}
    yield "leave_group", 4, {"group_id": group, "members": [
        {"member_id": "", "group_instance_id": "two"},
        {"member_id": first, "group_instance_id": "one"}]}
    yield "leave_group", 4, {"group_id": group, "members": [
        {"member_id": "", "group_instance_id": "one"}]}
    yield "describe_groups", 5, {"groups": [group]}


def commit(topic_id, version, group="offsets", generation=-1, member="", name="committed", index=0,
           offset=5, note="note"):
    topic = {"partitions": [{"partition_index": index, "committed_offset": offset,
                             "committed_metadata": note}]}
    topic.update({"topic_id": topic_id} if version >= 10 else {"name": name})
    return "offset_commit", version, {
        "group_id": group, "generation_id_or_member_epoch": generation, "member_id": member,
        "topics": [topic]}


def fetch(topic_id, version, group="offsets", name="committed", indexes=(0, 1), **more):
    topics = None
    if name:
        topic = {"partition_indexes": list(indexes)}
        topic.update({"topic_id": topic_id} if version >= 10 else {"name": name})
        topics = [topic]
    if version >= 8:
        return "offset_fetch", version, {"groups": [{"group_id": group, "topics": topics}], **more}
    return "offset_fetch", version, {"group_id": group, "topics": topics, **more}


def committed_topic(broker):
    answer = broker.send("metadata", 12, {"topics": [{"name": "committed"}]}, "side")
    return answer["topics"][0]["topic_id"]


def offsets(broker):
    yield "create_topics", 7, {"topics": [{"name": "committed", "num_partitions": 2,
                                           "replication_factor": 1}], "timeout_ms": 10000}
    topic = committed_topic(broker)
    for version in versions("offset_commit"):
        yield commit(topic, version, offset=version * 10)
        yield commit(topic, version, index=1, offset=-1)
        yield commit(topic, version, index=9)
        yield commit(topic, version, note="n" * 4097)
        yield commit(topic, version, note=None)
        yield commit(topic, version, generation=3, member="stranger")
        yield commit(topic, version, generation=3, group="no-such-group")
        yield commit(topic, version, group="")
        if version < 10:
            yield commit(topic, version, name="none-such")
            yield commit(topic, version, name="bad name")
    for version in versions("offset_fetch"):
        yield fetch(topic, version)
        yield fetch(topic, version, group="no-such-group")
        yield fetch(topic, version, group="")
        if version < 10:
            yield fetch(topic, version, name="none-such")
        if version >= 2:
            yield fetch(topic, version, name=None)
        if version >= 7:
            yield fetch(topic, version, require_stable=True)


def member_offsets(broker):
    topic = committed_topic(broker)
    answer = yield join("offsets", 5)
    if answer["error_code"] == 79:
        broker.memory["member"] = answer["member_id"]
        answer = yield join("offsets", 5, answer["member_id"])
    member, generation = answer["member_id"], answer["generation_id"]
    yield commit(topic, 7, member=member, generation=generation)  # before its sync
    yield sync("offsets", 5, generation, member, [(member, b"a")])
    yield commit(topic, 7, member=member, generation=generation, offset=1)
    yield commit(topic, 7, member=member, generation=generation + 1, offset=2)
    yield commit(topic, 7, member="stranger", generation=generation, offset=3)
    yield commit(topic, 7, offset=4)
    yield fetch(topic, 7)
    for name in ("committed", "none-such"):
        yield "offset_delete", 0, {"group_id": "offsets", "topics": [
            {"name": name, "partitions": [{"partition_index": 0}]}]}
    yield "leave_group", 4, {"group_id": "offsets", "members": [{"member_id": member}]}
    yield "offset_delete", 0, {"group_id": "offsets", "topics": [
        {"name": "committed", "partitions": [{"partition_index": 0}, {"partition_index": 5}]}]}
    yield "offset_delete", 0, {"group_id": "no-such-group", "topics": []}
    yield fetch(topic, 7)
    for version in versions("delete_groups"):
        yield "delete_groups", version, {"groups_names": ["offsets"]}
    yield fetch(topic, 7)


def listing(_):
    for version in versions("list_groups"):
        yield "list_groups", version, {}
    for state in ("Empty", "empty", "Stable", "Nonsense"):
        yield "list_groups", 5, {"states_filter": [state]}
    for kind in ("classic", "Consumer", "nonsense"):
        yield "list_groups", 5, {"types_filter": [kind]}


ALL = [coordinator, membership, static_members, offsets, member_offsets, listing]
