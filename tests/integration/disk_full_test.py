"""Goal: a disk that is full takes partitions offline as they are written to, with a clear error;
the node lives on, and when there is space again and it was restarted, everything acknowledged is
there, once. A start on a full disk says what is wrong. Method: a node on a small tmpfs in a mount
namespace of its own, filled by records and by ballast."""
import os
import shutil
import subprocess
import sys

from node import Node, wait_for
from raw_client import RawClient, batch

STORAGE_ERROR = 56
SKIPPED = 77
DISK_BYTES = 24 * 1024 * 1024
BALLAST_BYTES = 8 * 1024 * 1024


def in_namespace():
    """Goes on in a mount namespace where a tmpfs can be mounted."""
    if os.environ.get("WEIR_NAMESPACE"):
        return
    flags = "-m" if os.getuid() == 0 else "-rm"
    probe = subprocess.run(["unshare", flags, "mount", "-t", "tmpfs", "none", "/mnt"],
                           stderr=subprocess.PIPE, text=True, check=False)
    if probe.returncode != 0:
        print(f"SKIPPED: no tmpfs in a mount namespace of one's own: {probe.stderr.strip()}")
        sys.exit(SKIPPED)
    os.environ["WEIR_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", flags, sys.executable, *sys.argv])


class SmallDisk(Node):
    def __init__(self, started=True, **options):
        super().__init__(**options)
        self.started = started
        os.mkdir(self.data)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", self.data],
                       check=True)
        # What is removed when there is to be space again.
        self.ballast = os.path.join(self.data, "ballast")
        with open(self.ballast, "wb") as out:
            os.posix_fallocate(out.fileno(), 0, BALLAST_BYTES)

    def fill(self, left=0):
        """Takes all space but `left` bytes."""
        with open(self.ballast, "ab") as out:
            space = os.statvfs(self.data)
            count = space.f_bavail * space.f_frsize - left
            if count > 0:
                os.posix_fallocate(out.fileno(), os.fstat(out.fileno()).st_size, count)

    def __enter__(self):
        return self.start() if self.started else self

    def __exit__(self, kind, value, trace):
        if self.process and self.process.poll() is None:
            self.kill()
        if kind is not None:
            print("--- the end of the node's log:\n" + self.log()[-4000:], file=sys.stderr)
        subprocess.run(["umount", self.data], check=True)
        shutil.rmtree(self.directory)


def write_until_full(client, partitions, written):
    """Gives the partitions that went offline, in this order."""
    producer = client.init_producer_id()[1:]
    sequence = dict.fromkeys(range(partitions), 0)
    offline = []
    number = 0
    while len(offline) < partitions:
        partition = number % partitions
        number += 1
        if partition in offline:
            continue
        value = b"%d " % number * 2000
        data = batch([value], (*producer, sequence[partition]))
        error, offset = client.produce("t", partition, data)
        if error == 0:
            written[partition].append((offset, value))
            sequence[partition] += 1
        else:
            assert error == STORAGE_ERROR, error
            offline.append(partition)
    return producer, sequence


def filled_by_records():
    with SmallDisk() as node:
        client = RawClient(node.port)
        assert client.create_topics({"t": 3, "quiet": 1}, configs=[("retention.ms", "-1")]) \
            == {"t": 0, "quiet": 0}
        assert client.produce("quiet", 0, batch([b"before"])) == (0, 0)
        written = {partition: [] for partition in range(3)}
        producer, sequence = write_until_full(client, 3, written)
        assert min(len(records) for records in written.values()) > 10
        # What is not written to goes on: it is read, and the node answers everybody.
        assert client.read_all("quiet", 0) == [(0, b"before")]
        assert client.topic_names() == {"t": 3, "quiet": 1}
        assert node.metric("kafka_controller_offline_partitions_count") == 3
        assert node.metric("kafka_log_log_manager_offline_log_directory_count") == 1
        assert node.log().count("goes offline: write") == 3
        assert "No space left on device" in node.log()
        # The metadata log cannot grow either, and that is all that happens.
        node.fill()
        answers = {client.create_topics({f"more-{index}": 50})[f"more-{index}"]
                   for index in range(3)}
        assert answers <= {0, STORAGE_ERROR} and STORAGE_ERROR in answers, answers
        assert client.read_all("quiet", 0) == [(0, b"before")]
        node.kill()
        # Every start asks for a few bytes: it says which, where and why not.
        node.fill()
        printed = node.start_in_vain()
        assert "No space left on device" in printed and node.data in printed, printed
        os.unlink(node.ballast)
        node.start()
        client = RawClient(node.port)
        assert node.metric("kafka_controller_offline_partitions_count") == 0
        for partition, records in written.items():
            found = client.read_all("t", partition)
            assert found[:len(records)] == records, f"partition {partition} lost records"
            # The last batch again: a duplicate. The one that failed: taken now, once.
            last = batch([records[-1][1]], (*producer, sequence[partition] - 1))
            assert client.produce("t", partition, last) == (0, records[-1][0])
            error, offset = client.produce("t", partition,
                                           batch([b"next"], (*producer, sequence[partition])))
            assert (error, offset) == (0, len(records)), (error, offset, len(records))
            assert client.read_all("t", partition) == records + [(len(records), b"next")]
        node.stop()


def full_at_the_first_start():
    with SmallDisk(started=False) as node:
        node.fill()
        printed = node.start_in_vain()
        assert "No space left on device" in printed and "meta.properties" in printed, printed
        os.unlink(node.ballast)
        node.start()
        assert RawClient(node.port).create_topics({"t": 1}) == {"t": 0}
        node.stop()


def full_while_groups_commit():
    """The offsets that were acknowledged are there afterwards."""
    with SmallDisk(offsets_topic_num_partitions="4") as node:
        client = RawClient(node.port)
        assert client.create_topics({"t": 1}) == {"t": 0}
        groups = [f"g{index}" for index in range(8)]
        for group in groups:
            wait_for(lambda group=group: client.find_coordinator(group) == 0, 20, "a coordinator")
        committed = {}
        node.fill(left=64 * 1024)
        refused = set()
        number = 0
        while len(refused) < len(groups):
            number += 1
            for group in groups:
                error = client.commit(group, "t", 0, number, "m" * 2000)
                if error == 0:
                    committed[group] = number
                else:
                    assert error == 16, error
                    refused.add(group)
        assert number > 2
        node.kill()
        os.unlink(node.ballast)
        node.start()
        client = RawClient(node.port)
        for group, offset in committed.items():
            error, found = client.committed(group, "t", 0)
            assert error == 0 and found >= offset, (group, found, offset)
        node.stop()


def main():
    in_namespace()
    for scenario in (filled_by_records, full_at_the_first_start, full_while_groups_commit):
        scenario()
        print(f"{scenario.__name__}: as it should be")


main()
