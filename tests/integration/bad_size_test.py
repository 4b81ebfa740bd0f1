"""Goal: a request that is valid and huge is answered, or refused with the right error, in bounded
memory. Method: for each API a request with a hundred thousand elements, or with one element of
megabytes, or that names one thing over and over whose description is large; attack.py watches
memory and another client."""
import os
import struct
import threading

from attack import answers, flexible_header, refused, run
from node import wait_for
from raw_client import RawClient, batch, unsigned_varint
from wire import Connection, header, string

MANY = 100_000
INT = struct.Struct(">i")
POLICY_VIOLATION, INVALID_TOPIC, UNKNOWN_TOPIC = 44, 17, 3
GROUP_MAX_SIZE_REACHED, METADATA_TOO_LARGE, INVALID_GROUP, UNKNOWN_SERVER_ERROR = 81, 12, 24, -1
INVALID_COMMIT_OFFSET_SIZE = 28


def array(elements):
    return INT.pack(len(elements)) + b"".join(elements)


def names(count, prefix="topic-that-does-not-exist-"):
    return [string(f"{prefix}{number}") for number in range(count)]


def partitions_of(count, one):
    """Topics with one partition each."""
    return [name + INT.pack(1) + one for name in names(count)]


def prepare_groups(node):
    client = RawClient(node.port, 60)
    wait_for(lambda: client.find_coordinator("g") == 0, 20, "a coordinator")
    return client


# One request of each API about a hundred thousand things: (key, version, body).
def huge_requests():
    metadata = INT.pack(MANY) + b"".join(names(MANY))
    yield 3, 1, metadata
    yield 3, 4, metadata + b"\0"
    # By ids that do not exist.
    ids = b"".join(os.urandom(16) + b"\0\0" for _ in range(MANY))
    yield 3, 12, unsigned_varint(MANY + 1) + ids + b"\0\0\0"
    yield 2, 1, INT.pack(-1) + array(partitions_of(MANY, struct.pack(">iq", 0, -1)))
    fetched = struct.pack(">iqi", 0, 0, 1 << 20)
    yield 1, 4, struct.pack(">iiiib", -1, 0, 0, 2**31 - 1, 0) + array(partitions_of(MANY, fetched))
    yield 0, 7, struct.pack(">hhi", -1, 1, 1000) + array(partitions_of(MANY, INT.pack(0) * 2))
    committed = struct.pack(">iq", 0, 1) + string("m")
    commit = string("g") + INT.pack(-1) + string("") + struct.pack(">q", -1)
    yield 8, 2, commit + array(partitions_of(MANY, committed))
    yield 9, 1, string("g") + array(partitions_of(MANY, INT.pack(0)))
    yield 10, 4, b"\0" + unsigned_varint(MANY + 1) + b"".join(
        b"\x08group%02d" % (number % 100) for number in range(MANY)) + b"\0"
    yield 15, 0, array(names(MANY))
    yield 16, 4, unsigned_varint(MANY + 1) + b"\x07Stable" * MANY + b"\0"
    yield 20, 1, array(names(MANY)) + INT.pack(1000)
    yield 21, 0, array(partitions_of(MANY, struct.pack(">iq", 0, 5))) + INT.pack(1000)
    yield 23, 2, array(partitions_of(MANY, struct.pack(">iii", 0, -1, 0)))
    described = [b"\2" + name + INT.pack(-1) for name in names(MANY)]
    yield 32, 1, array(described) + b"\0"
    yield 35, 1, array(partitions_of(MANY, INT.pack(0)))
    yield 37, 0, array([name + struct.pack(">ii", 5, -1) for name in names(MANY)]) \
        + struct.pack(">ib", 1000, 0)
    yield 42, 0, array(names(MANY))
    altered = [b"\2" + name + INT.pack(0) for name in names(MANY)]
    yield 44, 0, array(altered) + b"\0"
    yield 47, 0, string("g") + array(partitions_of(MANY, INT.pack(0)))
    yield 13, 3, string("g") + array([string(f"m{number}") + b"\xff\xff" for number in range(MANY)])


