"""For the Python clients: the records of records.py as they are read from the file, and what is
printed of a record that was read. Nothing here is a client's own."""
import base64
import hashlib
import json

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def decode(text):
    return None if text is None else base64.b64decode(text)


def load(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield {"k": decode(record["k"]), "v": decode(record["v"]), "t": record["t"],
                   "h": [(name, decode(value)) for name, value in record["h"]]}


def shown(data):
    if data is None:
        return None
    if len(data) > 64:
        return "sha256:" + hashlib.sha256(data).hexdigest()
    return base64.b64encode(data).decode()


def as_read(key, value, headers, timestamp):
    return {"k": shown(key), "v": shown(value), "t": timestamp,
            "h": [[name, shown(content)] for name, content in headers or []]}


def expected(records):
    return [as_read(each["k"], each["v"], each["h"], each["t"]) for each in records]


def check(read, records, places):
    """`read` (partition, offset, as_read) is what was written, where the delivery reports say; each
    partition has all offsets from 0 on, in order; a key is in one partition."""
    by_place = {place: wanted for place, wanted in zip(places, expected(records), strict=True)}
    assert len(by_place) == len(records), "two records were delivered to one place"
    ends = {}
    partition_of = {}
    for partition, offset, record in read:
        assert offset == ends.get(partition, 0), (partition, offset, ends)
        ends[partition] = offset + 1
        wanted = by_place.pop((partition, offset))
        assert record == wanted, f"{partition}-{offset}: read {record}, written {wanted}"
        if record["k"] is not None:
            assert partition_of.setdefault(record["k"], partition) == partition, record["k"]
    assert not by_place, f"{len(by_place)} records are missing, the first is {min(by_place)}"


def print_read(topic, read):
    print(json.dumps({"topic": topic}))
    for partition, offset, record in sorted(read, key=lambda each: each[:2]):
        print(json.dumps({"p": partition, "o": offset, **record}))
