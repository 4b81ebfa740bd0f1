"""Goal: a disk that fails takes the partition offline that it fails for, with a clear error to
clients, log and metrics, and nothing else; nothing acknowledged is lost, and a file whose sync
failed is not trusted again. Method: fault_shim.c makes single calls of a real node fail, by file;
the node is used, and after the fault started again."""
import os
import shutil
import subprocess
import sys

from node import Node, wait_for
from raw_client import RawClient, batch

STORAGE_ERROR = 56
NOT_COORDINATOR = 16
EIO, ENOSPC = 5, 28


class FaultyNode(Node):
    """A node whose disk calls can be made to fail: arm("pwrite", EIO, "t-0/")."""

    def __init__(self, **options):
        super().__init__(**options)
        self.control = os.path.join(self.directory, "faults")
        self.trace_path = os.path.join(self.directory, "trace")
        shim = os.path.join(self.directory, "shim.so")
        subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", shim,
                        "tests/integration/fault_shim.c", "-ldl"], check=True)
        self.environment.update({"LD_PRELOAD": shim, "FAULT_CONTROL": self.control,
                                 "FAULT_TRACE": self.trace_path})

    def arm(self, *rules):
        with open(self.control + ".new", "w", encoding="ascii") as out:
            for call, code, part, *options in rules:
                out.write(f"{call} {code} {part} {' '.join(options)}\n")
        os.rename(self.control + ".new", self.control)

    def disarm(self):
        os.unlink(self.control)

    def trace(self):
        if not os.path.exists(self.trace_path):
            return []
        with open(self.trace_path, encoding="utf-8") as lines:
            return [line.split() for line in lines]


class Acknowledged:
    """What was acknowledged, by partition of topic `t`, and the check that it is all there."""

    def __init__(self):
        self.records = {}

    def write(self, client, partition, count=20):
        """Writes records of which all must be taken."""
        for _ in range(count):
            number = len(self.records.setdefault(partition, []))
            value = b"%d-%d" % (partition, number)
            error, offset = client.produce("t", partition, batch([value]))
            assert error == 0, (partition, error)
            self.records[partition].append((offset, value))

    def check(self, client):
        for partition, records in self.records.items():
            found = client.read_all("t", partition)
            assert found[:len(records)] == records, f"partition {partition} lost or changed records"


def prepared(node, partitions=4):
    client = RawClient(node.port)
    # The records are of 1970: retention would take them.
    assert client.create_topics({"t": partitions}, configs=[("retention.ms", "-1")]) == {"t": 0}
    written = Acknowledged()
    for partition in range(partitions):
        written.write(client, partition)
    return client, written


def is_offline(client, partition):
    """Every API about the partition says so."""
    assert client.produce("t", partition, batch([b"x"]))[0] == STORAGE_ERROR
    assert client.produce("t", partition, batch([b"x"]), acks=1)[0] == STORAGE_ERROR
    assert client.fetch("t", partition, 0)[0] == STORAGE_ERROR
    assert client.list_offset("t", partition, -1)[0] == STORAGE_ERROR
    assert client.list_offset("t", partition, 12345)[0] == STORAGE_ERROR
    assert client.delete_records("t", partition, 1)[0] == STORAGE_ERROR
    return True


def only_offline(node, client, written, offline, partitions=4):
    for partition in offline:
        is_offline(client, partition)
    assert node.metric("kafka_controller_offline_partitions_count") == len(offline)
    for partition in range(partitions):
        if partition in offline:
            continue
        written.write(client, partition, 5)
        assert client.read_all("t", partition) == written.records[partition]


def restarted(node, written, end):
    """After the fault: everything is online again, and all that was acknowledged is there."""
    end()
    node.start()
    client = RawClient(node.port)
    assert node.metric("kafka_controller_offline_partitions_count") == 0
    written.check(client)
    for partition in written.records:
        error, offset = client.produce("t", partition, batch([b"more"]))
        assert error == 0 and offset >= len(written.records[partition])
    client.close()


def a_failing_write(code, *options):
    with FaultyNode() as node:
        client, written = prepared(node)
        producer = client.init_producer_id()[1:]
        error, first = client.produce("t", 1, batch([b"idempotent"], (*producer, 0)))
        assert error == 0
        written.records[1].append((first, b"idempotent"))
        node.arm(("pwrite", code, "/t-1/", *options))
        error, _ = client.produce("t", 1, batch([b"never acknowledged" * 100]))
        assert error == STORAGE_ERROR, error
        node.disarm()
        only_offline(node, client, written, [1])
        lines = [line for line in node.log().splitlines() if "partition t-1 goes offline" in line]
        assert len(lines) == 1 and os.strerror(code) in lines[0] and " E " in lines[0], lines
        node.stop()
        node.start()
        # The idempotent producer still gets the first offset for the batch that it repeats.
        again = RawClient(node.port)
        assert again.produce("t", 1, batch([b"idempotent"], (*producer, 0))) == (0, first)
        if "torn" in options:
            assert "torn tail" in node.log(), "recovery does not say what it cut"
        restarted(node, written, node.kill)


