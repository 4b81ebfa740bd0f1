#!/usr/bin/env python3
"""Weir's connectors beside those of others: tailing a file, the time from an append to a consumer,
and topics to files and to an HTTP server. One command, one run, all numbers.

    tests/bench/pipelines.py --write-docs    the whole, on a quiet machine
    tests/bench/pipelines.py --quick         a smoke test of the harness: the numbers mean nothing
"""
import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time

import confluent_kafka

import machine
import pipeline_systems as movers
import systems

LINE = 200  # bytes, with its end
DOCUMENT = os.path.join(systems.ROOT, "docs/BENCHMARKS.md")
BEGIN, END = "<!-- pipelines: begin -->", "<!-- pipelines: end -->"


def write_lines(path, count):
    """Lines that are all different and know their number."""
    filler = "the quick brown fox jumps over the lazy dog " * 5
    with open(path, "w", encoding="ascii", buffering=1 << 20) as out:
        for number in range(count):
            head = f"{number:012d} "
            out.write(head + filler[:LINE - 1 - len(head)] + "\n")


def fill_topic(address, topic, count):
    """Records of JSON, as long as the lines are."""
    producer = confluent_kafka.Producer({"bootstrap.servers": address, "linger.ms": 20,
                                         "queue.buffering.max.messages": 200000})
    filler = "x" * (LINE - 40)
    for number in range(count):
        value = f'{{"seq":{number:012d},"text":"{filler}"}}'.replace(":0", ":1", 1)
        while True:
            try:
                producer.produce(topic, value)
                break
            except BufferError:
                producer.poll(0.05)
    producer.flush()


class Kafka:
    """A node of Apache Kafka for those who have no broker of their own."""
    def __init__(self, directory):
        systems.Kafka.install()
        self.node = systems.Kafka(directory)
        self.node.prepare()
        self.node.launch()
        if not machine.wait_until(self.answers, 60):
            raise RuntimeError("Apache Kafka does not start")
        self.address = self.node.address

    def answers(self):
        admin = confluent_kafka.Consumer({"bootstrap.servers": self.node.address,
                                          "group.id": "none", "log_level": 0})
        try:
            admin.list_topics(timeout=2)
            return True
        except confluent_kafka.KafkaException:
            return False
        finally:
            admin.close()

    def stop(self):
        self.node.stop()
        self.node.remove()


