"""What is derived from several rows: the goals, the cost of syncing, the distance to the floor, the
noise; and the whole text between the markers of docs/BENCHMARKS.md."""
from dataclasses import dataclass

from report import BEGIN, END, FLOOR, Results, number, pick, sections, table
from scenarios import FULL_MATRIX, LARGE, SMALL, TRANSACTIONS, work_name

COMMIT, OS, KAFKA = "weir-commit", "weir-os", "kafka"


@dataclass(frozen=True)
class Goal:
    """`seen` must be at most (or at least) `bound`."""
    text: str
    seen: float
    bound: float
    at_least: bool = False

    def met(self):
        return self.seen >= self.bound if self.at_least else self.seen <= self.bound


def load_goals(results):
    """Throughput and CPU against Kafka, over all loads of one kind: the worst counts."""
    kinds = [("produce", ("1", "all")), ("consume", ("all",))]
    goals = []
    for kind, acks in kinds:
        works = [work_name(kind, size, ack, partitions) for size, ack, partitions in FULL_MATRIX
                 if ack in acks]
        rates = [results.ratio(COMMIT, KAFKA, work, "records_per_s") for work in works]
        costs = [results.ratio(COMMIT, KAFKA, work, "broker_cpu_s_per_million") for work in works]
        if None not in rates:
            goals.append(Goal(f"{kind}: records/s to Kafka's, the worst load", min(rates), 1, True))
        if None not in costs:
            goals.append(Goal(f"{kind}: broker CPU a record to Kafka's, the worst load",
                              max(costs), 0.5))
    return goals


def goals(results, sizes):
    """The goals of the project, for Weir with flush=commit against Kafka without fsync."""
    found = []
    for text, work, path, bound in (
            ("process start to first acknowledged record, ms", "start", "first_ack_ms", 100),
            ("resident memory idle, MiB", "idle", "broker_rss_mib", 40)):
        seen = results.median(COMMIT, work, path)
        if seen is not None:
            found.append(Goal(text, seen, bound))
    found += load_goals(results)
    for rate in sizes.rates:
        for quantile in ("p50", "p99"):
            ratio = results.ratio(COMMIT, KAFKA, f"latency at {rate}/s", f"e2e_ms.{quantile}")
            if ratio is not None:
                found.append(Goal(f"latency at {rate:,}/s, {quantile}, to Kafka's", ratio, 1))
    few = results.median(COMMIT, "even spread over 6", "records_per_s")
    many = results.median(COMMIT, f"even spread over {sizes.even_partitions}", "records_per_s")
    if few and many:
        found.append(Goal(f"times slower over {sizes.even_partitions:,} partitions than over 6",
                          few / many, 2))
    for batch in TRANSACTIONS:
        work = f"transactions of {batch}"
        ratio = results.ratio(COMMIT, KAFKA, work, "records_per_s")
        latency = results.median(COMMIT, work, "commit_ms.p50")
        if ratio is not None:
            found.append(Goal(f"transactions of {batch:,}: records/s to Kafka's", ratio, 3, True))
        if latency is not None:
            found.append(Goal(f"transactions of {batch:,}: commit, ms, p50", latency, 5))
    stable = results.median(COMMIT, "group", "stable_ms")
    if stable is not None:
        found.append(Goal(f"group of {sizes.members} stable, ms", stable, 1000))
    return found


def goal_lines(results, sizes):
    found = goals(results, sizes)
    if not found:
        return []
    lines = ["### Goals (Weir with flush=commit)", "", "| | seen | goal | |", "|---|---:|---:|---|"]
    for goal in found:
        sign = "at least" if goal.at_least else "at most"
        lines.append(f"| {goal.text} | {number(goal.seen)} | {sign} {number(goal.bound)} | "
                     f"{'met' if goal.met() else '**missed**'} |")
    return lines + [""]


def flush_lines(results, sizes):
    """What flush=commit costs against flush=os."""
    rows = [(f"produce {size} B, acks=all, {partitions}p, records/s",
             work_name("produce", size, "all", partitions), "records_per_s")
            for size, acks, partitions in FULL_MATRIX if acks == "all"]
    rows += [(f"latency at {rate:,}/s, {quantile}, ms", f"latency at {rate}/s",
              f"e2e_ms.{quantile}") for rate in sizes.rates for quantile in ("p50", "p99")]
    lines = []
    for label, work, path in rows:
        ratio = results.ratio(COMMIT, OS, work, path)
        if ratio is not None:
            lines.append(f"| {label} | {number(results.median(OS, work, path))} | "
                         f"{number(results.median(COMMIT, work, path))} | {number(ratio)}x |")
    if not lines:
        return []
    return ["### The cost of durability", "", "| | flush=os | flush=commit | |",
            "|---|---:|---:|---:|", *lines, ""]


