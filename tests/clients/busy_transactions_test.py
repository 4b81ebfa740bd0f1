"""Goal: a transactional Java producer that sends as fast as it can, one transaction after the other
(KIP-890), never hangs and loses nothing on a busy machine.
Method: Kafka's performance tool again and again with one transactional id, with a deadline, while
another producer writes and each processor is kept busy; then all is read as read_committed."""
import os
import subprocess
import sys

from harness import Node, check_log, install_kafka
from reading import read_to_end

PARTITIONS = 4
RUNS, RECORDS = 6, 20000
WAIT = 60  # seconds, for a run that takes two
OPTIONS = "-Xmx256M -XX:TieredStopAtLevel=1"


class Load:
    """A producer without transactions, and a busy loop for each processor."""

    def __init__(self, tool, node):
        commands = [[sys.executable, "-c", "while True: pass"]] * os.cpu_count()
        commands.append(perform(tool, node, "other", 10 ** 8, "--throughput", "20000"))
        self.processes = [subprocess.Popen(each, stdout=subprocess.DEVNULL,
                                           env={**os.environ, "KAFKA_HEAP_OPTS": OPTIONS})
                          for each in commands]

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for each in self.processes:
            each.kill()
            each.wait()


def perform(tool, node, topic, count, *more):
    return [tool, "--bootstrap-server", node.address, "--topic", topic, "--num-records",
            str(count), "--record-size", "100", *more]


def main():
    tool = os.path.join(install_kafka(), "bin", "kafka-producer-perf-test.sh")
    with Node(num_partitions=str(PARTITIONS)) as node:
        with Load(tool, node) as load:
            for index in range(RUNS):
                command = perform(tool, node, "p", RECORDS, "--throughput", "-1",
                                  "--transactional-id", "perf", "--transaction-duration-ms",
                                  ("50", "5")[index % 2])
                done = subprocess.run(command, timeout=WAIT, check=True, text=True,
                                      stdout=subprocess.PIPE,
                                      env={**os.environ, "KAFKA_HEAP_OPTS": OPTIONS})
                assert f"{RECORDS} records sent" in done.stdout, done.stdout
                print(done.stdout.splitlines()[-1], flush=True)
            assert all(each.poll() is None for each in load.processes), "the load has ended"
        found = sum(1 for _ in read_to_end(node.address, "p", PARTITIONS,
                                           isolation_level="read_committed"))
        assert found == RUNS * RECORDS, f"{found} of {RUNS * RECORDS} records are committed"
        check_log(node)
        node.stop()


main()
