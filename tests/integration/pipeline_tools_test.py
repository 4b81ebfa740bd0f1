"""Goal: weir tap, top and dlq show what a node holds, and a replay sends each dead letter back
once. Method: a node, records and dead letters made by hand with Connect's headers, and the tools
as processes: their output, their exit codes, and what is in the topics afterwards."""
import json
import os
import pty
import re
import signal
import subprocess
import threading
import http.server

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from node import Node, WEIR, free_port, wait_for
from reading import read_to_end

PREFIX = "__connect.errors."


class Tools:
    def __init__(self, node):
        self.node = node
        self.producer = confluent_kafka.Producer({"bootstrap.servers": node.address})
        self.admin = AdminClient({"bootstrap.servers": node.address})

    def topic(self, name, partitions=1):
        for done in self.admin.create_topics([NewTopic(name, partitions, 1)]).values():
            done.result()

    def put(self, topic, *records):
        for record in records:
            self.producer.produce(topic, **record)
        self.producer.flush()

    def letter(self, topic, value, origin, connector="hook", stage="VALUE_CONVERTER", key=b"k"):
        """A dead letter of `origin` = (topic, partition, offset), with headers of its own."""
        headers = [("trace", b"\x00\xff"), ("none", None)] + [
            (PREFIX + name, str(text).encode()) for name, text in (
                ("topic", origin[0]), ("partition", origin[1]), ("offset", origin[2]),
                ("connector.name", connector), ("task.id", 0), ("stage", stage),
                ("class.name", "org.apache.kafka.connect.json.JsonConverter"),
                ("exception.class.name", "org.apache.kafka.connect.errors.DataException"),
                ("exception.message", "no such \x1b[2Jfield"), ("exception.stacktrace", "at x"))]
        self.put(topic, {"value": value, "key": key, "headers": headers, "timestamp": 1000})

    def run(self, *arguments, code=0):
        done = subprocess.run([WEIR, *arguments, "--bootstrap", self.node.address],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              check=False)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout.decode()

    def lines(self, *arguments):
        return [json.loads(line) for line in self.run(*arguments).splitlines()]


def tap(tools):
    tools.topic("taps", 2)
    for number in range(10):
        tools.put("taps", {"value": b'{"n": %d}' % number, "key": b"k%d" % number,
                           "partition": number % 2, "timestamp": 1764542656123,
                           "headers": [("h", b"v")]})
    out = tools.run("tap", "taps", "--from-beginning", "--count", "10")
    assert "2025-11-30T22:44:16.123Z taps-1@0 k1 {\"n\": 1}\n" in out, out
    assert len(out.splitlines()) == 10, out
    shown = tools.lines("tap", "ta*", "--last", "2", "--to-end", "--json")
    assert sorted(each["key"] for each in shown) == ["k6", "k7", "k8", "k9"], shown
    assert shown[0]["headers"] == [{"key": "h", "value": "v"}], shown
    shown = tools.lines("tap", "taps", "--partition", "1", "--from", "3", "--to-end", "--json")
    assert [each["offset"] for each in shown] == [3, 4], shown
    out = tools.run("tap", "taps", "--from-beginning", "--to-end", "--filter", "^k[34]$", "--key")
    assert sorted(out.split()) == ["k3", "k4"], out
    out = tools.run("tap", "taps", "--from", "0", "--count", "1", "--format", "pretty",
                    "--partition", "0", "--headers")
    assert out.endswith('\n  key: k0\n  h: v\n{\n  "n": 0\n}\n'), out
    assert tools.run("tap", "none*", "--to-end") == ""


def tap_follows(tools):
    """A record that comes later is shown at once; Ctrl-C ends it with 0; what a terminal would
    obey is escaped."""
    tools.topic("live")
    master, terminal = pty.openpty()
    process = subprocess.Popen([WEIR, "tap", "live", "--bootstrap", tools.node.address],
                               stdout=terminal, stderr=subprocess.PIPE)
    os.close(terminal)
    seen = bytearray()

    def read():
        try:
            while piece := os.read(master, 4096):
                seen.extend(piece)
        except OSError:
            pass  # the end of a terminal

    reader = threading.Thread(target=read)
    reader.start()

    def arrived():
        assert process.poll() is None, process.stderr.read()
        tools.put("live", {"value": b"\x1b[31mred\xff", "key": b"key"})
        return b"red" in seen

    wait_for(arrived, 30, "the record is shown")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    reader.join()
    os.close(master)
    assert b"live-0@" in seen and b"key \\x1b[31mred\\xff" in seen and b"\x1b" not in seen, seen