def a_failing_sync():
    """Once is enough: the pages may be lost although the kernel says later that all is well."""
    with FaultyNode() as node:
        client, written = prepared(node)
        node.arm(("fdatasync", EIO, "/t-2/", "once"))
        assert client.produce("t", 2, batch([b"unsynced"]))[0] == STORAGE_ERROR
        node.arm(("fdatasync", 0, "/t-2/", "trace"))
        only_offline(node, client, written, [2])
        assert ["fdatasync", "failed"] == [node.trace()[-1][0], node.trace()[-1][2]], node.trace()
        node.disarm()
        restarted(node, written, node.stop)


def a_failing_sync_of_the_filesystem():
    """It does not say whose pages are lost: each file is asked, and only one of them is."""
    with FaultyNode() as node:
        client, written = prepared(node, 8)
        others = [RawClient(node.port) for _ in range(8)]
        node.arm(("syncfs", EIO, "/"), ("fdatasync", EIO, "/t-3/"))
        assert client.produce("t", 3, batch([b"x"]))[0] == STORAGE_ERROR
        # Requests that are sent at once are synced together.
        for round_number in range(20):
            for partition, each in enumerate(others):
                if partition == 3:
                    continue
                value = b"%d-round-%d" % (partition, round_number)
                each.pending = (partition, value)
                each.send_produce("t", partition, batch([value]))
            for each in others[:3] + others[4:]:
                error, offset = each.receive_produce("t")
                assert error == 0, error
                written.records[each.pending[0]].append((offset, each.pending[1]))
        assert any(call[0] == "syncfs" for call in node.trace()), "no round was large enough"
        assert "syncfs" in node.log(), "the failed syncfs is not in the log"
        node.disarm()
        only_offline(node, client, written, [3], 8)
        restarted(node, written, node.stop)


def failures_while_opening():
    """A partition that cannot be opened is offline; its start offset is not forgotten meanwhile."""
    for call, part in (("openat", "t-1/00000000000000000000.log"), ("ftruncate", "/t-1/"),
                       ("pread", "/t-1/"), ("fdatasync", "/t-1/")):
        with FaultyNode(log_flush_offset_checkpoint_interval_ms="100") as node:
            client, written = prepared(node)
            assert client.delete_records("t", 1, 7) == (0, 7)
            node.kill()
            with open(os.path.join(node.data, "t-1/00000000000000000000.log"), "ab") as log:
                log.write(b"a torn batch")
            node.arm((call, EIO, part))
            node.start()
            client = RawClient(node.port)
            only_offline(node, client, written, [1])
            assert "partition t-1 is offline" in node.log()
            assert node.log().count("partition t-1 is offline") == 1, "it was tried again"
            node.stop()
            node.disarm()
            node.start()
            client = RawClient(node.port)
            assert client.list_offset("t", 1, -2) == (0, 7), "deleted records came back"
            assert client.read_all("t", 1, 7) == written.records[1][7:]
            node.stop()


def failing_renames():
    with FaultyNode(log_retention_check_interval_ms="200", file_delete_delay_ms="0") as node:
        client, written = prepared(node)
        assert client.create_topics({"short": 1}, configs=[("retention.ms", "1")]) == {"short": 0}
        # Retention cannot take its segment away.
        node.arm(("renameat", EIO, "short-0/"), ("renameat", EIO, "gone-0"))
        assert client.produce("short", 0, batch([b"old"]))[0] in (0, STORAGE_ERROR)
        wait_for(lambda: node.metric("kafka_controller_offline_partitions_count") == 1, 20,
                 "the partition whose segment cannot be renamed is offline")
        # A topic whose directory cannot be moved is deleted nevertheless; after a restart its
        # directory is gone too.
        node.disarm()
        assert client.create_topics({"gone": 1}) == {"gone": 0}
        assert client.produce("gone", 0, batch([b"x"]))[0] == 0
        node.arm(("renameat", EIO, "gone-0"))
        assert client.delete_topics(["gone"]) == {"gone": 0}
        assert "gone" not in client.topic_names()
        node.disarm()
        assert client.create_topics({"gone": 1}) == {"gone": 0}
        assert client.produce("gone", 0, batch([b"y"])) == (0, 0), "an older topic's records"
        assert client.read_all("gone", 0) == [(0, b"y")]
        restarted(node, written, node.stop)
        wait_for(lambda: not [name for name in os.listdir(node.data)
                              if name.endswith(("-delete", "-stray"))], 20, "nothing is left over")
        assert RawClient(node.port).read_all("gone", 0) == [(0, b"y")]
        node.stop()