def a_hundred_thousand_of_everything(node):
    prepare_groups(node).close()
    for key, version, body in huge_requests():
        flexible = (key, version) in ((3, 12), (10, 4), (16, 4))
        head = flexible_header(key, version) if flexible else header(key, version)
        answer = answers(node, head + body, 120)
        assert answer, (key, version)


def more_than_can_be(node):
    """Requests of 20 MB with millions of elements are refused before they are in memory."""
    assert refused(node, header(3, 1) + INT.pack(7_000_000) + b"\0\1x" * 7_000_000, 60)
    assert refused(node, header(20, 1) + INT.pack(7_000_000) + b"\0\1x" * 7_000_000, 60)
    topics = [name + struct.pack(">ihii", 1, 1, 0, 0) for name in names(1_000_000, "t")]
    assert refused(node, header(19, 4) + array(topics) + struct.pack(">ib", 1000, 0), 60)
    assert "would take too much memory" in node.log()


def topics_beyond_the_limit(node):
    """What one request may create has a bound; above it nothing is created, and that is said."""
    client = RawClient(node.port, 120)
    before = client.topic_names()
    for wanted in ({"one": 100_000}, {"one": 10_001}, {"one": 2**31 - 1},
                   {f"t{number}": 1 for number in range(10_001)},
                   {f"t{number}": 1 for number in range(60_000)},
                   {f"t{number}": 5001 for number in range(2)}):
        answer = client.create_topics(wanted)
        assert set(answer.values()) == {POLICY_VIOLATION}, set(answer.values())
        assert set(answer) == set(wanted)
    more = string("good") + struct.pack(">ii", 100_000, -1)
    answer = client.ask(37, 0, INT.pack(1) + more + struct.pack(">ib", 1000, 0))
    assert struct.unpack(">h", answer[14:16])[0] == POLICY_VIOLATION, answer
    # An assignment of a hundred thousand partitions, and of a hundred thousand replicas.
    one = b"".join(struct.pack(">iii", index, 1, 1) for index in range(MANY))
    replicas = struct.pack(">ii", 0, MANY) + INT.pack(1) * MANY
    for assignment in (INT.pack(MANY) + one, INT.pack(1) + replicas):
        body = INT.pack(1) + string("assigned") + struct.pack(">ih", -1, -1) + assignment
        answer = client.ask(19, 4, body + INT.pack(0) + struct.pack(">ib", 1000, 0))
        assert struct.unpack(">h", answer[18:20])[0] in (POLICY_VIOLATION, 39), answer[:40]
    configs = [string(f"key-{number}") + string("value") for number in range(MANY)]
    body = INT.pack(1) + string("configured") + struct.pack(">ihi", 1, 1, 0) + array(configs)
    answer = client.ask(19, 4, body + struct.pack(">ib", 1000, 0))
    assert client.topic_names() == before, "something was created nevertheless"
    # Metadata that would create as many.
    client.ask(3, 4, array(names(50_000, "auto-")) + b"\1")
    assert client.topic_names() == before
    client.close()


def begin_a_transaction(client, name, topic, partitions):
    """A transaction that has all partitions of the topic; its producer id and epoch."""
    def found():
        return client.ask(10, 1, string(name) + b"\1")[4:6] == b"\0\0"

    wait_for(found, 30, "the transaction coordinator is there")
    answer = client.ask(22, 0, string(name) + INT.pack(60_000))
    error, producer, epoch = struct.unpack(">hqh", answer[4:16])
    assert error == 0, error
    answer = client.ask(24, 0, string(name) + struct.pack(">qh", producer, epoch) + array(
        [string(topic) + array([INT.pack(each) for each in range(partitions)])]))
    assert struct.unpack(">h", answer[-2:])[0] == 0, answer[-2:]
    return producer, epoch