def tap_is_committed(tools):
    """Records of an aborted transaction are not shown."""
    tools.topic("taps.tx")
    producer = confluent_kafka.Producer({"bootstrap.servers": tools.node.address,
                                         "transactional.id": "t"})
    producer.init_transactions()
    for value, end in ((b"a", producer.abort_transaction), (b"b", producer.commit_transaction)):
        producer.begin_transaction()
        producer.produce("taps.tx", value)
        producer.flush()
        end()
    shown = tools.lines("tap", "taps.tx", "--from-beginning", "--to-end", "--json")
    assert [each["value"] for each in shown] == ["b"], shown
    shown = tools.lines("tap", "taps.tx", "--from-beginning", "--to-end", "--json",
                        "--uncommitted")
    assert [each["value"] for each in shown] == ["a", "b"], shown


def broken_pipe(tools):
    tools.topic("many")
    for number in range(20000):
        tools.producer.produce("many", b"x" * 100)
        tools.producer.poll(0)
    tools.producer.flush()
    done = subprocess.run(f"set -o pipefail; {WEIR} tap many --from-beginning --bootstrap "
                          f"{tools.node.address} | head -n 1", shell=True, executable="/bin/bash",
                          timeout=60, check=False, stdout=subprocess.PIPE)
    assert done.returncode == 0 and done.stdout.count(b"\n") == 1, done


def dead_letters(tools):
    tools.topic("orders", 3)
    tools.topic("logs")
    tools.topic("shop.dlq", 2)
    tools.topic("empty.dlq")
    tools.letter("shop.dlq", b"bad", ("orders", 2, 17))
    tools.letter("shop.dlq", b"\x00\xff", ("logs", 0, 5), "lake", "TASK_PUT", key=None)
    tools.letter("shop.dlq", None, ("orders", 1, 18))
    tools.put("shop.dlq", {"value": b"without headers"})


def listing(tools):
    out = tools.run("dlq", "list")
    assert re.search(r"^shop\.dlq +2 hook +VALUE_CONVERTER +DataException ", out, re.M), out
    assert re.search(r"^shop\.dlq +1 lake +TASK_PUT ", out, re.M), out
    assert re.search(r"^shop\.dlq +1 - +- +- ", out, re.M), out
    assert re.search(r"^empty\.dlq +0$", out, re.M), out
    found = json.loads(tools.run("dlq", "list", "--json", "--topic", "shop.dlq"))
    assert found["topics"][0]["records"] == 4 and len(found["topics"]) == 1, found
    assert tools.run("dlq", "list", "--topic", "nothing.*") == "no dead letter topics\n"


def showing(tools):
    out = tools.run("dlq", "show", "shop.dlq", "--trace")
    assert "  from   orders-2@17\n  by     hook, task 0, stage VALUE_CONVERTER\n" in out, out
    assert "DataException: no such \\x1b[2Jfield\n  trace  at x\n" in out, out
    assert "  key    null\n  value  0x00ff\n  header trace: 0x00ff\n" in out, out
    assert "no headers say why it is here" in out, out
    shown = tools.lines("dlq", "show", "shop.dlq", "--json", "--filter", "connector.name=lake")
    assert len(shown) == 1 and shown[0]["value_hex"] == "00ff" and shown[0]["key"] is None, shown
    assert shown[0]["errors"]["stage"] == "TASK_PUT", shown
    assert len(tools.lines("dlq", "show", "shop.dlq", "--json", "--count", "2")) == 2


def replay(tools, *arguments):
    return json.loads(tools.run("dlq", "replay", "shop.dlq", "--json", *arguments))


def committed(tools, topic, partitions):
    return list(read_to_end(tools.node.address, topic, partitions,
                            isolation_level="read_committed"))


def replaying(tools):
    dry = replay(tools, "--dry-run")
    assert dry["replayed"] == 3 and dry["without_origin"] == 1 and dry["dry_run"], dry
    assert not committed(tools, "orders", 3)
    # What a filter chooses is not sent again by a replay of all.
    first = replay(tools, "--filter", "connector.name=lake")
    assert first["to"] == {"logs": 1} and first["not_chosen"] == 3, first
    second = replay(tools)
    assert second["to"] == {"orders": 2} and second["replayed_before"] <= 1, second
    third = replay(tools)
    assert third["replayed"] == 0 and third["without_origin"] == 1, third
    orders = {each.partition(): each for each in committed(tools, "orders", 3)}
    assert set(orders) == {1, 2}, "each is in the partition where it was"
    assert orders[2].value() == b"bad" and orders[1].value() is None
    assert orders[2].key() == b"k" and orders[2].timestamp()[1] == 1000
    assert orders[2].headers() == [("trace", b"\x00\xff"), ("none", None)], orders[2].headers()
    logs = committed(tools, "logs", 1)
    assert [each.value() for each in logs] == [b"\x00\xff"] and logs[0].key() is None
    # One more comes: it alone is sent.
    tools.letter("shop.dlq", b"later", ("logs", 0, 6))
    assert replay(tools)["to"] == {"logs": 1}
    again = replay(tools, "--again", "--to", "logs")
    assert again["replayed"] == 5 and len(committed(tools, "logs", 1)) == 7, again
    text = tools.run("dlq", "replay", "shop.dlq")
    assert "progress is kept in group weir-dlq-replay-shop.dlq" in text, text
    groups = subprocess.run([WEIR, "tool", "kafka-consumer-groups.sh", "--bootstrap-server",
                             tools.node.address, "--describe", "--group",
                             "weir-dlq-replay-shop.dlq"], stdout=subprocess.PIPE, check=True)
    assert b"shop.dlq" in groups.stdout, groups.stdout


