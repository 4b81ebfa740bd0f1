"""Goal: clients that announce much and send it slowly, that never read, that come and go in storms
or die in the middle of a request hold a bounded amount of memory, and nobody waits for them.
Method: raw sockets by the hundred and thousand against a real node with small limits; attack.py
watches memory and another client."""
import multiprocessing
import os
import resource
import selectors
import socket
import struct
import time

from attack import run, status_kib
from node import wait_for
from raw_client import RawClient, batch
from wire import Connection, header, is_served, metadata_request, string

MIB = 1024 * 1024
FRAME = struct.Struct(">i")


def allow_many_sockets():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 60000), hard))


def framed(payload):
    return FRAME.pack(len(payload)) + payload


def announcements(node):
    """100 connections announce 100 MB each and send a little of it."""
    connections = [Connection(node.port) for _ in range(100)]
    for each in connections:
        each.socket.sendall(FRAME.pack(100 * MIB) + b"x" * 100)
    return connections


def flood(port, count, size, piece, pause):
    """Sends `count` frames of `size` bytes at once, each up to its last byte but one, in pieces."""
    selector = selectors.DefaultSelector()
    left = {}
    for _ in range(count):
        each = Connection(port).socket
        each.setblocking(False)
        each.send(FRAME.pack(size) + struct.pack(">hhi", 0, 9, 1))
        left[each] = size - 9
        selector.register(each, selectors.EVENT_WRITE)
    payload = b"x" * piece
    while left:
        for key, _ in selector.select(0.1):
            each = key.fileobj
            try:
                left[each] -= each.send(payload[:left[each]])
            except BlockingIOError:
                continue
            except OSError:
                left[each] = -1
            if left[each] <= 0:
                selector.unregister(each)
            if left[each] < 0:
                each.close()
                del left[each]
        time.sleep(pause)


class Flood:
    """Another process that floods, so that it does not slow down those who watch."""

    def __init__(self, *arguments):
        self.process = multiprocessing.Process(target=flood, args=arguments, daemon=True)

    def __enter__(self):
        self.process.start()

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()


def large_requests_are_taken(node, seconds):
    """Other clients write batches near a megabyte meanwhile: each is answered."""
    client = RawClient(node.port, 30)
    data = batch([b"y" * 900_000])
    end = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < end:
        assert client.produce("good", 0, data)[0] == 0
        rounds += 1
    client.close()
    assert rounds >= 3, rounds


def half_sent_requests(node, size=19 * MIB, piece=65536, pause=0.0):
    """100 connections send nearly all of a large request as fast as they can."""
    with Flood(node.port, 100, size, piece, pause):
        large_requests_are_taken(node, 6)
    assert node.log().count("holds") > 0, "nobody was closed for what it held"


def slowly_sent_requests(node):
    """The same, a few kilobytes at a time."""
    half_sent_requests(node, 19 * MIB, 4096, 0.005)


def half_sent_requests_of_the_largest_size(node):
    """With all settings as they come: 100 MB each, 256 MiB in all."""
    half_sent_requests(node, 99 * MIB)


def small_half_sent_requests(node):
    """2,000 requests that are small, and never whole, fill what is kept for small ones."""
    allow_many_sockets()
    with Flood(node.port, 2000, 64 * 1024, 65536, 0):
        large_requests_are_taken(node, 4)


def one_byte_a_second(node):
    """Slow loris, from the size on."""
    allow_many_sockets()
    connections = [Connection(node.port) for _ in range(500)]
    whole = framed(metadata_request())
    for place in range(4):
        for each in connections:
            each.socket.sendall(whole[place:place + 1])
        time.sleep(1)
    assert is_served(node.port)
    return connections


def never_reading(node, request, count, rounds=400):
    """Pipelines requests on many connections and reads none of the answers."""
    connections = [Connection(node.port) for _ in range(count)]
    data = framed(request) * 50
    for each in connections:
        each.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        each.socket.settimeout(0.05)
        try:
            for _ in range(rounds):
                each.socket.sendall(data)
        except (TimeoutError, ConnectionError):
            pass  # the broker stopped reading from us, or closed: that is the point
    return connections


def answers_that_nobody_reads(node):
    """Each answer is a megabyte: the metadata of many partitions."""
    client = RawClient(node.port, 60)
    assert client.create_topics({f"wide-{number}": 2000 for number in range(5)}) \
        == {f"wide-{number}": 0 for number in range(5)}
    everything = header(3, 1) + FRAME.pack(-1)
    connections = never_reading(node, everything, 100)
    for _ in range(3):
        assert len(client.topic_names()) >= 6
        time.sleep(1)
    return connections


