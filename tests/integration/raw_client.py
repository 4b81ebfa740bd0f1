"""A client that shows what a library hides: the error code and offset of each single request, and
batches with a producer id and sequence of one's choice."""
import struct

from wire import Connection, header, string

ACKS_ALL = -1


def _crc_table():
    table = []
    for index in range(256):
        value = index
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def varint(value):
    """A zigzag varint, as inside records."""
    return unsigned_varint((value << 1) ^ (value >> 63))


def unsigned_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at


def record(value, offset_delta=0):
    body = b"\0" + varint(0) + varint(offset_delta) + varint(-1) + varint(len(value)) + value
    body += varint(0)
    return varint(len(body)) + body


def raw_batch(payload, count, attributes=0, producer=(-1, -1, -1), crc=None):
    producer_id, epoch, sequence = producer
    body = struct.pack(">hiqqqhii", attributes, count - 1, 1, 1, producer_id, epoch, sequence,
                       count) + payload
    return struct.pack(">qiibI", 0, len(body) + 9, -1, 2,
                       crc32c(body) if crc is None else crc) + body


def batch(values, producer=(-1, -1, -1)):
    payload = b"".join(record(value, index) for index, value in enumerate(values))
    return raw_batch(payload, len(values), 0, producer)


def records_of(data):
    """(offset, value) of each record of uncompressed batches; a batch that is cut short is left."""
    found = []
    while len(data) >= 61:
        base, length = struct.unpack(">qi", data[:12])
        if len(data) < 12 + length:
            break
        crc, = struct.unpack(">I", data[17:21])
        assert crc == crc32c(data[21:12 + length]), f"the batch at offset {base} is damaged"
        count, = struct.unpack(">i", data[57:61])
        at = 61
        for _ in range(count):
            _, at = read_varint(data, at)
            _, at = read_varint(data, at + 1)
            delta, at = read_varint(data, at)
            key, at = read_varint(data, at)
            size, at = read_varint(data, at + max(key, 0))
            found.append((base + delta, data[at:at + size]))
            _, at = read_varint(data, at + size)
        data = data[12 + length:]
    return found