def replay_that_dies(tools):
    """Killed at any time, then run again: each record is there once."""
    tools.topic("busy.dlq")
    tools.topic("busy")
    headers = [(PREFIX + "topic", b"busy"), (PREFIX + "partition", b"0")]
    count = 50000
    for number in range(count):
        tools.producer.produce("busy.dlq", b"%d" % number, headers=headers)
        tools.producer.poll(0)
    tools.producer.flush()
    command = [WEIR, "dlq", "replay", "busy.dlq", "--bootstrap", tools.node.address]
    looking = confluent_kafka.Consumer({"bootstrap.servers": tools.node.address, "group.id": "x"})
    place = confluent_kafka.TopicPartition("busy", 0)
    killed = 0
    for _ in range(3):
        before = looking.get_watermark_offsets(place)[1]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: process.poll() is not None or
                 looking.get_watermark_offsets(place)[1] > before, 60, "some are replayed")
        killed += process.poll() is None
        process.kill()
        process.wait()
    looking.close()
    assert killed > 0, "it was never killed while it ran"
    tools.run("dlq", "replay", "busy.dlq")
    values = [int(each.value()) for each in committed(tools, "busy", 1)]
    assert len(values) == count and sorted(values) == list(range(count)), len(values)
    print(f"replay: killed {killed} times while it ran, {count} records once each")


PAGES = ["""
kafka_connect_connector_status{connector="shop",status="RUNNING"} 1
kafka_connect_source_task_source_record_poll_total{connector="shop",task="0"} %d
""" % count for count in (100, 600)]


class Metrics(http.server.BaseHTTPRequestHandler):
    served = 0

    def do_GET(self):
        page = PAGES[min(Metrics.served, 1)].encode()
        Metrics.served += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


def top(tools):
    server = http.server.HTTPServer(("127.0.0.1", 0), Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    out = subprocess.run([WEIR, "top", "--http", address, "--once", "--json", "--interval",
                          "500ms"], stdout=subprocess.PIPE, check=True, timeout=60).stdout
    shop = json.loads(out)["connectors"][0]
    assert shop["name"] == "shop" and 0 < shop["records_in_per_second"] <= 1100, shop
    server.shutdown()
    server.server_close()
    # The broker's own page has topics.
    own = f"127.0.0.1:{tools.node.metrics_port}"
    out = subprocess.run([WEIR, "top", "--http", own, "--once", "--interval", "100ms"],
                         stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
    assert re.search(r"^TOPIC +PARTITIONS +IN/s +BYTES\n", out, re.M) and "orders" in out, out


def errors(tools):
    dead = f"127.0.0.1:{free_port()}"
    for arguments, code, text in (
            (["tap", "x", "--bootstrap", dead], 1, f"no broker answers at {dead}"),
            (["dlq", "list", "--bootstrap", dead], 1, f"no broker answers at {dead}"),
            (["top", "--http", dead], 1, f"{dead} cannot be reached"),
            (["top", "--http", "x"], 2, "'x' is not HOST:PORT"),
            (["top", "--interval", "soon"], 2, "is no time"),
            (["tap"], 2, "topics is required"),
            (["tap", "x", "--filter", "("], 2, "is no regular expression"),
            (["tap", "x", "--from", "1", "--last", "2"], 2, "excludes"),
            (["tap", "x", "--file", "/nonexistent"], 2, "cannot be read"),
            (["dlq"], 2, "usage"), (["dlq", "eat"], 2, "unknown verb"),
            (["dlq", "replay", "x", "--to", "x"], 2, "into itself"),
            (["dlq", "replay", "x", "--filter", "y"], 2, "is not FIELD=VALUE"),
            (["tap", "missing", "--bootstrap", tools.node.address], 1,
             "there is no topic 'missing'")):
        done = subprocess.run([WEIR, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60, check=False)
        assert done.returncode == code, (arguments, done)
        assert text in done.stderr.decode(), (arguments, done.stderr)
    for verb in (["tap"], ["top"], ["dlq"], ["dlq", "list"], ["dlq", "show"], ["dlq", "replay"]):
        subprocess.run([WEIR, *verb, "--help"], check=True, stdout=subprocess.DEVNULL)


def main():
    with Node() as node:
        tools = Tools(node)
        for each in (tap, tap_follows, tap_is_committed, broken_pipe, dead_letters, listing,
                     showing, replaying, replay_that_dies, top, errors):
            each(tools)
            print(each.__name__, flush=True)
        node.stop()


main()