def fetches_that_nobody_reads(node):
    """Large slices by sendfile, and thousands of small ones, which are copied."""
    client = RawClient(node.port, 60)
    assert client.create_topics({"many": 1000}) == {"many": 0}
    for _ in range(30):
        assert client.produce("good", 0, batch([os.urandom(900_000)]))[0] == 0
    value = os.urandom(15_000)
    for partition in range(1000):
        assert client.produce("many", partition, batch([value]), acks=1)[0] == 0

    def fetch(topic, partitions, each_max):
        body = struct.pack(">iiiib", -1, 500, 1, 2**31 - 1, 0) + FRAME.pack(1) + string(topic)
        body += FRAME.pack(partitions)
        body += b"".join(struct.pack(">iqi", index, 0, each_max) for index in range(partitions))
        return header(1, 4) + body

    held = never_reading(node, fetch("good", 1, 2**31 - 1), 100, 20)
    held += never_reading(node, fetch("many", 1000, 2**31 - 1), 50, 4)
    # Whoever does read gets all of it, whole.
    reader = Connection(node.port, 60)
    reader.send(fetch("many", 1000, 2**31 - 1))
    assert len(reader.receive()) > 1000 * 15_000
    reader.close()
    assert len(client.read_all("many", 999)) == 1
    return held


def a_client_that_stopped_reading_is_closed(node):
    client = RawClient(node.port, 60)
    for _ in range(10):
        assert client.produce("good", 0, batch([os.urandom(900_000)]))[0] == 0
    body = struct.pack(">iiiib", -1, 500, 1, 2**31 - 1, 0) + FRAME.pack(1) + string("good")
    request = header(1, 4) + body + FRAME.pack(1) + struct.pack(">iqi", 0, 0, 2**31 - 1)
    connections = never_reading(node, request, 20, 1)
    idle = [Connection(node.port) for _ in range(20)]
    started = [Connection(node.port) for _ in range(20)]
    for each in started:
        each.socket.sendall(FRAME.pack(1000) + b"half")
    client.close()

    def are_closed():
        # The bystander is the only one left.
        name = 'kafka_server_socket_server_metrics_connection_count{listener="PLAINTEXT"}'
        return node.metric(name) <= 2

    wait_for(are_closed, 30, "those who neither ask nor read are closed")
    return connections + idle + started


def idle_connections(node):
    allow_many_sockets()
    before = status_kib(node, "VmRSS")
    connections = [Connection(node.port) for _ in range(5000)]
    for each in connections:
        each.send(metadata_request())
    for each in connections:
        assert each.receive() is not None
    grown = status_kib(node, "VmRSS") - before
    print(f"  {grown / 5000:.1f} KiB a connection that has been served and is idle")
    assert is_served(node.port)
    return connections


def connection_storm(node):
    """10,000 come and go, some in the middle of a request."""
    request = framed(metadata_request())
    for number in range(10_000):
        with socket.create_connection(("127.0.0.1", node.port), timeout=10) as client:
            if number % 4 == 1:
                client.sendall(request)
            if number % 4 == 2:
                client.sendall(request[:10])
            if number % 4 == 3:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def are_gone():
        name = 'kafka_server_socket_server_metrics_connection_count{listener="PLAINTEXT"}'
        return node.metric(name) <= 2

    wait_for(are_gone, 20, "nothing is left of 10,000 connections")


def half_closed_and_reset(node):
    """The client closes its side, or resets, before, in and after a produce request."""
    data = batch([b"z" * 50_000])
    body = struct.pack(">hhi", -1, -1, 1000) + FRAME.pack(1) + string("good")
    request = framed(header(0, 7) + body + struct.pack(">iii", 1, 0, len(data)) + data)
    for cut in (0, 3, 4, 10, 60, 1000, len(request) // 2, len(request) - 1, len(request)):
        for how in ("half", "reset", "close"):
            client = socket.create_connection(("127.0.0.1", node.port), timeout=10)
            client.sendall(request[:cut])
            if how == "half":
                client.shutdown(socket.SHUT_WR)
                client.settimeout(10)
                try:
                    while client.recv(65536):
                        pass
                except ConnectionError:
                    pass
            elif how == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
    client = RawClient(node.port, 60)
    _, end = client.list_offset("good", 0, -1)
    found = client.read_all("good", 0)
    assert len(found) >= end, (len(found), end)
    assert all(value in (b"warm", b"still here", b"z" * 50_000) for _, value in found)
    client.close()


SMALL = {"queued_max_request_bytes": str(24 * MIB), "socket_request_max_bytes": str(20 * MIB)}
DEFAULT_BUDGET = {"growth_max_kib": (256 + 64) * 1024}
IDLE = {"connections_max_idle_ms": "2000"}
run((announcements, (half_sent_requests, SMALL), (slowly_sent_requests, SMALL),
     (half_sent_requests_of_the_largest_size, DEFAULT_BUDGET),
     (small_half_sent_requests, SMALL), one_byte_a_second, (answers_that_nobody_reads, SMALL),
     (fetches_that_nobody_reads, SMALL), (a_client_that_stopped_reading_is_closed, IDLE),
     idle_connections, connection_storm, half_closed_and_reset))