class RawClient:
    """One connection, one request at a time."""

    def __init__(self, port, timeout=30):
        self.connection = Connection(port, timeout)
        self.correlation = 0

    def close(self):
        self.connection.close()

    def ask(self, key, version, body):
        self.send(key, version, body)
        return self.receive(key, version)

    def send(self, key, version, body):
        self.correlation += 1
        self.connection.send(header(key, version, self.correlation, "raw") + body)

    def receive(self, key, version):
        answer = self.connection.receive()
        assert answer is not None, f"the connection was closed at API {key} v{version}"
        assert struct.unpack(">i", answer[:4])[0] == self.correlation
        return answer[4:]

    def create_topics(self, topics, timeout_ms=60000, configs=()):
        """CreateTopics v4 of {name: partitions}; gives {name: error}."""
        settings = struct.pack(">i", len(configs))
        settings += b"".join(string(key) + string(value) for key, value in configs)
        body = struct.pack(">i", len(topics))
        for name, partitions in topics.items():
            body += string(name) + struct.pack(">ihi", partitions, -1, 0) + settings
        answer = self.ask(19, 4, body + struct.pack(">ib", timeout_ms, 0))
        return self._named_errors(answer[4:], with_message=True)

    def delete_topics(self, names, timeout_ms=60000):
        """DeleteTopics v1; gives {name: error}."""
        body = struct.pack(">i", len(names)) + b"".join(map(string, names))
        return self._named_errors(self.ask(20, 1, body + struct.pack(">i", timeout_ms))[4:])

    @staticmethod
    def _named_errors(data, with_message=False):
        count, = struct.unpack(">i", data[:4])
        at = 4
        errors = {}
        for _ in range(count):
            size, = struct.unpack(">h", data[at:at + 2])
            name = data[at + 2:at + 2 + size].decode()
            at += 2 + size
            errors[name], = struct.unpack(">h", data[at:at + 2])
            at += 2
            if with_message:
                size, = struct.unpack(">h", data[at:at + 2])
                at += 2 + max(size, 0)
        return errors

    def topic_names(self):
        """The names of all topics (Metadata v1)."""
        answer = self.ask(3, 1, struct.pack(">i", -1))
        brokers, = struct.unpack(">i", answer[:4])
        at = 4
        for _ in range(brokers):
            size, = struct.unpack(">h", answer[at + 4:at + 6])
            at += 6 + size + 4
            size, = struct.unpack(">h", answer[at:at + 2])
            at += 2 + max(size, 0)
        count, = struct.unpack(">i", answer[at + 4:at + 8])
        at += 8
        names = {}
        for _ in range(count):
            size, = struct.unpack(">h", answer[at + 2:at + 4])
            name = answer[at + 4:at + 4 + size].decode()
            at += 4 + size + 1
            partitions, = struct.unpack(">i", answer[at:at + 4])
            at += 4
            for _ in range(partitions):
                at += 2 + 4 + 4
                for _ in range(2):
                    replicas, = struct.unpack(">i", answer[at:at + 4])
                    at += 4 + 4 * replicas
            names[name] = partitions
        return names

    def produce(self, topic, partition, data, acks=ACKS_ALL, timeout_ms=10000):
        """Produce v7; gives (error, base offset)."""
        self.send_produce(topic, partition, data, acks, timeout_ms)
        return self.receive_produce(topic)

    def send_produce(self, topic, partition, data, acks=ACKS_ALL, timeout_ms=10000):
        self.send(0, 7, self._produce_body(topic, {partition: data}, acks, timeout_ms))

    def receive_produce(self, topic):
        answer = self.receive(0, 7)
        at = 4 + 2 + len(topic) + 4 + 4
        return struct.unpack(">hq", answer[at:at + 10])

    @staticmethod
    def _produce_body(topic, batches, acks, timeout_ms):
        body = struct.pack(">hhi", -1, acks, timeout_ms) + struct.pack(">i", 1) + string(topic)
        body += struct.pack(">i", len(batches))
        for partition, data in batches.items():
            body += struct.pack(">ii", partition, len(data)) + data
        return body

    def produce_many(self, topic, batches, acks=ACKS_ALL, timeout_ms=60000):
        """Produce v7 of {partition: batch}; gives {partition: (error, base offset)}."""
        answer = self.ask(0, 7, self._produce_body(topic, batches, acks, timeout_ms))
        at = 4 + 2 + len(topic)
        count, = struct.unpack(">i", answer[at:at + 4])
        outcome = {}
        for place in range(at + 4, at + 4 + count * 30, 30):
            partition, error, offset = struct.unpack(">ihq", answer[place:place + 14])
            outcome[partition] = (error, offset)
        return outcome

    def fetch_many(self, topic, offsets, max_bytes=1 << 16):
        """Fetch v4 of {partition: offset}; gives {partition: (error, high watermark, records)}."""
        body = struct.pack(">iiiib", -1, 0, 1, 1 << 30, 0) + struct.pack(">i", 1) + string(topic)
        body += struct.pack(">i", len(offsets))
        for partition, offset in offsets.items():
            body += struct.pack(">iqi", partition, offset, max_bytes)
        answer = self.ask(1, 4, body)
        at = 4 + 4 + 2 + len(topic)
        count, = struct.unpack(">i", answer[at:at + 4])
        at += 4
        found = {}
        for _ in range(count):
            partition, error, high_watermark = struct.unpack(">ihq", answer[at:at + 14])
            size, = struct.unpack(">i", answer[at + 26:at + 30])
            found[partition] = (error, high_watermark,
                                records_of(answer[at + 30:at + 30 + max(size, 0)]))
            at += 30 + max(size, 0)
        return found

    def fetch(self, topic, partition, offset, max_bytes=1 << 20, wait_ms=0):
        """Fetch v4; gives (error, high watermark, records)."""
        body = struct.pack(">iiiib", -1, wait_ms, 1, max_bytes, 0) + struct.pack(">i", 1)
        body += string(topic) + struct.pack(">iiqi", 1, partition, offset, max_bytes)
        answer = self.ask(1, 4, body)
        at = 4 + 4 + 2 + len(topic) + 4 + 4
        error, high_watermark = struct.unpack(">hq", answer[at:at + 10])
        aborted, = struct.unpack(">i", answer[at + 18:at + 22])
        assert aborted <= 0
        return error, high_watermark, answer[at + 26:]

    def read_all(self, topic, partition, offset=0):
        """(offset, value) of all records from `offset` to the high watermark."""
        found = []
        while True:
            error, high_watermark, data = self.fetch(topic, partition, offset)
            assert error == 0, (topic, partition, offset, error)
            if offset >= high_watermark:
                return found
            some = [each for each in records_of(data) if each[0] >= offset]
            assert some, (topic, partition, offset, high_watermark)
            found += some
            offset = some[-1][0] + 1

    def list_offset(self, topic, partition, timestamp):
        """ListOffsets v1; gives (error, offset)."""
        body = struct.pack(">ii", -1, 1) + string(topic)
        body += struct.pack(">iiq", 1, partition, timestamp)
        answer = self.ask(2, 1, body)
        at = 4 + 2 + len(topic) + 4 + 4
        error, _, offset = struct.unpack(">hqq", answer[at:at + 18])
        return error, offset

    def delete_records(self, topic, partition, offset):
        """DeleteRecords v0; gives (error, low watermark)."""
        body = struct.pack(">i", 1) + string(topic) + struct.pack(">iiqi", 1, partition, offset,
                                                                  10000)
        answer = self.ask(21, 0, body)
        at = 4 + 4 + 2 + len(topic) + 4 + 4
        low, error = struct.unpack(">qh", answer[at:at + 10])
        return error, low

    def init_producer_id(self):
        """InitProducerId v0 without a transactional id; gives (error, producer id, epoch)."""
        answer = self.ask(22, 0, struct.pack(">hi", -1, 60000))
        return struct.unpack(">hqh", answer[4:16])

    def find_coordinator(self, group):
        """FindCoordinator v0; gives the error."""
        return struct.unpack(">h", self.ask(10, 0, string(group))[:2])[0]

    def commit(self, group, topic, partition, offset, metadata=""):
        """OffsetCommit v2 of a group without members; gives the error."""
        body = string(group) + struct.pack(">i", -1) + string("") + struct.pack(">qi", -1, 1)
        body += string(topic) + struct.pack(">iiq", 1, partition, offset) + string(metadata)
        answer = self.ask(8, 2, body)
        at = 4 + 2 + len(topic) + 4 + 4
        return struct.unpack(">h", answer[at:at + 2])[0]

    def delete_groups(self, groups):
        """DeleteGroups v0; gives {group: error}."""
        body = struct.pack(">i", len(groups)) + b"".join(map(string, groups))
        return self._named_errors(self.ask(42, 0, body)[4:])

    def committed(self, group, topic, partition):
        """OffsetFetch v1; gives (error, offset)."""
        body = string(group) + struct.pack(">i", 1) + string(topic)
        answer = self.ask(9, 1, body + struct.pack(">ii", 1, partition))
        at = 4 + 2 + len(topic) + 4 + 4
        offset, size = struct.unpack(">qh", answer[at:at + 10])
        at += 10 + max(size, 0)
        return struct.unpack(">h", answer[at:at + 2])[0], offset