class Bench:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.rows = []  # of {"work", "system", numbers...}
        self.serial = 0

    def fresh(self):
        self.serial += 1
        return os.path.join(self.directory, f"{self.serial}")

    def keep(self, work, system, **numbers):
        self.rows.append({"work": work, "system": system, **numbers})
        print(f"{work:<10}{system:<44}" + ", ".join(f"{k} {v}" for k, v in numbers.items()),
              file=sys.stderr, flush=True)

    def measure_tail(self, mover, path, count, topic):
        """From the start of the job until the last line can be consumed."""
        last = f"{count - 1:012d}".encode()
        begin, used = time.monotonic(), None
        if mover.process is not None:
            used = mover.cpu()
        mover.tail(path, topic)

        def complete():
            end = movers.end_of(mover.address, topic)
            return end >= count and (movers.last_line(mover.address, topic, end)
                                     or b"").startswith(last)
        if not machine.wait_until(complete, 600):
            raise RuntimeError(f"{mover.label}: the last line did not come")
        seconds = time.monotonic() - begin
        cpu = mover.cpu() - (used or 0.0)
        gib = count * LINE / 2**30
        self.keep("tail", mover.label, mb_per_s=round(count * LINE / 1e6 / seconds, 1),
                  cpu_s_per_gib=round(cpu / gib, 2), peak_mib=mover.memory())

    def tail(self):
        path = os.path.join(self.directory, "lines.log")
        write_lines(path, self.options.lines)
        for _ in range(self.options.repetitions):
            for mode in ("exactly_once", "at_least_once"):
                self.with_mover(lambda mode=mode: movers.Weir(self.fresh(), delivery=mode),
                                lambda mover: self.measure_tail(mover, path, self.options.lines,
                                                                "lines"))
            self.with_kafka(lambda address: movers.Weir(self.fresh(), address),
                            lambda mover: self.measure_tail(mover, path, self.options.lines,
                                                            "lines"))
            self.with_kafka(lambda address: movers.SyslogNg(self.fresh(), address),
                            lambda mover: self.measure_tail(mover, path, self.options.lines,
                                                            "lines"))
            self.with_kafka(lambda address: movers.Connect(self.fresh(), address),
                            lambda mover: self.measure_tail(mover, path, self.options.lines,
                                                            "lines"))
        os.remove(path)

    def latency(self):
        """1,000 lines a second are appended with the time; a consumer says how old they are."""
        for _ in range(self.options.repetitions):
            for mode in ("exactly_once", "at_least_once"):
                self.with_mover(lambda mode=mode: movers.Weir(self.fresh(), delivery=mode),
                                self.measure_latency)

    def measure_latency(self, mover):
        path = os.path.join(mover.directory, "live.log")
        with open(path, "w", encoding="ascii"):
            pass
        mover.tail(path, "live")
        stop = threading.Event()
        writer = threading.Thread(target=append, args=(path, stop))
        writer.start()
        ages = []
        try:
            consumer = confluent_kafka.Consumer({
                "bootstrap.servers": mover.address, "group.id": "none", "log_level": 0,
                "isolation.level": "read_committed", "fetch.wait.max.ms": 100,
                "topic.metadata.refresh.interval.ms": 100})
            if not machine.wait_until(lambda: movers.end_of(mover.address, "live") > 0, 30):
                raise RuntimeError(f"{mover.label}: nothing came")
            consumer.assign([confluent_kafka.TopicPartition("live", 0,
                                                            confluent_kafka.OFFSET_END)])
            warm, end = time.monotonic() + 2, time.monotonic() + 2 + self.options.seconds
            cpu = None
            while time.monotonic() < end:
                message = consumer.poll(0.1)
                now = time.monotonic_ns()
                if message is None or message.error() or time.monotonic() < warm:
                    continue
                if cpu is None:
                    cpu = mover.cpu()
                ages.append((now - int(message.value()[:20])) / 1e6)
            cores = (mover.cpu() - (cpu or 0.0)) / self.options.seconds
            consumer.close()
        finally:
            stop.set()
            writer.join()
        ages.sort()
        self.keep("latency", mover.label, records=len(ages),
                  p50_ms=round(statistics.median(ages), 2),
                  p99_ms=round(ages[len(ages) * 99 // 100], 2), cores=round(cores, 3))

    def measure_file_sink(self, mover, count, path):
        begin, used = time.monotonic(), None
        if mover.process is not None:
            used = mover.cpu()
        mover.to_file("records", path)
        if not machine.wait_until(lambda: size_of(path) >= self.expected_bytes, 600):
            raise RuntimeError(f"{mover.label}: {size_of(path)} of {self.expected_bytes} bytes")
        seconds = time.monotonic() - begin
        self.keep("to file", mover.label, records_per_s=round(count / seconds),
                  cpu_s_per_million=round((mover.cpu() - (used or 0.0)) / count * 1e6, 2),
                  peak_mib=mover.memory())

    def to_file(self):
        count = self.options.records
        for _ in range(self.options.repetitions):
            kafka = Kafka(self.directory)
            try:
                fill_topic(kafka.address, "records", count)
                self.expected_bytes = count * (LINE - 40 + len('{"seq":,"text":""}') + 12 + 1)
                for make in (lambda: movers.Weir(self.fresh(), kafka.address),
                             lambda: movers.Connect(self.fresh(), kafka.address)):
                    self.with_mover(make, lambda mover: self.measure_file_sink(
                        mover, count, os.path.join(mover.directory, "out.jsonl")))
            finally:
                kafka.stop()

    def with_mover(self, make, work):
        try:
            mover = make()
        except systems.Unavailable as error:
            print(f"SKIPPED: {error} is not here", file=sys.stderr)
            return
        try:
            machine.wait_quiet((), seconds=30 if not self.options.quick else 1)
            work(mover)
        finally:
            mover.stop()

    def with_kafka(self, make, work):
        kafka = Kafka(self.directory)
        try:
            self.with_mover(lambda: make(kafka.address), work)
        finally:
            kafka.stop()


def append(path, stop):
    """A line each millisecond, as late as the clock lets it be."""
    due = time.monotonic()
    with open(path, "a", encoding="ascii", buffering=1) as out:
        while not stop.is_set():
            out.write(f"{time.monotonic_ns():020d} {'x' * (LINE - 22)}\n")
            due += 0.001
            time.sleep(max(0.0, due - time.monotonic()))


def size_of(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def table_of(rows):
    """One table a work; medians of the repetitions, least and most in brackets."""
    text = []
    for work in dict.fromkeys(row["work"] for row in rows):
        of_work = [row for row in rows if row["work"] == work]
        names = [name for name in of_work[0] if name not in ("work", "system")]
        text.append(f"| {work} | " + " | ".join(names) + " |\n|---|" + "---:|" * len(names))
        for system in dict.fromkeys(row["system"] for row in of_work):
            cells = []
            for name in names:
                values = sorted(row[name] for row in of_work if row["system"] == system)
                middle = f"{statistics.median(values):,.4g}" if max(values) < 1e4 else \
                    f"{statistics.median(values):,.0f}"
                cells.append(f"**{middle}** ({values[0]:,} to {values[-1]:,})")
            text.append(f"| {system} | " + " | ".join(cells) + " |")
        text.append("")
    return "\n".join(text)


def write_docs(options, text):
    with open(DOCUMENT, encoding="utf-8") as document:
        before, rest = document.read().split(BEGIN)
    command = "tests/bench/pipelines.py " + " ".join(sys.argv[1:])
    head = (f"`{command.strip()}` ({time.strftime('%Y-%m-%d', time.gmtime())}), "
            f"{options.repetitions} repetitions: medians (least to most).\n\n")
    with open(DOCUMENT, "w", encoding="utf-8") as document:
        document.write(before + BEGIN + "\n" + head + text + END + rest.split(END)[1])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", default="tail,latency,to_file")
    parser.add_argument("--lines", type=int, default=2**30 // LINE)
    parser.add_argument("--records", type=int, default=3_000_000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--directory", default=os.path.join(systems.ROOT, "build/bench"))
    options = parser.parse_args()
    if options.quick:
        options.repetitions, options.lines, options.records, options.seconds = 1, 20000, 20000, 1
    return options


def main():
    options = arguments()
    os.makedirs(options.directory, exist_ok=True)
    directory = tempfile.mkdtemp(prefix="pipelines.", dir=options.directory)
    bench = Bench(options, directory)
    try:
        for work in options.only.split(","):
            getattr(bench, work)()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    with open(os.path.join(options.directory, "pipelines.json"), "w", encoding="utf-8") as out:
        json.dump(bench.rows, out, indent=1)
    text = table_of(bench.rows)
    print(text)
    if options.write_docs:
        write_docs(options, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
