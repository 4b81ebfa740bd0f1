"""From raw results to the tables of docs/BENCHMARKS.md: medians, spans, ratios, goals."""
import statistics
from dataclasses import dataclass

import scenarios
from scenarios import LARGE, SMALL, work_name
from systems import SYSTEMS

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
FLOOR = "floor"


@dataclass(frozen=True)
class Row:
    """One line: a value of one kind of work. `path` leads into the result, dots between."""
    label: str
    work: str
    path: str


def produce_rows(path):
    return [Row(f"{size} B, acks={acks}, {partitions} partition{'s' if partitions > 1 else ''}",
                work_name("produce", size, acks, partitions), path)
            for size, acks, partitions in scenarios.FULL_MATRIX]


def consume_rows(path):
    return [Row(f"{size} B, {partitions} partition{'s' if partitions > 1 else ''}",
                work_name("consume", size, acks, partitions), path)
            for size, acks, partitions in scenarios.FULL_MATRIX if acks == "all"]


def latency_rows(sizes):
    rows = []
    for rate in sizes.rates:
        rows += [Row(f"{rate:,}/s, {name}", f"latency at {rate}/s", f"e2e_ms.{key}")
                 for name, key in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p99_9"))]
        rows += [Row(f"{rate:,}/s, to the acknowledgement, p99", f"latency at {rate}/s",
                     "ack_ms.p99"),
                 Row(f"{rate:,}/s, the generator's own lateness, p99", f"latency at {rate}/s",
                     "generator_lag_ms.p99"),
                 Row(f"{rate:,}/s, broker CPU s per million", f"latency at {rate}/s",
                     "broker_cpu_s_per_million")]
    return rows


def librdkafka_rows():
    rows = []
    for size in (SMALL, LARGE):
        work = f"librdkafka produce {size} B"
        rows += [Row(f"{size} B, records/s", work, "records_per_s"),
                 Row(f"{size} B, broker CPU s per million", work, "broker_cpu_s_per_million")]
    return rows


def even_rows(sizes):
    rows = []
    for partitions in (6, sizes.even_partitions):
        work = f"even spread over {partitions}"
        rows += [Row(f"{partitions:,} partitions, records/s", work, "records_per_s"),
                 Row(f"{partitions:,} partitions, broker CPU s per million", work,
                     "broker_cpu_s_per_million"),
                 Row(f"{partitions:,} partitions, acknowledged after ms, p99", work, "ack_ms.p99")]
    return rows


def transaction_rows():
    rows = []
    for batch in scenarios.TRANSACTIONS:
        work = f"transactions of {batch}"
        rows += [Row(f"{batch:,} records each, records/s", work, "records_per_s"),
                 Row(f"{batch:,} records each, commit, ms, p50", work, "commit_ms.p50"),
                 Row(f"{batch:,} records each, commit, ms, p99", work, "commit_ms.p99"),
                 Row(f"{batch:,} records each, broker CPU s per million", work,
                     "broker_cpu_s_per_million")]
    return rows


def many_rows(sizes):
    return [
        Row("created, ms", "many partitions", "create_ms"),
        Row("a record in each, ms", "many partitions", "write_ms"),
        Row("all described, ms", "many partitions", "describe_ms"),
        Row("resident memory, MiB", "many partitions, idle", "broker_rss_mib"),
        Row("idle CPU, cores", "many partitions, idle", "broker_cores"),
        Row("stopped, s", "many partitions, restart", "stop_s"),
        Row("started again: first acknowledged record, ms", "many partitions, restart",
            "first_ack_ms"),
        Row("then all described, ms", "many partitions, described", "describe_ms"),
    ]


def sections(sizes):
    """Title, rows, the group of scenarios that fills them."""
    partitions = sizes.many_topics * sizes.many_each
    return [
        ("Start and memory", [
            Row("process start to first acknowledged record, ms", "start", "first_ack_ms"),
            Row("process start to first answer, ms", "start", "first_answer_ms"),
            Row("resident memory idle, MiB", "idle", "broker_rss_mib"),
            Row("idle CPU, cores", "idle", "broker_cores")], ""),
        ("Memory after the load below", [
            Row("resident memory, MiB", "after load", "broker_rss_mib"),
            Row("resident memory at its peak, MiB", "after load", "broker_peak_rss_mib")],
         "throughput"),
        ("Produce, records/s", produce_rows("records_per_s"), "throughput"),
        ("Produce, broker CPU seconds per million records",
         produce_rows("broker_cpu_s_per_million"), "throughput"),
        ("Consume, records/s", consume_rows("records_per_s"), "throughput"),
        ("Consume, broker CPU seconds per million records",
         consume_rows("broker_cpu_s_per_million"), "throughput"),
        ("Produce with librdkafka, acks=all, 6 partitions", librdkafka_rows(), "librdkafka"),
        ("Latency from due to consumed, acks=all, 100 B, 6 partitions, ms", latency_rows(sizes),
         "latency"),
        ("The same load over few and many partitions, evenly, 100 B, acks=all", even_rows(sizes),
         "even"),
        (f"Clients: {sizes.connections:,} idle connections, a group of {sizes.members}", [
            Row("memory a connection, KiB", "connections", "rss_kib_per_conn"),
            Row("all connected and answered, ms", "connections", "open_ms"),
            Row("group stable, ms", "group", "stable_ms")], "clients"),
        ("A topic copied in transactions by two workers, 100 B, each tenth aborted",
         transaction_rows(), "transactions"),
        (f"{sizes.compacted:,} records of 100 B compacted to {sizes.compacted_keys:,} keys", [
            Row("MB/s", "compaction", "mb_per_s"),
            Row("broker CPU s per GiB", "compaction", "broker_cpu_s_per_gib")], "compaction"),
        (f"{partitions:,} partitions on one node", many_rows(sizes), "many"),
    ]


class Results:
    def __init__(self, runs):
        self.chosen = [run for run in runs if run["chosen"] and run["result"].get("ok")]
        self.by_repetition = {}
        for run in self.chosen:
            key = run["system"], run["work"], run["repetition"]
            self.by_repetition.setdefault(key, []).append(run)
        self.repetitions = sorted({run["repetition"] for run in runs})

    def values(self, system, work, path):
        """One value a repetition (the median when the work was done several times in it)."""
        values = {}
        for repetition in self.repetitions:
            found = [pick(run["result"], path)
                     for run in self.by_repetition.get((system, work, repetition), [])]
            found = [value for value in found if value is not None]
            if found:
                values[repetition] = statistics.median(found)
        return values

    def noisy(self, system, work):
        return any(run["noisy"] for run in self.chosen
                   if (run["system"], run["work"]) == (system, work))

    def median(self, system, work, path):
        values = self.values(system, work, path)
        return statistics.median(values.values()) if values else None

    def ratio(self, system, base, work, path):
        """The median of the ratios of the pairs, each of one repetition."""
        ours, theirs = self.values(system, work, path), self.values(base, work, path)
        ratios = [ours[r] / theirs[r] for r in ours if theirs.get(r)]
        return statistics.median(ratios) if ratios else None


def pick(result, path):
    for key in path.split("."):
        if not isinstance(result, dict) or key not in result:
            return None
        result = result[key]
    return result


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"


def cell(results, system, row):
    values = list(results.values(system, row.work, row.path).values())
    if not values:
        return "-"
    text = f"**{number(statistics.median(values))}**"
    if len(values) > 1:
        text += f" ({number(min(values))} to {number(max(values))})"
    return text + (" ~" if results.noisy(system, row.work) else "")


def table(results, systems, rows):
    """Kafka first, then each other system with its ratio to Kafka."""
    base = "kafka" if "kafka" in systems else None
    others = [system for system in systems if system != base]
    head, under = [""], ["---"]
    for system in ([base] if base else []) + others:
        head.append(SYSTEMS[system].label)
        under.append("---:")
        if base and system != base:
            head.append("to Kafka")
            under.append("---:")
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(under) + "|"]
    for row in rows:
        cells = [row.label]
        if base:
            cells.append(cell(results, base, row))
        for system in others:
            cells.append(cell(results, system, row))
            if base:
                ratio = results.ratio(system, base, row.work, row.path)
                cells.append(f"{number(ratio)}x" if ratio is not None else "-")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def missing(results, systems, groups, sizes):
    """Rows without a value, for a check that the harness measures all it says."""
    holes = []
    for title, rows, group in sections(sizes):
        if group and group not in groups:
            continue
        holes += [f"{system}: {title}: {row.label}" for row in rows for system in systems
                  if results.median(system, row.work, row.path) is None]
    return holes
