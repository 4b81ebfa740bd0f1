"""Goal: a batch whose checksum, counts, lengths, codec or records are wrong is refused with Kafka's
error and changes nothing; a small batch that inflates to a huge one is refused when it passes a
bound. Method: batches made by hand, in every codec, sent to a real node, many at once; attack.py
watches memory and another client."""
import struct
import threading

import codecs_by_hand as codecs
from attack import run
from raw_client import RawClient, batch, raw_batch, record, varint

CORRUPT, TOO_LARGE, INVALID_RECORD, BAD_TXN = 2, 10, 87, 48
BATCH_MAX = 1_048_588
ROOM = BATCH_MAX - 61
MILLION = 1_000_000


def refusal(client, data):
    """The error of a batch, of which nothing may be in the log."""
    _, before = client.list_offset("good", 0, -1)
    error, offset = client.produce("victim", 0, data)
    assert client.list_offset("victim", 0, -1) == (0, 0), (error, offset, data)
    assert client.list_offset("good", 0, -1)[1] >= before
    assert error != 0 and offset == -1, (error, offset)
    return error


def victim(node):
    client = RawClient(node.port, 60)
    assert client.create_topics({"victim": 1}) == {"victim": 0}
    return client


def headers_that_lie(node):
    client = victim(node)
    one = record(b"x")
    sound = bytearray(raw_batch(one, 1))
    # Each bit behind the checksum, one at a time; then the fields before it.
    for place in range(21, len(sound)):
        for bit in range(8):
            spoiled = bytearray(sound)
            spoiled[place] ^= 1 << bit
            assert refusal(client, bytes(spoiled)) == CORRUPT, (place, bit)
    for length in (0, -1, 48, 49, len(sound) - 13, len(sound) - 11, 2**31 - 1, -2**31):
        spoiled = sound[:8] + struct.pack(">i", length) + sound[12:]
        assert refusal(client, bytes(spoiled)) in (CORRUPT, INVALID_RECORD), length
    for magic in (0, 1, 3, 127, 255):
        spoiled = sound[:16] + bytes([magic]) + sound[17:]
        assert refusal(client, bytes(spoiled)) in (CORRUPT, INVALID_RECORD), magic
    for size in range(0, len(sound)):
        assert refusal(client, bytes(sound[:size])) in (CORRUPT, INVALID_RECORD), size
    assert refusal(client, bytes(sound) * 2) == INVALID_RECORD  # one batch a partition
    for count in (0, -1, 2, 2**31 - 1, -2**31 + 1):
        assert refusal(client, raw_batch(one, count)) == INVALID_RECORD, count
    for attributes, error in ((5, INVALID_RECORD), (7, INVALID_RECORD), (0x10, BAD_TXN),
                              (0x20, INVALID_RECORD)):
        assert refusal(client, raw_batch(one, 1, attributes)) == error, attributes
    for producer in ((7, 0, -1), (7, 0, -5), (7, 3, -2**31)):
        assert refusal(client, raw_batch(one, 1, 0, producer)) == INVALID_RECORD, producer
    for base in (2**63 - 1, -2**63, 1):
        assert refusal(client, struct.pack(">q", base) + bytes(sound[8:])) == INVALID_RECORD, base
    # The leader epoch is the broker's own: whatever is there, it sets it.
    for epoch in (5, -1, 2**31 - 1, -2**31):
        spoiled = bytes(sound[:12]) + struct.pack(">i", epoch) + bytes(sound[16:])
        error, offset = client.produce("good", 0, spoiled)
        assert error == 0 and 0 <= offset < MILLION, (error, offset)


