"""Goal: a frame that is cut short, lies about a length or a count, is spoiled or made of noise
closes its own connection (or is answered, when it happens to be sound), and nothing else.
Method: for each API that is served and several of its versions, a request made by Kafka's own
serializers is cut at every byte, and at every byte overwritten with lengths that lie; seeded
noise is pipelined. attack.py watches memory and another client."""
import random
import re
import select
import socket
import struct

from attack import flexible_header, refused, run
from raw_client import unsigned_varint
from wire import Connection, header, metadata_request, string

CREATE_TOPICS, CREATE_PARTITIONS, PRODUCE, API_VERSIONS = 19, 37, 0, 18
MUTATIONS = 20_000


def served():
    """{key: (min, max)} out of the table of APIs."""
    with open("broker/api/api_table.tbl", encoding="utf-8") as table:
        rows = re.findall(r"^X\(\w+, (\d+), \d+, (\d+), (\d+)\)", table.read(), re.M)
    return {int(key): (int(low), int(high)) for key, low, high in rows}


def golden_frames():
    """[(key, version, header, body)]: of each API the lowest, a middle and the highest version."""
    ranges = served()
    frames = []
    with open("tests/golden/data/messages.tsv", encoding="utf-8") as table:
        names = table.readline().rstrip("\n").split("\t")
        for line in table:
            row = dict(zip(names, line.rstrip("\n").split("\t")))
            if row["type"] != "request" or int(row["key"]) not in ranges:
                continue
            key, version = int(row["key"]), int(row["version"])
            low, high = ranges[key]
            if row["variant"] != "full" or version not in (low, (low + high) // 2, high):
                continue
            flexible = int(row["header_version"]) >= 2
            head = flexible_header(key, version) if flexible else header(key, version)
            frames.append((key, version, head, bytes.fromhex(row["hex"])))
    assert {frame[0] for frame in frames} == set(ranges), "an API has no golden request"
    return frames


def harmless(key, body):
    """CreateTopics and CreatePartitions with validate_only: mutations are to make no topics. Gives
    the body and how much of its end must stay."""
    if key not in (CREATE_TOPICS, CREATE_PARTITIONS):
        return body, 0
    return body[:-2] + b"\1\1" if body[-1:] != b"\0" else body[:-2] + b"\1\0", 2


class Gun:
    """Sends frames, each followed by a sound request, and sees what comes of them: that request is
    answered, the connection is closed, or the node waits (as a fetch may)."""

    MARK = 0x5EED

    def __init__(self, node):
        self.port = node.port
        self.connection = None
        self.answered = self.closed = self.waiting = 0

    @property
    def judged(self):
        return self.answered + self.closed + self.waiting

    def fire(self, payload):
        sound = metadata_request(self.MARK)
        frames = b"".join(struct.pack(">i", len(each)) + each for each in (payload, sound))
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        seen = b""
        try:
            self.connection.sendall(frames)
            while select.select([self.connection], [], [], 0.03)[0]:
                piece = self.connection.recv(1 << 16)
                if not piece:
                    self.closed += 1
                    return self.drop()
                seen += piece
                if struct.pack(">i", self.MARK) in seen:
                    self.answered += 1
                    return None
        except OSError:
            self.closed += 1
            return self.drop()
        self.waiting += 1
        return self.drop()

    def drop(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def cut_at_every_byte(node):
    count = 0
    for key, version, head, body in golden_frames():
        whole = head + body
        for size in range(len(whole)):
            # ApiVersions before v3 has no body, so its header is all that can be cut.
            assert refused(node, whole[:size]), (key, version, size, len(whole))
            count += 1
    assert count > 5000, count


def lies_at_every_byte(node):
    plain = [struct.pack(">i", value) for value in (2**31 - 1, -2**31, -2, 0x00FFFFFF)]
    compact = [b"\xff\xff\xff\xff\x0f", b"\xff\xff\xff\x07", b"\x80\x80\x80\x80\x80\x80"]
    gun = Gun(node)
    for key, _, head, body in golden_frames():
        body, kept = harmless(key, body)
        for position in range(len(body) - kept):
            for lie in plain + compact:
                at = min(position, len(body) - kept)
                end = min(at + len(lie), len(body) - kept)
                gun.fire(head + body[:at] + lie[:end - at] + body[end:])
        gun.drop()
    assert gun.judged > 20_000 and gun.closed > 10_000, vars(gun)


def flipped_bits(node):
    chance = random.Random(20261125)
    frames = golden_frames()
    gun = Gun(node)
    for _ in range(MUTATIONS):
        key, _, head, body = chance.choice(frames)
        body, kept = harmless(key, body)
        whole = bytearray(head + body)
        for _ in range(chance.randrange(1, 4)):
            if key in (CREATE_TOPICS, CREATE_PARTITIONS):
                # Flips in the header could make another version of it, whose end is elsewhere.
                place = chance.randrange(len(head), max(len(head) + 1, len(whole) - kept))
            else:
                place = chance.randrange(2, len(whole))
            if place < len(whole):
                whole[place] ^= 1 << chance.randrange(8)
        gun.fire(bytes(whole))
    gun.drop()
    assert gun.judged == MUTATIONS and gun.answered > MUTATIONS // 10, vars(gun)


def noise(node):
    chance = random.Random(4711)
    keys = list(served())
    gun = Gun(node)
    for number in range(3000):
        key = chance.choice([each for each in keys if each not in (CREATE_TOPICS,)])
        gun.fire(header(key, chance.randrange(0, 14)) + chance.randbytes(chance.randrange(0, 300)))
        if number % 10 == 0:
            gun.fire(chance.randbytes(chance.randrange(0, 300)))
    gun.drop()


def sizes_that_lie(node):
    for size in (-1, -(2**31), 2**31 - 1, 200 * 1024 * 1024, 100 * 1024 * 1024 + 1):
        connection = Connection(node.port)
        connection.socket.sendall(struct.pack(">i", size))
        assert connection.is_closed(), size
        connection.close()
    assert node.log().count("socket.request.max.bytes") == 5


def unknown_keys_and_versions(node):
    versions = served()
    unknown = [(999, 0), (-1, 0), (2**15 - 1, 0), (-2**15, 0), (4, 1), (1000, 3)]
    unknown += [(key, low - 1) for key, (low, _) in versions.items() if key != API_VERSIONS]
    unknown += [(key, high + 1) for key, (_, high) in versions.items() if key != API_VERSIONS]
    unknown += [(key, -1) for key in versions if key != API_VERSIONS]
    for key, version in unknown:
        assert refused(node, header(key, version) + b"\0" * 50), (key, version)
    # KIP-511: a version of ApiVersions that is not known gets a v0 answer with error 35.
    for version in (5, 99, 2**15 - 1):
        connection = Connection(node.port)
        connection.send(header(API_VERSIONS, version, 5))
        answer = connection.receive()
        assert struct.unpack(">ih", answer[:6]) == (5, 35)
        connection.close()


def tagged(count, size=0):
    return unsigned_varint(count) + (b"\1" + unsigned_varint(size) + b"\0" * size) * count


def millions_of_tagged_fields(node):
    million = 1_000_000
    names = b"\2a\2b"
    # In the header, in the body, in an element of an array.
    assert refused(node, flexible_header(API_VERSIONS, 3, tags=tagged(20 * million)) + names, 60)
    assert refused(node, flexible_header(API_VERSIONS, 3) + names + tagged(20 * million), 60)
    metadata = flexible_header(3, 12) + b"\2" + b"\0" * 16 + b"\2t" + tagged(20 * million)
    assert refused(node, metadata + b"\0\0\0", 60)
    # The same tag twice, tags out of order, tags that say more than there is.
    for tags in (b"\2\1\0\1\0", b"\2\2\0\1\0", b"\1\1\x7f", b"\1\1\xff\xff\xff\xff\x0f",
                 b"\xff\xff\xff\xff\x0f"):
        refused(node, flexible_header(API_VERSIONS, 3) + names + tags, 2)
    # As many as are taken, with as much in them as a request may have: skipped.
    connection = Connection(node.port, 60)
    connection.send(flexible_header(API_VERSIONS, 3) + names + tagged(1000, 40_000))
    answer = connection.receive()
    assert answer is not None and struct.unpack(">i", answer[:4])[0] == 1
    connection.close()


def strings_that_lie(node):
    for size in (-2, -2**15, 2**15 - 1):
        assert refused(node, struct.pack(">hhih", 3, 1, 1, size) + b"x" * 100), size
    body = struct.pack(">i", 1) + struct.pack(">h", 2**15 - 1) + b"short"
    assert refused(node, header(3, 1) + body)
    # An empty frame, and frames of a few bytes.
    for size in range(0, 8):
        assert refused(node, b"\0" * size), size


def a_sound_request_behind_a_bad_one(node):
    """The connection ends at the bad one; what came before it is answered."""
    connection = Connection(node.port)
    bad = header(3, 1, 3) + struct.pack(">i", 2**31 - 1)
    for payload in (metadata_request(1), metadata_request(2), bad, metadata_request(4)):
        connection.send(payload)
    seen = []
    while (answer := connection.receive()) is not None:
        seen.append(struct.unpack(">i", answer[:4])[0])
    assert seen in ([1, 2], [1], []), seen
    connection.close()


def bytes_after_the_message(node):
    """Kafka ignores them; librdkafka 2.16 sends some after a Metadata request for all topics."""
    connection = Connection(node.port)
    for body in (metadata_request(5), header(3, 12, 5) + b"\0\1\1\0\0"):
        connection.send(body + b"\0\1\2")
        answer = connection.receive()
        assert answer is not None and answer[:4] == struct.pack(">i", 5), body
    connection.close()


def names_of_every_kind(node):
    """Names are only bytes: none of them reaches a path or breaks a line of the log."""
    for name in ("../../etc/passwd", "a\nb", "\x1b[31m", "%s%s%n", "{}", "a" * 32767, "\0", "."):
        topic = string(name) if len(name) < 32768 else b""
        body = struct.pack(">i", 1) + topic + struct.pack(">ihi", 1, 1, 0) + struct.pack(">i", 0)
        connection = Connection(node.port)
        connection.send(header(CREATE_TOPICS, 4) + body + struct.pack(">ib", 1000, 0))
        answer = connection.receive()
        assert answer is not None, name
        connection.close()
        assert refused(node, header(999, 0, client=name) + b"x")
    lines = node.log().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:.+]+ [DIWE] ", line) for line in lines), lines


run((cut_at_every_byte, lies_at_every_byte, flipped_bits, noise, sizes_that_lie,
     unknown_keys_and_versions, millions_of_tagged_fields, strings_that_lie,
     a_sound_request_behind_a_bad_one, bytes_after_the_message, names_of_every_kind))