def one_large_thing_named_over_and_over(node):
    """Each answer has it once, or the answer would be gigabytes."""
    client = prepare_groups(node)
    assert client.create_topics({"wide": 2000}) == {"wide": 0}
    fill_a_group(node, "crowd", 200, 2000)
    answer = client.ask(3, 1, array([string("wide")] * MANY))
    assert len(answer) < 1_000_000, len(answer)
    answer = client.ask(32, 1, array([b"\2" + string("wide") + INT.pack(-1)] * MANY) + b"\0")
    assert len(answer) < 1_000_000, len(answer)
    answer = client.ask(15, 0, array([string("crowd")] * MANY))
    assert len(answer) < 1_000_000, len(answer)
    group = b"\6crowd" + b"\0" + b"\0"
    connection = Connection(node.port, 60)
    connection.send(flexible_header(9, 8) + unsigned_varint(MANY + 1) + group * MANY + b"\0\0")
    assert len(connection.receive()) < 1_000_000
    producer = begin_a_transaction(client, "large", "wide", 2000)
    client.produce("wide", 0, batch([b"v"], producer=(*producer, 0)))
    index = b"\0\0\0\0"
    for key, count, named in (
            (61, 1, b"\5wide" + unsigned_varint(MANY + 1) + index * MANY + b"\0"),
            (61, MANY, (b"\5wide\2" + index + b"\0") * MANY), (65, MANY, b"\6large" * MANY)):
        connection = Connection(node.port, 60)
        connection.send(flexible_header(key, 0) + unsigned_varint(count + 1) + named + b"\0")
        # A topic's name stands in the answer as often as in the request; what it has, once.
        assert len(connection.receive()) < len(named) + 100_000, key
        connection.close()
    client.close()


def join(group, member="", metadata=b"m", protocols=1, session=30_000, rebalance=60_000):
    """JoinGroup v2: a member without an id joins at once."""
    body = string(group) + struct.pack(">ii", session, rebalance) + string(member)
    body += string("consumer") + INT.pack(protocols)
    for number in range(protocols):
        body += string(f"range-{number}") + INT.pack(len(metadata)) + metadata
    return header(11, 2) + body


def fill_a_group(node, group, members, metadata):
    """Members that join and wait for each other; gives the connections."""
    connections = [Connection(node.port, 60) for _ in range(members)]
    for each in connections:
        each.send(join(group, metadata=b"m" * metadata))
    return connections


def two_thousand_members(node):
    prepare_groups(node).close()
    connections = fill_a_group(node, "crowd", 2000, 100)
    client = RawClient(node.port, 120)

    def is_there():
        answer = client.ask(15, 0, array([string("crowd")]))
        return len(answer) > 2000 * 50

    wait_for(is_there, 100, "two thousand members are in the group")
    client.close()
    return connections


def joins_without_end(node):
    """A client whose join waits is not read from: it cannot have thousands that wait."""
    prepare_groups(node).close()
    connections = []
    for number in range(500):
        each = Connection(node.port, 60)
        for _ in range(100):
            each.send(join(f"group-{number}"))
        connections.append(each)
    return connections


def members_of_megabytes(node):
    prepare_groups(node).close()
    # Ten megabytes of subscription, of one member and of many.
    refusals = 0
    connections = []
    for _ in range(30):
        connection = Connection(node.port, 3)
        connection.send(join("heavy", metadata=b"m" * 10_000_000))
        connections.append(connection)
        try:
            answer = connection.receive()
            refusals += struct.unpack(">h", answer[8:10])[0] == GROUP_MAX_SIZE_REACHED
        except TimeoutError:
            pass  # it is a member, and waits for others
    assert refusals >= 28, refusals
    # A hundred thousand protocols.
    answer = answers(node, join("broad", metadata=b"", protocols=MANY), 60)
    assert answer
    # Names of every length.
    answer = answers(node, join("x" * 30_000), 60)
    assert struct.unpack(">h", answer[4:6])[0] == INVALID_GROUP, answer[:20]
    return connections