def foreign_directories():
    """What is no partition is left alone; a partition of a topic that never was is kept aside."""
    with FaultyNode() as node:
        _, written = prepared(node)
        node.stop()
        foreign = ("lost+found", "backup-delete", "my.files-delete", "copies-0", "t-9")
        for name in foreign:
            os.mkdir(os.path.join(node.data, name))
            with open(os.path.join(node.data, name, "file"), "w", encoding="ascii") as out:
                out.write("mine")
        stray = os.path.join(node.data, "unknown-3")
        shutil.copytree(os.path.join(node.data, "t-1"), stray)
        topic_id = "AAAAAAAAQACAAAAAAAAAAQ"
        with open(os.path.join(stray, "partition.metadata"), "w", encoding="ascii") as out:
            out.write(f"version: 0\ntopic_id: {topic_id}")
        node.start()
        restarted(node, written, node.stop)
        for name in foreign:
            with open(os.path.join(node.data, name, "file"), encoding="ascii") as text:
                assert text.read() == "mine", name
        assert not os.path.exists(stray)
        assert os.path.exists(f"{stray}.{topic_id}-stray/00000000000000000000.log")
        assert f"unknown-3.{topic_id}-stray" in node.log()
        node.stop()


def a_group_coordinator():
    with FaultyNode(offsets_topic_num_partitions="8") as node:
        client, written = prepared(node)
        groups = [f"group-{index}" for index in range(16)]
        for group in groups:
            wait_for(lambda group=group: client.find_coordinator(group) == 0, 20, "a coordinator")
            assert client.commit(group, "t", 0, 3) == 0
        node.arm(("pwrite", ENOSPC, "/__consumer_offsets-3/"))
        outcome = {group: client.commit(group, "t", 0, 4) for group in groups}
        assert set(outcome.values()) == {0, NOT_COORDINATOR}, outcome
        for group, error in outcome.items():
            if error == 0:
                assert client.committed(group, "t", 0) == (0, 4)
            else:
                assert client.commit(group, "t", 0, 4) == NOT_COORDINATOR
        assert node.metric("kafka_controller_offline_partitions_count") == 1
        node.disarm()
        restarted(node, written, node.stop)
        client = RawClient(node.port)
        for group, error in outcome.items():
            assert client.committed(group, "t", 0) == (0, 3 if error else 4), group
            assert client.commit(group, "t", 0, 5) == 0
        node.stop()


def the_metadata_log():
    """Without it nothing can be created, changed or deleted; all else goes on."""
    for call in ("pwrite", "fdatasync"):
        with FaultyNode() as node:
            client, written = prepared(node)
            node.arm((call, EIO, "/__cluster_metadata-0/", "once"))
            assert client.create_topics({"new": 1}) == {"new": STORAGE_ERROR}
            # The same answer again, not that the topic exists.
            assert client.create_topics({"new": 1}) == {"new": STORAGE_ERROR}
            assert client.delete_topics(["t"]) == {"t": STORAGE_ERROR}
            assert client.topic_names() == {"t": 4}
            only_offline(node, client, written, [])
            assert node.metric("weir_metadata_log_offline") == 1
            status, text = node.page("/health")
            assert status == 503 and "metadata log" in text, (status, text)
            assert "metadata log" in node.log() and os.strerror(EIO) in node.log()
            node.disarm()
            restarted(node, written, node.stop)
            assert node.page("/health") == (200, "ok\n")
            assert node.metric("weir_metadata_log_offline") == 0
            client = RawClient(node.port)
            assert client.create_topics({"newer": 1}) == {"newer": 0}
            node.stop()


def a_start_that_cannot_be():
    with FaultyNode() as node:
        prepared(node)
        node.stop()
        for call, part in (("pwrite", "/quorum-state"), ("renameat", "quorum-state"),
                           ("fdatasync", "/__cluster_metadata-0/"), ("openat", "meta.properties"),
                           ("pread", "/__cluster_metadata-0/")):
            node.arm((call, ENOSPC, part))
            printed = node.start_in_vain()
            assert "error: " in printed and os.strerror(ENOSPC) in printed, (call, printed)
            assert part.strip("/").split("/")[0] in printed, (call, part, printed)
        node.disarm()
        node.start()
        node.stop()


SCENARIOS = {
    "write_eio": lambda: a_failing_write(EIO),
    "write_enospc_torn": lambda: a_failing_write(ENOSPC, "torn"),
    "sync": a_failing_sync,
    "syncfs": a_failing_sync_of_the_filesystem,
    "open": failures_while_opening,
    "rename": failing_renames,
    "foreign": foreign_directories,
    "group": a_group_coordinator,
    "metadata": the_metadata_log,
    "start": a_start_that_cannot_be,
}


def main():
    for name in sys.argv[1:] or SCENARIOS:
        SCENARIOS[name]()
        print(f"{name}: as it should be")


main()