def spoiled_records():
    """Payloads of one record each that do not hold together."""
    key_and_value = varint(-1) + varint(1) + b"v"
    body = b"\0" + varint(0) + varint(0)

    def framed(inside, size=None):
        return varint(len(inside) if size is None else size) + inside

    sound = body + key_and_value + varint(0)
    yield framed(sound, len(sound) + 1)
    yield framed(sound, len(sound) - 1)
    yield framed(sound, 0)
    for size in (-1, -2**31, 2**31 - 1, 2**62):
        yield framed(sound, size)
    for length in (-2, -2**31, 2, 1000, 2**31 - 1, 2**62):
        yield framed(body + varint(length) + varint(1) + b"v" + varint(0))  # key
        yield framed(body + varint(-1) + varint(length) + b"v" + varint(0))  # value
    for count in (-1, 1, 1000, 2**31 - 1, -2**31):
        yield framed(body + key_and_value + varint(count))
    for name in (-1, -2, 5, 2**31 - 1):  # a header's name may not be null
        yield framed(body + key_and_value + varint(1) + varint(name) + b"n" + varint(-1))
    for value in (-2, 5, 2**31 - 1):
        yield framed(body + key_and_value + varint(1) + varint(1) + b"n" + varint(value) + b"v")
    for delta in (1, -1, 2**31 - 1):  # offsets begin at 0
        yield framed(b"\0" + varint(0) + varint(delta) + key_and_value + varint(0))
    yield framed(b"\0" + b"\xff" * 11 + key_and_value)  # a varint without end
    yield framed(sound) + b"\0"
    yield b""
    yield framed(sound)[:-1]


def records_that_lie(node):
    client = victim(node)
    count = 0
    for payload in spoiled_records():
        for codec, pack in codecs.PACKERS.items():
            error = refusal(client, raw_batch(pack(payload), 1, codec))
            assert error in (INVALID_RECORD, CORRUPT), (payload[:40], codec, error)
            count += 1
    assert count > 150, count
    # Offsets of several records: not consecutive.
    for deltas in ((0, 2), (0, 0), (1, 0), (0, -1)):
        payload = b"".join(record(b"x", delta) for delta in deltas)
        assert refusal(client, raw_batch(payload, 2)) == INVALID_RECORD, deltas