def an_assignment_that_does_not_fit(node):
    """The group's record cannot be stored: that group is told so, and others do not notice."""
    client = prepare_groups(node)
    assert client.commit("neighbour", "good", 0, 7) == 0
    member = Connection(node.port, 60)
    member.send(join("big"))
    answer = member.receive()
    error, generation = struct.unpack(">hi", answer[8:14])
    assert error == 0, error
    at = 14 + 2 + struct.unpack(">h", answer[14:16])[0]
    at += 2 + struct.unpack(">h", answer[at:at + 2])[0]
    size, = struct.unpack(">h", answer[at:at + 2])
    me = answer[at + 2:at + 2 + size].decode()
    assignment = b"a" * 2_000_000
    body = string("big") + INT.pack(generation) + string(me) + INT.pack(1) + string(me)
    member.send(header(14, 1) + body + INT.pack(len(assignment)) + assignment)
    answer = member.receive()
    assert struct.unpack(">h", answer[8:10])[0] == UNKNOWN_SERVER_ERROR, answer[:20]
    for number in range(50):
        assert client.commit(f"neighbour-{number}", "good", 0, number) == 0, "others were disturbed"
    assert client.committed("neighbour", "good", 0) == (0, 7)
    client.close()
    return [member]


def commits_of_megabytes(node):
    client = prepare_groups(node)
    assert client.commit("g", "good", 0, 1, "m" * 4096) == 0
    for size in (4097, 32_767):
        assert client.commit("g", "good", 0, 2, "m" * size) == METADATA_TOO_LARGE, size
    assert client.committed("g", "good", 0) == (0, 1)
    # One partition a hundred thousand times, each with as much metadata as may be.
    one = struct.pack(">iq", 0, 9) + string("m" * 900)
    body = string("g") + INT.pack(-1) + string("") + struct.pack(">q", -1)
    body += INT.pack(1) + string("good") + array([one] * 30_000)
    answer = client.ask(8, 2, body)
    assert struct.unpack(">h", answer[4 + 2 + 4 + 4 + 4:][:2])[0] == INVALID_COMMIT_OFFSET_SIZE
    assert client.committed("g", "good", 0) == (0, 1)
    client.close()


def fetches_of_everything(node):
    """Many partitions with 2^31-1 bytes wanted of each, by many clients at once."""
    client = RawClient(node.port, 60)
    assert client.create_topics({"many": 500}) == {"many": 0}
    value = os.urandom(100_000)
    for partition in range(500):
        assert client.produce("many", partition, batch([value]), acks=1)[0] == 0
    body = struct.pack(">iiiib", -1, 500, 1, 2**31 - 1, 0) + INT.pack(1) + string("many")
    wishes = [struct.pack(">iqi", partition, 0, 2**31 - 1) for partition in range(500)]
    request = header(1, 4) + body + array(wishes)
    failures = []

    def fetch_all():
        try:
            assert len(answers(node, request, 60)) > 40_000_000
        except Exception as error:
            failures.append(error)

    readers = [threading.Thread(target=fetch_all) for _ in range(8)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    assert not failures, failures
    client.close()


def sessions_without_end(node):
    """Fetch sessions remember partitions: not without a bound."""
    connections = []
    names_once = partitions_of(20_000, struct.pack(">iiqqi", 0, -1, 0, -1, 1 << 20))
    for _ in range(60):
        connection = Connection(node.port, 60)
        body = struct.pack(">iiiibii", -1, 0, 0, 1 << 20, 0, 0, 0) + array(names_once)
        connection.send(header(1, 9) + body + INT.pack(0))
        assert connection.receive() is not None
        connections.append(connection)
    return connections


run((a_hundred_thousand_of_everything, more_than_can_be, topics_beyond_the_limit,
     one_large_thing_named_over_and_over, two_thousand_members, joins_without_end,
     members_of_megabytes, an_assignment_that_does_not_fit, commits_of_megabytes,
     fetches_of_everything, sessions_without_end))
