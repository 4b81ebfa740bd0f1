"""Goal: lines that are appended to files, rotated in every usual way, under a running tailer and
while it is dead, come into the topic once, whole and in order, and into the sink's files once; the
program is killed with SIGKILL at random points.
Method: a seeded writer with several logs, each rotated in its own way; cycles of writing, killing,
rotating while nobody looks, starting; at the end the records are counted against what was written:
lost, duplicated, mangled, reordered. No generation is removed, and the logs are watched before
the first one is rotated: what is gone before anybody could read it is not counted."""
import collections
import glob
import gzip
import os
import random
import sys

from node import wait_for
from reading import read_to_end
from weir_run import Pipeline

PIPELINE = """
[source.logs]
type = "file"
paths = ["{directory}/logs/*.log"]
topic = "lines"

[sink.lake]
type = "file"
from = ["lines"]
format = "raw"
path = "{directory}/out/{topic}/{partition}-{offset}.txt"
roll = { size = "64KiB", every = "1s", idle = "500ms" }
"""

WRITTEN = "kafka_connect_source_task_source_record_write_total"


class Log:
    """A log file with its way of being rotated; knows every line that was written to it."""

    def __init__(self, directory, name, way, chance):
        self.path = os.path.join(directory, name + ".log")
        self.name, self.way, self.chance = name, way, chance
        self.rotations = 0
        self.count = 0

    def write(self, lines):
        with open(self.path, "ab") as out:
            for _ in range(lines):
                # NUL bytes and bytes that are not UTF-8 are part of a line as any other.
                noise = self.chance.choice([b"", b"\x00\x01", b"\xff\xfe\x80", b"x" * 300])
                out.write(b"%s %06d %s\n" % (self.name.encode(), self.count, noise))
                self.count += 1

    def rotate(self):
        if not os.path.exists(self.path):
            return
        for generation in range(self.rotations, 0, -1):
            for end in ("", ".gz"):
                older = f"{self.path}.{generation}{end}"
                if os.path.exists(older):
                    os.rename(older, f"{self.path}.{generation + 1}{end}")
        self.rotations += 1  # none is removed: what was not read yet would be lost
        os.rename(self.path, self.path + ".1")
        if self.way == "create":
            with open(self.path, "wb"):
                pass
        if self.way == "gzip":
            with open(self.path + ".1", "rb") as old, gzip.open(self.path + ".1.gz", "wb") as new:
                new.write(old.read())
            os.unlink(self.path + ".1")


def check(pipeline, logs):
    written = {f"{log.name} {number:06d}" for log in logs for number in range(log.count)}
    seen, order, mangled, reordered = collections.Counter(), {}, 0, 0
    for message in read_to_end(pipeline.address, "lines", 1, isolation_level="read_committed"):
        name, number, rest = message.value().split(b" ", 2)
        seen[f"{name.decode()} {number.decode()}"] += 1
        mangled += rest not in (b"", b"\x00\x01", b"\xff\xfe\x80", b"x" * 300)
        reordered += int(number) != order.get(name, -1) + 1
        order[name] = int(number)
    lost = len(written - set(seen))
    duplicated = sum(seen.values()) - len(seen)
    print(f"topic: {len(written)} lines written, {lost} lost, {duplicated} duplicated, "
          f"{mangled} mangled, {reordered} out of order")
    assert (lost, duplicated, mangled, reordered) == (0, 0, 0, 0)
    return written


def in_files(pipeline):
    seen = collections.Counter()
    for path in glob.glob(pipeline.path("out/lines/*.txt")):
        with open(path, "rb") as file:
            for line in file.read().split(b"\n")[:-1]:
                seen[b" ".join(line.split(b" ")[:2]).decode()] += 1
    return seen


def committed(pipeline):
    return sum(1 for _ in read_to_end(pipeline.address, "lines", 1,
                                      isolation_level="read_committed"))


def check_files(pipeline, written):
    wait_for(lambda: set(in_files(pipeline)) >= written, 60, "the files have all lines")
    seen = in_files(pipeline)
    duplicated = sum(seen.values()) - len(seen)
    print(f"files: {len(written - set(seen))} lost, {duplicated} duplicated, "
          f"{len(set(seen) - written)} torn")
    assert set(seen) == written and duplicated == 0


def main():
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"seed {seed}, {cycles} cycles")
    chance = random.Random(seed)
    pipeline = Pipeline(PIPELINE)
    os.mkdir(pipeline.path("logs"))
    logs = [Log(pipeline.path("logs"), name, way, chance)
            for name, way in (("renamed", "create"), ("absent", "none"), ("zipped", "gzip"))]
    with pipeline:
        # What is rotated before a pattern was first watched is not read; from here on it is.
        for log in logs:
            log.write(10)
        wait_for(lambda: pipeline.metric(WRITTEN) > 0, 30, "the topic is there")
        wait_for(lambda: committed(pipeline) >= 10 * len(logs), 30, "the logs are watched")
        for _ in range(cycles):
            for log in chance.choices(logs, k=chance.randrange(1, 6)):
                log.write(chance.randrange(1, 400))
                if chance.random() < 0.3:
                    log.rotate()
            before = pipeline.metric(WRITTEN)
            if chance.random() < 0.5:  # killed in the middle of it, or after some of it
                wait_for(lambda: pipeline.metric(WRITTEN) > before or chance.random() < 0.05, 30,
                         "something was written")
            pipeline.kill()
            for log in logs:
                for _ in range(chance.randrange(3)):
                    log.write(chance.randrange(1, 100))
                    if chance.random() < 0.7:
                        log.rotate()
            pipeline.start()
        total = sum(log.count for log in logs)
        wait_for(lambda: committed(pipeline) >= total, 60, f"the topic has {total} lines")
        check_files(pipeline, check(pipeline, logs))
        pipeline.stop()


main()
