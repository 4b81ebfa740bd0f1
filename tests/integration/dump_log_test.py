"""Goal: Kafka's own kafka-dump-log.sh reads every file that a node writes, and ours prints what
Kafka's prints, on files of both brokers, sound or damaged. Method: a load with every codec,
idempotent producers, group commits and restarts on our node, one with transactions on a node of
Apache Kafka; both tools over all files; then copies with a byte or a length that is wrong."""
import glob
import os
import random
import shutil
import struct
import sys
import tempfile
import time

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from node import Node, wait_for
from tool_pair import Pair

TOOL = "kafka-dump-log.sh"
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
FIRST = "0" * 20
NOISE = random.Random(1)


def create(address, topic, partitions, **config):
    wanted = NewTopic(topic, partitions, 1, config={k.replace("_", "."): v
                                                    for k, v in config.items()})
    admin = AdminClient({"bootstrap.servers": address})
    for done in admin.create_topics([wanted]).values():
        done.result(30)


def produce(address, topic, codec, count, **config):
    producer = Producer({"bootstrap.servers": address, "compression.type": codec, "linger.ms": 5,
                         "batch.num.messages": 200,
                         **{k.replace("_", "."): v for k, v in config.items()}})
    for i in range(count):
        value = None if i % 11 == 0 else f"{codec} Wert-é {i} {NOISE.randbytes(i % 700).hex()}"
        producer.produce(topic, key=None if i % 5 == 0 else f"k{i % 7}", value=value,
                         headers=[("h1", "v"), ("hé", None)] if i % 3 == 0 else None)
        producer.poll(0)
    assert producer.flush(60) == 0