def codecs_that_lie(node):
    client = victim(node)
    one = record(b"x")
    for codec in (codecs.GZIP, codecs.SNAPPY, codecs.LZ4, codecs.ZSTD):
        packed = codecs.PACKERS[codec](one)
        for spoiled in (one, b"", packed[:-1], packed[:len(packed) // 2], packed + b"behind",
                        b"\0" * 100, b"\xff" * 100):
            error = refusal(client, raw_batch(spoiled, 1, codec))
            assert error in (INVALID_RECORD, CORRUPT), (codec, spoiled[:20], error)
        for place in range(len(packed)):
            spoiled = bytearray(packed)
            spoiled[place] ^= 0x10
            data = raw_batch(bytes(spoiled), 1, codec)
            error, _ = client.produce("good", 0, data)  # some bits do not matter
            assert error in (0, INVALID_RECORD, CORRUPT), (codec, place, error)
    # Lengths that codecs declare before there is anything.
    declared = {
        codecs.SNAPPY: b"\xff\xff\xff\xff\x0f" + b"\0" * 100,
        codecs.LZ4: b"\x04\x22\x4d\x18\x6c\x70" + struct.pack("<Q", 2**62) + b"\0" * 50,
        codecs.ZSTD: b"\x28\xb5\x2f\xfd\xc0\x88" + struct.pack("<Q", 2**62) + b"\0" * 50,
    }
    for codec, payload in declared.items():
        assert refusal(client, raw_batch(payload, 1, codec)) in (INVALID_RECORD, CORRUPT), codec
    framed = codecs.xerial([codecs.snappy(one)])
    assert client.produce("good", 0, raw_batch(framed, 1, codecs.SNAPPY))[0] == 0
    for size in (-1, 2**31 - 1, 1000):
        spoiled = framed[:16] + struct.pack(">i", size) + framed[20:]
        assert refusal(client, raw_batch(spoiled, 1, codecs.SNAPPY)) in (INVALID_RECORD, CORRUPT)


def bombs():
    """(name, batch): each at most as large as a batch may be."""
    zeros = b"\0" * (100 * MILLION)
    yield "gzip of a gigabyte", codecs.GZIP, codecs.gzip_of_zeros(1000 * MILLION)
    yield "gzip, many members", codecs.GZIP, codecs.gzip(b"\0" * 65_000) * 5000
    yield "zstd of 100 MB", codecs.ZSTD, codecs.zstd(zeros, 19)
    yield "zstd, many frames", codecs.ZSTD, codecs.zstd(b"\0" * MILLION, 19) * 5000
    yield "lz4 of 100 MB", codecs.LZ4, codecs.lz4(zeros)
    yield "snappy of 20 MB", codecs.SNAPPY, codecs.snappy(b"\0" * (20 * MILLION))
    yield "xerial, many blocks", codecs.SNAPPY, codecs.xerial([codecs.snappy(b"\0" * 32_000)] * 600)


def bombs_of_every_codec(node):
    client = victim(node)
    for name, codec, payload in bombs():
        payload = payload[:ROOM] if len(payload) > ROOM else payload
        for count in (1, 5, 30 * MILLION):
            error = refusal(client, raw_batch(payload, count, codec))
            assert error in (INVALID_RECORD, CORRUPT, TOO_LARGE), (name, error)


def millions_of_empty_records(node):
    """As small as a record can be: seven bytes, and without its length byte not even that."""
    client = victim(node)
    for codec in (codecs.GZIP, codecs.ZSTD, codecs.LZ4, codecs.SNAPPY):
        if codec == codecs.GZIP:
            payload = codecs.gzip_of_zeros(210 * MILLION)
        elif codec == codecs.SNAPPY:
            payload = codecs.snappy(b"\0" * (15 * MILLION))
        else:
            payload = codecs.PACKERS[codec](b"\0" * (210 * MILLION))
        assert len(payload) <= ROOM, (codec, len(payload))
        for count in (30 * MILLION, 210 * MILLION, 2**31 - 1):
            assert refusal(client, raw_batch(payload, count, codec)) == INVALID_RECORD


def bombs_at_once(node):
    """From many connections: each shard inflates one at a time."""
    RawClient(node.port).create_topics({"victim": 1})
    payloads = [(codec, payload) for _, codec, payload in bombs() if len(payload) <= ROOM]
    failures = []

    def throw(codec, payload):
        client = RawClient(node.port, 60)
        try:
            for _ in range(3):
                if client.produce("victim", 0, raw_batch(payload, 5, codec))[0] == 0:
                    failures.append(codec)
        except Exception as error:  # it must not be the connection
            failures.append(error)
        client.close()

    throwers = [threading.Thread(target=throw, args=each) for each in payloads * 3]
    for each in throwers:
        each.start()
    for each in throwers:
        each.join()
    assert not failures, failures


def sound_extremes(node):
    """What is large, but sound, is taken."""
    client = RawClient(node.port, 60)
    many = b"".join(record(b"", index) for index in range(100_000))
    for codec in (codecs.GZIP, codecs.ZSTD, codecs.LZ4, codecs.SNAPPY):
        data = raw_batch(codecs.PACKERS[codec](many), 100_000, codec)
        error, _ = client.produce("good", 0, data)
        assert error == 0, (codec, error, len(data))
    large = b"x" * (ROOM - 20)
    assert client.produce("good", 0, batch([large]))[0] == 0
    assert client.produce("good", 0, batch([large + b"x" * 40]))[0] == TOO_LARGE
    one = b"\0" + varint(0) + varint(0) + varint(-1) + varint(-1)
    one += varint(50_000) + (varint(1) + b"n" + varint(0)) * 50_000
    assert client.produce("good", 0, raw_batch(varint(len(one)) + one, 1))[0] == 0
    packed = codecs.zstd(varint(len(one)) + one, 22)
    assert client.produce("good", 0, raw_batch(packed, 1, codecs.ZSTD))[0] == 0


run((headers_that_lie, records_that_lie, codecs_that_lie, bombs_of_every_codec,
     millions_of_empty_records, bombs_at_once, sound_extremes))