def floor_lines(results):
    """How far brokers are above what the machine needs for the same bytes without a broker."""
    lines = []
    for size in (SMALL, LARGE):
        for kind in ("produce", "consume"):
            floor = f"floor {size} B"
            rate = results.median(FLOOR, floor, f"{kind}.records_per_s")
            cost = results.median(FLOOR, floor, f"{kind}.server_cpu_s_per_million")
            speed = results.median(FLOOR, floor, f"{kind}.mb_per_s")
            if not rate or not cost:
                continue
            cells = [f"{kind} {size} B", number(speed), number(rate), number(cost)]
            for system in (COMMIT, KAFKA):
                used = results.median(system, work_name(kind, size, "all", 6),
                                      "broker_cpu_s_per_million")
                cells.append(f"{number(used / cost)}x" if used else "-")
            lines.append("| " + " | ".join(cells) + " |")
    if not lines:
        return []
    return [
        "### The machine's floor", "",
        "One thread a side: loopback TCP, CRC-32C over each batch and a write to the page cache "
        "(produce), sendfile (consume), with the batches that the generator made. The last columns "
        "say how many times the floor's CPU a broker takes (acks=all, 6 partitions).", "",
        "| | MB/s | records/s | CPU s per million | Weir, flush=commit | Apache Kafka |",
        "|---|---:|---:|---:|---:|---:|", *lines, ""]


def sync_lines(results):
    syncs = [run["result"]["sync"] for run in results.chosen if run["work"] == "floor sync"]
    if not syncs:
        return []
    lines = ["| an append to each of | bytes each | call | p50 ms | p99 ms |",
             "|---:|---:|---|---:|---:|"]
    for index, first in enumerate(syncs[0]):
        values = {key: sorted(sync[index][key] for sync in syncs)[len(syncs) // 2]
                  for key in ("p50_ms", "p99_ms")}
        lines.append(f"| {first['files']:,} file{'s' if first['files'] > 1 else ''} | "
                     f"{first['bytes_each']:,} | {first['call']} | {number(values['p50_ms'])} | "
                     f"{number(values['p99_ms'])} |")
    return ["### What a sync takes on this disk", "", *lines, ""]


def noise_lines(runs, limit):
    repeated = [run for run in runs if run["attempt"] > 0]
    kept = [run for run in runs if run["chosen"] and run["noisy"]]
    failed = [run for run in runs if not run["result"].get("ok")]
    lines = [f"Noise: {len(runs)} runs; {len(repeated)} of them repeats, since others used more "
             f"than {limit} cores meanwhile; {len(kept)} were disturbed in every attempt and are "
             "marked ~."]
    lines += [f"- disturbed: {run['system']}, {run['work']}, repetition {run['repetition']}: "
              f"{run['other_cores']} cores" for run in kept[:20]]
    lines += [f"- FAILED: {run['system']}, {run['work']}, repetition {run['repetition']}: "
              f"{run['result'].get('error')}" for run in failed]
    return lines


def batch_line(results):
    shapes = {}
    for run in results.chosen:
        shape = pick(run["result"], "batch")
        if shape and run["system"] == COMMIT:
            shapes.setdefault(run["result"]["record_size"], shape)
    return "; ".join(f"batches of {size} B records: {shape['records']:,} records, "
                     f"{shape['bytes']:,} bytes" for size, shape in sorted(shapes.items()))


def machine_lines(meta, results):
    machine, versions = meta["machine"], meta["versions"]
    kind = "virtual machine" if machine["virtual"] else "machine"
    made = batch_line(results)
    return [
        f"`{meta['command']}` ({meta['date']}), {meta['repetitions']} repetitions, the systems in "
        f"turn: {', '.join(meta['systems'])}. Medians (least to most); ratios are medians of the "
        "ratios within a repetition.", "",
        f"Machine: {kind}, {machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} "
        f"GiB, {machine['filesystem']}, Linux {machine['kernel']}, {machine['distribution']}. "
        "Generator and broker share it.", "",
        f"Versions: Weir {versions['weir']} ({versions['build']} build, {versions['compiler']}); "
        f"Apache Kafka 4.3.1 on {versions['java']}; generator franz-go {versions['franz-go']}, "
        f"{versions['go']}." + (f" {made[0].upper()}{made[1:]}." if made else ""), ""]


def render(meta, runs, sizes):
    """The text that stands between the markers."""
    results = Results(runs)
    lines = machine_lines(meta, results)
    lines += goal_lines(results, sizes)
    for title, rows, group in sections(sizes):
        if group and group not in meta["groups"]:
            continue
        lines += [f"### {title}", "", *table(results, meta["systems"], rows), ""]
    lines += flush_lines(results, sizes) + floor_lines(results) + sync_lines(results)
    lines += noise_lines(runs, meta["noise_limit"])
    return "\n".join(lines) + "\n"


def replace_between_markers(document, text):
    head, found, rest = document.partition(BEGIN)
    _, closed, tail = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"the document lacks {BEGIN} or {END}")
    return f"{head}{BEGIN}\n{text}{END}{tail}"
