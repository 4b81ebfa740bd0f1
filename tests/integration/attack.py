"""Attacks on a node: each on a process of its own, whose memory must not grow by more than 64 MiB,
which must serve another client all the while, and which must be sound at the end."""
import struct
import sys
import threading
import time

from node import Node, wait_for
from raw_client import RawClient, batch
from wire import Connection, header, string

GROWTH_MAX_KIB = 64 * 1024
# How long another client may wait for an answer: a node that hangs is found, a slow machine is not.
PATIENCE = 10


class Bystander(threading.Thread):
    """Another client: asks for metadata, writes a record and reads it, over and over."""

    def __init__(self, node):
        super().__init__()
        self.client = RawClient(node.port, PATIENCE)
        self.rounds = 0
        self.longest = 0.0
        self.failure = None
        self.done = threading.Event()

    def run(self):
        try:
            while not self.done.is_set():
                begun = time.monotonic()
                assert self.client.topic_names().get("good") == 1
                error, offset = self.client.produce("good", 0, batch([b"still here"]))
                assert error == 0, error
                error, _, data = self.client.fetch("good", 0, offset)
                assert error == 0 and b"still here" in data, error
                self.rounds += 1
                self.longest = max(self.longest, time.monotonic() - begun)
                time.sleep(0.01)
        except Exception as error:  # whatever it is, the attack has reached another client
            self.failure = error
        self.client.close()

    def stop(self):
        self.done.set()
        self.join()
        if self.failure:
            raise AssertionError("another client was disturbed") from self.failure
        assert self.rounds > 0, "another client was not served at all"


def status_kib(node, what):
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as text:
        for line in text:
            if line.startswith(what + ":"):
                return int(line.split()[1])
    raise AssertionError(f"no {what}")


def forget_peak(node):
    """The kernel counts the largest memory from now on."""
    with open(f"/proc/{node.process.pid}/clear_refs", "w", encoding="ascii") as out:
        out.write("5")


def under_attack(attack, growth_max_kib=GROWTH_MAX_KIB, **options):
    with Node(**options) as node:
        client = RawClient(node.port)
        assert client.create_topics({"good": 1}, configs=[("retention.ms", "-1")]) == {"good": 0}
        assert client.produce("good", 0, batch([b"warm"]))[0] == 0
        client.close()
        other = Bystander(node)
        other.start()
        wait_for(lambda: other.rounds > 2 or other.failure, 20, "another client begins")
        before = status_kib(node, "VmRSS")
        forget_peak(node)
        begun = time.monotonic()
        rounds = other.rounds
        held = attack(node) or []
        wait_for(lambda: other.rounds > rounds or other.failure, 20, "another client goes on")
        other.stop()
        growth = status_kib(node, "VmHWM") - before
        print(f"{attack.__name__}: {growth / 1024:.1f} MiB at most, "
              f"{time.monotonic() - begun:.2f} s, other client: {other.rounds - rounds} rounds, "
              f"longest {other.longest:.3f} s", flush=True)
        assert growth < growth_max_kib, f"{attack.__name__}: grew by {growth} KiB"
        for each in held:
            each.close()
        answered = RawClient(node.port)
        assert "good" in answered.topic_names()
        answered.close()
        node.stop()


def run(attacks):
    """`attacks`: functions, or (function, node options). Arguments choose some by name."""
    wanted = sys.argv[1:]
    for each in attacks:
        attack, options = each if isinstance(each, tuple) else (each, {})
        if not wanted or attack.__name__ in wanted:
            under_attack(attack, **options)


def refused(node, payload, timeout=10):
    """Sends a frame; true when the connection is closed without an answer."""
    connection = Connection(node.port, timeout)
    try:
        connection.send(payload)
        return connection.is_closed()
    except OSError:
        return True  # closed while we were still sending
    finally:
        connection.close()


def answers(node, payload, timeout=30):
    """Sends a frame; gives the answer without its correlation id."""
    connection = Connection(node.port, timeout)
    try:
        connection.send(payload)
        answer = connection.receive()
        assert answer is not None, "closed instead of an answer"
        return answer[4:]
    finally:
        connection.close()


def flexible_header(key, version, correlation=1, client="test", tags=b"\0"):
    return struct.pack(">hhi", key, version, correlation) + string(client) + tags


__all__ = ["answers", "flexible_header", "header", "refused", "run"]
