#!/usr/bin/env python3
"""Weir beside Apache Kafka: one command, one run, all numbers (README.md says what each means).

    tests/bench/run.py --write-docs      the whole: about an hour on a quiet machine
    tests/bench/run.py --quick           a smoke test of the harness: the numbers mean nothing

Raw results are kept in DIRECTORY/results.json, the tables in DIRECTORY/results.md.
"""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time

import findings
import machine
import recorder
import report
import scenarios
import systems

BENCH = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(systems.ROOT, "docs/BENCHMARKS.md")
FLOOR = os.path.join(systems.ROOT, "build/release/bench/weir_floor")


def names(allowed):
    def parse(text):
        chosen = text.split(",")
        for name in chosen:
            if name not in allowed:
                raise argparse.ArgumentTypeError(f"{name!r}: one of {', '.join(allowed)}")
        return chosen
    return parse


def arguments():
    groups = [*scenarios.Bench.GROUPS, "floor"]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--systems", type=names(systems.SYSTEMS), default=list(systems.SYSTEMS),
                        help="in this order in each repetition: " + ",".join(systems.SYSTEMS))
    parser.add_argument("--only", type=names(groups), default=groups, metavar="GROUPS",
                        help="some of " + ",".join(groups))
    parser.add_argument("--quick", action="store_true", help="one repetition of very little")
    parser.add_argument("--directory", default=os.path.join(systems.ROOT, "build/bench"),
                        help="for data and results; all systems write to this filesystem")
    parser.add_argument("--noise-limit", type=float, default=0.2,
                        help="cores that others may use during a run")
    parser.add_argument("--tries", type=int, default=3, help="of a run that others disturb")
    parser.add_argument("--write-docs", action="store_true", help="put it into docs/BENCHMARKS.md")
    parser.add_argument("--render", metavar="RESULTS.json", help="only make the tables again")
    return parser.parse_args()


def command_line():
    """As it was typed, without the paths of this machine."""
    words, skip = ["tests/bench/run.py"], False
    for word in sys.argv[1:]:
        if not skip and not word.startswith("--directory"):
            words.append(word)
        skip = word == "--directory"
    return " ".join(words)


def run_floor(out, repetition, directory, sizes):
    """With batches as the generator made them for Weir (or for whom else there is)."""
    shapes = {run["result"]["record_size"]: run["result"]["batch"] for run in out.runs
              if run["result"].get("batch")}
    for size in (scenarios.SMALL, scenarios.LARGE):
        shape = shapes.get(size) or {"bytes": 1_000_000, "records": 1_000_000 // (size + 10)}
        out.measure(report.FLOOR, repetition, f"floor {size} B", lambda _: recorder.run_json([
            FLOOR, os.path.join(directory, "floor"), "--batch-bytes", str(shape["bytes"]),
            "--batch-records", str(shape["records"]), "--records", str(sizes.count(size))]))
    out.measure(report.FLOOR, repetition, "floor sync", lambda _: recorder.run_json([
        FLOOR, os.path.join(directory, "floor"), "--sync-seconds", str(sizes.sync_s),
        "--sync-files", str(sizes.sync_files)]))


def run_all(options, sizes, kbench, out):
    """The systems in turn, again and again. One that breaks spoils its own repetition alone."""
    broken = []
    os.makedirs(options.directory, exist_ok=True)
    directory = tempfile.mkdtemp(prefix="nodes.", dir=options.directory)
    out.prepare = machine.Ballast(directory).fill
    groups = [name for name in scenarios.Bench.GROUPS if name in options.only]
    try:
        for repetition in range(1, options.repetitions + 1):
            for name in options.systems:
                recorder.log(f"repetition {repetition} of {options.repetitions}: {name}")
                try:
                    scenarios.Bench(kbench, systems.SYSTEMS[name], directory, repetition, sizes,
                                    out).run(groups)
                except (OSError, RuntimeError) as error:
                    recorder.log(f"  {name} broke: {error}")
                    broken.append(name)
            if "floor" in options.only:
                run_floor(out, repetition, directory, sizes)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return broken


def write_report(options, meta, runs, sizes, text_path):
    text = findings.render(meta, runs, sizes)
    with open(text_path, "w", encoding="utf-8") as out:
        out.write(text)
    if options.write_docs:
        with open(DOCUMENT, encoding="utf-8") as document:
            changed = findings.replace_between_markers(document.read(), text)
        with open(DOCUMENT, "w", encoding="utf-8") as document:
            document.write(changed)
    return text


def render_again(options):
    with open(options.render, encoding="utf-8") as kept:
        content = json.load(kept)
    sizes = scenarios.QUICK if content["meta"]["quick"] else scenarios.Sizes()
    print(write_report(options, content["meta"], content["runs"], sizes,
                       os.path.splitext(options.render)[0] + ".md"))
    return 0


def main():
    options = arguments()
    # Ended from outside, it still stops its nodes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    options.directory = os.path.abspath(options.directory)
    if options.render:
        return render_again(options)
    if options.quick and options.write_docs:
        sys.exit("a quick run is no result: not with --write-docs")
    if options.quick:
        options.repetitions = 1
    sizes = scenarios.QUICK if options.quick else scenarios.Sizes()
    try:
        kbench = systems.run_tool("tests/bench/build.sh")
        if "kafka" in options.systems:
            systems.Kafka.install()
    except systems.Unavailable as error:
        print(f"SKIPPED: {error} cannot run here", file=sys.stderr)
        return systems.SKIPPED
    os.makedirs(options.directory, exist_ok=True)
    meta = {"command": command_line(), "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "quick": options.quick, "repetitions": options.repetitions,
            "systems": options.systems, "groups": options.only,
            "noise_limit": options.noise_limit, "machine": machine.describe(options.directory),
            "versions": machine.versions(systems.ROOT, systems.WEIR)}
    results = os.path.join(options.directory, "results.json")
    out = recorder.Recorder(results, meta, quiet=not options.quick,
                            noise_limit=options.noise_limit, tries=options.tries)
    broken = run_all(options, sizes, kbench, out)
    out.save()
    print(write_report(options, meta, out.runs, sizes, os.path.splitext(results)[0] + ".md"))
    working = [name for name in options.systems if name not in broken]
    holes = report.missing(report.Results(out.runs), working, options.only, sizes)
    for hole in holes:
        recorder.log(f"no value: {hole}")
    for run in out.failures():
        recorder.log(f"FAILED: {run['system']} {run['work']}: {run['result'].get('error')}")
    return 1 if broken or holes or out.failures() else 0


if __name__ == "__main__":
    sys.exit(main())
