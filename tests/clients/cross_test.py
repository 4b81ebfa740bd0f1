"""Goal: what one library writes, with each codec, every library reads identically: keys, values,
headers, timestamps, order. Method: each that is installed writes the same records; each reads all
topics; what it prints is compared with the records. Libraries without a toolchain are left out."""
import json
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

import records
from harness import (CODECS, LIBRARIES, SKIPPED, Node, RecordsFile, can_read, check_log,
                     is_installed, run, traits)
from wire import Connection, header, string

COUNT = 160  # with one of the large values


def create(node, topics):
    """By a Metadata request that may create: in each the broker's number of partitions."""
    connection = Connection(node.port, timeout=60)
    names = b"".join(string(each) for each in topics)
    connection.send(header(3, 4) + struct.pack(">i", len(topics)) + names + b"\1")
    assert connection.receive() is not None
    connection.close()


def topic_of(writer, codec):
    return f"{writer.split('/')[-1]}-{codec}"


def parse(out):
    """Topic by topic, what a reader printed."""
    read = {}
    for line in out.splitlines():
        told = json.loads(line)
        if "topic" in told:
            into = read.setdefault(told["topic"], [])
        else:
            into.append(told)
    return read


def blurred(record):
    """For readers that do not tell what is empty from what is null."""
    return {**record, "k": record["k"] or None, "v": record["v"] or None,
            "h": [[name, value or None] for name, value in record["h"]]}


def compare(reader, topic, read, wanted):
    what = f"{reader} reads {topic}"
    ends = {}
    for each in read:
        assert each["o"] == ends.get(each["p"], 0), f"{what}: {each['p']}-{each['o']}"
        ends[each["p"]] = each["o"] + 1
    assert len(ends) == 3, f"{what}: partitions {ends}"
    found = [{name: each[name] for name in "kvht"} for each in sorted(read, key=lambda r: r["t"])]
    if "empty is null" in traits(reader):
        found, wanted = [blurred(each) for each in found], [blurred(each) for each in wanted]
    for got, expected in zip(found, wanted, strict=True):
        assert got == expected, f"{what}: {got} instead of {expected}"


def main():
    present = [each for each in LIBRARIES if is_installed(each)]
    if len(present) < 2:
        print("SKIPPED: fewer than two libraries are installed")
        sys.exit(SKIPPED)
    with RecordsFile(COUNT) as file, Node(num_partitions="3") as node:
        written = [(writer, codec) for writer in present for codec in CODECS
                   if f"no {codec}" not in traits(writer)]
        create(node, [topic_of(*each) for each in written])

        def write(writer):
            for each, codec in written:
                if each == writer:
                    run(writer, "write", node.address, file.path, topic_of(writer, codec), codec)

        def read(reader):
            wanted = [each for each in written if can_read(reader, *each)]
            topics = [topic_of(*each) for each in wanted]
            out = parse(run(reader, "read", node.address, *topics))
            for (writer, codec), topic in zip(wanted, topics, strict=True):
                expected = [records.as_read(records.writable(each, traits(writer)))
                            for each in file.records]
                compare(reader, topic, out[topic], expected)
            print(f"{reader} has read {len(topics)} topics of {len(present)} libraries", flush=True)

        with ThreadPoolExecutor(2) as several:
            list(several.map(write, present))
            list(several.map(read, present))
        check_log(node)
        node.stop()


main()
