"""Goal: whatever a client sends, the node answers with the right error or closes that connection,
takes little memory, and serves others meanwhile. Method: raw sockets against a real process; after
each attack the memory has grown by less than 64 MiB and another client gets its answer."""
import gzip
import random
import resource
import struct
import time
import zlib

from node import Node, wait_for
from wire import Connection, header, is_served, metadata_request, string

GROWTH_MAX_KIB = 64 * 1024


def huge_announcements(node):
    connections = [Connection(node.port) for _ in range(100)]
    for each in connections:
        each.socket.sendall(struct.pack(">i", 100 * 1024 * 1024) + b"x" * 100)
    assert is_served(node.port)
    return connections


def lengths_that_lie(node):
    for size in (-1, -(2**31), 2**31 - 1, 200 * 1024 * 1024):
        connection = Connection(node.port)
        connection.socket.sendall(struct.pack(">i", size))
        assert connection.is_closed(), size
        connection.close()


def unknown_keys_and_versions(node):
    for key, version in ((999, 0), (-1, 0), (3, 99), (0, 99), (1, 0), (4, 1)):
        connection = Connection(node.port)
        connection.send(header(key, version))
        assert connection.is_closed(), (key, version)
        connection.close()
    # KIP-511: a version of ApiVersions that is not known gets a v0 answer with error 35.
    connection = Connection(node.port)
    connection.send(header(18, 99, 5))
    answer = connection.receive()
    assert struct.unpack(">ih", answer[:6]) == (5, 35)
    connection.close()


def truncated_requests(node):
    whole = header(3, 1) + struct.pack(">i", 2) + string("topic-a") + string("topic-b")
    for size in range(len(whole)):
        connection = Connection(node.port)
        connection.send(whole[:size])
        assert connection.is_closed(), size
        connection.close()


def bytes_after_the_message(node):
    # Kafka ignores them; librdkafka 2.16 sends some after a Metadata request for all topics.
    connection = Connection(node.port)
    for body in (metadata_request(5), header(3, 12, 5) + b"\0\1\1\0\0"):
        connection.send(body + b"\0\1\2")
        answer = connection.receive()
        assert answer is not None and answer[:4] == struct.pack(">i", 5), body
    connection.close()


def counts_that_lie(node):
    for count in (2**31 - 1, 1_000_000, -2):
        connection = Connection(node.port)
        connection.send(header(3, 1) + struct.pack(">i", count) + b"\0" * 100)
        assert connection.is_closed(), count
        connection.close()


def millions_of_tags(node):
    # ApiVersions v3 has a flexible header: twenty million empty tagged fields in it.
    count = 20_000_000
    varint = bytes([count & 0x7F | 0x80, count >> 7 & 0x7F | 0x80, count >> 14 & 0x7F | 0x80,
                    count >> 21])
    connection = Connection(node.port, timeout=60)
    connection.send(header(18, 3) + varint + b"\1\0" * count)
    assert connection.is_closed()
    connection.close()


def random_requests(node):
    chance = random.Random(4711)
    for _ in range(300):
        connection = Connection(node.port, timeout=5)
        key = chance.choice([0, 1, 2, 3, 8, 9, 10, 11, 14, 18, 19, 20, 22, 32, 44, 75])
        body = chance.randbytes(chance.randrange(0, 200))
        connection.send(header(key, chance.randrange(0, 14)) + body)
        connection.send(metadata_request())
        connection.close()
    assert is_served(node.port)


def record_batch(payload, count, codec, crc_right=True):
    body = struct.pack(">hiqqqhii", codec, count - 1, 1, 1, -1, -1, -1, count) + payload
    crc = crc32c(body) if crc_right else 1
    return struct.pack(">qiibI", 0, len(body) + 9, -1, 2, crc) + body


def crc32c(data):
    """CRC-32C, a table per call is enough for tests."""
    table = []
    for index in range(256):
        value = index
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def produce(node, batch):
    """Produce v3 of one batch to partition 0 of `t`; gives the error code."""
    connection = Connection(node.port, timeout=30)
    request = (header(0, 3) + struct.pack(">hhi", -1, 1, 1000) + struct.pack(">i", 1) + string("t")
               + struct.pack(">iii", 1, 0, len(batch)) + batch)
    connection.send(request)
    answer = connection.receive()
    connection.close()
    return struct.unpack(">h", answer[4 + 4 + 3 + 4 + 4:][:2])[0]


def bad_batches(node):
    record = bytes([12, 0, 0, 0, 1, 0, 0])  # length 6: attributes, deltas, null key, empty value
    good = record_batch(record, 1, 0)
    assert produce(node, good) == 0, produce(node, good)
    assert produce(node, record_batch(record, 1, 0, crc_right=False)) == 2
    assert produce(node, record_batch(record, 2, 0)) == 87
    assert produce(node, record_batch(record, 1, 7)) == 87
    assert produce(node, record_batch(record, 1, 1)) == 87  # says gzip, is not
    assert produce(node, good[:-1]) == 87
    assert produce(node, record_batch(record, 1, 0x08)) == 0  # that mark is taken away, as in Kafka
    assert produce(node, record_batch(record, 1, 0x10)) == 48  # transactions are not served


def bombs(node):
    # Thirty million empty records in a gzip batch; and zeros without end.
    squeezed = zlib.compressobj(9, zlib.DEFLATED, 31)
    payload = b"".join(squeezed.compress(b"\0" * 1_000_000) for _ in range(210))
    payload += squeezed.flush()
    assert produce(node, record_batch(payload, 30_000_000, 1)) == 87
    assert produce(node, record_batch(gzip.compress(b"\0" * 100_000_000), 5, 1)) == 87


def a_client_that_never_reads(node):
    connection = Connection(node.port)
    connection.socket.settimeout(0.2)
    request = struct.pack(">i", len(metadata_request())) + metadata_request()
    try:
        for _ in range(3000):
            connection.socket.sendall(request * 100)
    except TimeoutError:
        pass  # the broker stopped reading from us: that is the point
    assert is_served(node.port)
    return [connection]


def thousands_of_idle_connections(node):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20000), hard))
    connections = [Connection(node.port) for _ in range(5000)]
    for each in connections:
        each.send(metadata_request())
    for each in connections:
        assert each.receive() is not None
    assert is_served(node.port)
    return connections


ATTACKS = (huge_announcements, lengths_that_lie, unknown_keys_and_versions, truncated_requests,
           bytes_after_the_message, counts_that_lie, millions_of_tags, random_requests,
           bad_batches, bombs, a_client_that_never_reads, thousands_of_idle_connections)


def main():
    with Node() as node:
        connection = Connection(node.port)
        connection.send(header(3, 4) + struct.pack(">i", 1) + string("t") + b"\1")
        connection.receive()
        for attack in ATTACKS:
            before = node.rss_kib()
            begun = time.monotonic()
            held = attack(node) or []
            wait_for(lambda: is_served(node.port), 10, f"another client after {attack.__name__}")
            growth = node.rss_kib() - before
            print(f"{attack.__name__}: {growth / 1024:.1f} MiB, {time.monotonic() - begun:.2f} s")
            assert growth < GROWTH_MAX_KIB, f"{attack.__name__}: grew by {growth} KiB"
            for each in held:
                each.close()
        node.stop()


main()
