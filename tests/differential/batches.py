"""Record batches of format 2, made by hand with every field open to be wrong."""
import struct


def _table():
    for index in range(256):
        value = index
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


TABLE = list(_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def record(delta, key, value, time_delta=0, headers=()):
    body = b"\0" + varint(time_delta) + varint(delta)
    for each in (key, value):
        body += varint(-1) if each is None else varint(len(each)) + each
    body += varint(len(headers))
    for name, data in headers:
        body += varint(len(name)) + name + varint(len(data)) + data
    return varint(len(body)) + body


def batch(values, time=1_700_000_000_000, producer=(-1, -1, -1), attributes=0, magic=2, count=None,
          last_delta=None, crc=None, keys=None, base_offset=0, max_time=None, records=None):
    """A batch of values; the keyword arguments override what would be right."""
    if records is None:
        records = b"".join(record(index, keys[index] if keys else None, value)
                           for index, value in enumerate(values))
    count = len(values) if count is None else count
    last_delta = count - 1 if last_delta is None else last_delta
    body = struct.pack(">hiqqqhii", attributes, last_delta, time,
                       time if max_time is None else max_time, *producer, count) + records
    checksum = crc32c(body) if crc is None else crc
    return struct.pack(">qiibI", base_offset, len(body) + 9, -1, magic, checksum) + body