def commit(address, group, topic, count):
    consumer = Consumer({"bootstrap.servers": address, "group.id": group,
                         "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe([topic])
    read = 0
    while read < count:
        message = consumer.poll(30)
        assert message is not None and message.error() is None
        read += 1
    consumer.commit(asynchronous=False)
    consumer.close()


def transaction(address, name, topic, how):
    producer = Producer({"bootstrap.servers": address, "transactional.id": name})
    producer.init_transactions(60)
    producer.begin_transaction()
    for i in range(5):
        producer.produce(topic, f"{name} {i}", partition=i % 2)
    producer.flush(60)
    # The client of Debian takes the coordinator's next step for a fault; the marker is written.
    try:
        getattr(producer, how)(60)
    except Exception as error:  # pylint: disable=broad-except
        assert "INVALID_TXN_STATE" in str(error), error


def files(directory, pattern):
    found = sorted(each for each in glob.glob(os.path.join(directory, pattern))
                   if os.path.getsize(each) > 0)
    assert found, f"no {pattern} in {directory}"
    return found


def dump(pair, *arguments, of, err=True):
    """Both tools over all these files in one start."""
    return pair.same(TOOL, *arguments, "--files", ",".join(of), err=err)


def sound(run):
    """A dump of files that nothing is wrong with."""
    text = run.out.decode()
    assert run.code == 0, run.err
    assert "isvalid: false" not in text and "invalid bytes" not in text, "a batch is not valid"
    wrong = [line for line in run.err if "is followed by" not in line
             and not line.startswith("Non-consecutive offsets in")]
    assert not wrong, wrong
    return text


def load_our_node(node):
    address = node.address
    create(address, "t", 2, segment_bytes="1048576")
    for number, codec in enumerate(CODECS):
        produce(address, "t", codec, 1500, enable_idempotence=number % 2 == 0)
        if number in (1, 3):
            node.kill() if number == 1 else node.stop()
            node.start()
    commit(address, "group-é", "t", 7500)
    commit(address, "other", "t", 100)
    node.stop()


def check_our_files(pair, node):
    data = os.path.join(node.directory, "data")
    logs = files(data, "t-*/*.log")
    assert len(logs) >= 4, "the topic has several segments"
    text = sound(dump(pair, "--deep-iteration", "--print-data-log", of=logs))
    for codec in CODECS:
        assert f"compresscodec: {codec}" in text, codec
    assert text.count("| offset: ") == 7500
    assert "producerId: 0 " in text or "producerId: 1 " in text, "idempotent producers"
    offsets = files(data, "__consumer_offsets-*/*.log")
    text = sound(dump(pair, "--offsets-decoder", "--skip-record-metadata", of=offsets))
    assert '"group":"group-é","topic":"t"' in text and '"assignedPartitions":' in text
    metadata = files(data, "__cluster_metadata-0/*.log")
    text = sound(dump(pair, "--cluster-metadata-decoder", of=metadata))
    assert '"type":"TOPIC_RECORD"' in text and '"name":"t"' in text
    indexes = files(data, "t-*/*.index") + files(data, "t-*/*.timeindex")
    text = sound(dump(pair, of=indexes + files(data, "t-*/*.snapshot")))
    assert "offset: " in text and "timestamp: " in text and "producerId: " in text
    sound(dump(pair, "--index-sanity-check", of=indexes))


def check_kafka_files(pair, data):
    logs = files(data, "t-*/*.log")
    text = sound(dump(pair, "--print-data-log", of=logs + files(data, "t-*/*.txnindex")))
    assert "endTxnMarker: COMMIT" in text and "endTxnMarker: ABORT" in text
    assert "lastStableOffset: " in text
    state = files(data, "__transaction_state-*/*.log")
    assert '"transactionalId":' in sound(dump(pair, "--transaction-log-decoder", of=state))
    offsets = files(data, "__consumer_offsets-*/*.log")
    assert '"type":"2"' in sound(dump(pair, "--offsets-decoder", of=offsets))
    metadata = files(data, "__cluster_metadata-0/*.log") + files(data, "bootstrap.checkpoint")
    text = sound(dump(pair, "--cluster-metadata-decoder", of=metadata))
    assert '"type":"FEATURE_LEVEL_RECORD"' in text and "KRaft bootstrap snapshot" in text
    assert "LeaderChange: " in text
    indexes = files(data, "t-*/*.index") + files(data, "t-*/*.timeindex")
    dump(pair, of=indexes + files(data, "t-*/*.snapshot") + [os.path.join(data, "nothing")])


def batches(data):
    at, found = 0, []
    while at + 12 <= len(data):
        found.append(at)
        at += 12 + struct.unpack(">i", data[at + 8:at + 12])[0]
    return found


def put(at, new):
    return lambda data: data[:at] + new + data[at + len(new):]


def check_damaged(pair, directory, partition):
    """One thing wrong in a copy. Those after which both tools go on are dumped in one start."""
    log = os.path.join(partition, FIRST + ".log")
    snapshot = files(partition, "*.snapshot")[0]
    with open(log, "rb") as file:
        raw = file.read()
    starts = batches(raw)
    second = starts[2]
    # Uncompressed batches come first in the load.
    assert raw[second + 22] & 7 == 0
    with open(snapshot, "rb") as file:
        producers = file.read()

    def copy(name, content):
        path = os.path.join(directory, name, os.path.basename(log))
        os.makedirs(os.path.dirname(path))
        with open(path, "wb") as out:
            out.write(content)
        return path

    goes_on = {
        "cut": raw[:-5],
        "cut-in-header": raw[:starts[3] + 10],
        "few-zeros": raw + bytes(17),
        "flipped": put(second + 200, bytes([raw[second + 200] ^ 0x40]))(raw),
        "offset-back": put(starts[4], struct.pack(">q", 3))(raw),
        "offset-negative": put(starts[4], struct.pack(">q", -30))(raw),
        "horizon": put(starts[4] + 22, bytes([raw[starts[4] + 22] | 0x40]))(raw),
        "append-time": put(starts[4] + 22, bytes([raw[starts[4] + 22] | 0x08]))(raw),
        "magic": put(second + 16, b"\x05")(raw),
    }
    paths = [copy(name, content) for name, content in goes_on.items()]
    run = dump(pair, "--deep-iteration", of=paths)
    text = run.out.decode()
    assert text.count("isvalid: false") >= 3 and "Found 17 invalid bytes at the end of" in text
    ends = {
        "zeros": raw + bytes(100),
        "count-more": put(second + 57, struct.pack(">i", 100000))(raw),
        "codec": put(second + 22, b"\x07")(raw),
        "record-length": put(second + 61, b"\x7f")(raw),
    }
    for name, content in ends.items():
        run = dump(pair, "--deep-iteration", of=[copy(name, content)])
        assert run.code == 1 and "Exception in thread" in run.err[-1], (name, run.err)
    for name, content in {"crc": put(30, b"\xff")(producers), "version": b"\0\5" + producers[2:],
                          "short": producers[:-3]}.items():
        path = os.path.join(directory, f"{len(name)}.snapshot")
        with open(path, "wb") as out:
            out.write(content)
    run = dump(pair, of=files(directory, "*.snapshot"))
    assert len(run.err) == 3, run.err


def check_damaged_indexes(pair, directory, partition):
    index, times = (os.path.join(partition, FIRST + end) for end in (".index", ".timeindex"))
    target = os.path.join(directory, "indexes")
    os.makedirs(target)
    shutil.copy(os.path.join(partition, FIRST + ".log"), target)
    bad_index, bad_times = (os.path.join(target, FIRST + end) for end in (".index", ".timeindex"))
    with open(index, "rb") as source, open(bad_index, "wb") as out:
        out.write(put(8, struct.pack(">ii", 5, 0))(source.read()))
    with open(times, "rb") as source, open(bad_times, "wb") as out:
        out.write(put(12, struct.pack(">qi", 5, 7))(source.read()) + b"abc")
    run = dump(pair, of=[bad_index, bad_times])
    assert any(line.startswith("Mismatches in :") for line in run.err), run.err
    run = dump(pair, "--index-sanity-check", of=[bad_times])
    assert run.code == 1 and "CorruptIndexException" in run.err[0], run.err


def check_options(pair, log):
    pair.same(TOOL, "--files", log, "--max-bytes", "3000", "--value-decoder-class",
              "org.apache.kafka.tools.api.LongDecoder")
    pair.same(TOOL, "--files", "missing/" + FIRST + ".log")
    # Kafka's words, taken down from its tool.
    run = pair.ours(TOOL, "--deep-iteration")
    assert run.code == 1 and run.err == ['Missing required argument "[files]"'], run.err
    run = pair.ours(TOOL, "--bogus")
    assert run.code == 1 and run.err == [
        'Exception in thread "main" joptsimple.UnrecognizedOptionException: '
        'bogus is not a recognized option'], run.err


def main():
    pair = Pair()
    # Imported late: it ends the program where Kafka cannot be installed, as Pair does.
    from kafka_node import KafkaNode  # pylint: disable=import-outside-toplevel
    with tempfile.TemporaryDirectory(prefix="weir-dump.") as directory:
        with Node() as node:
            load_our_node(node)
            check_our_files(pair, node)
            partition = os.path.join(node.directory, "data", "t-0")
            check_damaged(pair, directory, partition)
            check_damaged_indexes(pair, directory, partition)
            check_options(pair, os.path.join(partition, FIRST + ".log"))
        with KafkaNode() as kafka:
            create(kafka.address, "t", 2, segment_bytes="1048576")
            for codec in CODECS:
                produce(kafka.address, "t", codec, 1000, enable_idempotence=codec == "lz4")
            for number, how in enumerate(["commit_transaction", "abort_transaction"]):
                transaction(kafka.address, f"tx-{number}", "t", how)
            commit(kafka.address, "group", "t", 4000)
            kafka.process.terminate()
            wait_for(lambda: kafka.process.poll() is not None, 60, "Kafka has stopped")
            check_kafka_files(pair, os.path.join(kafka.directory, "data"))
    print(f"dump_log_test: {pair.jvm_starts} dumps compared")


if __name__ == "__main__":
    begin = time.monotonic()
    main()
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
