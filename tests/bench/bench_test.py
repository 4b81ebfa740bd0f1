#!/usr/bin/env python3
"""Goal: noise is seen and repeated, failures and holes are told, tables add up.
Method: runs written down before, fake processes, and one real process that disturbs."""
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import findings
import machine
import recorder
import report
import scenarios


class FakeSpan:
    """What machine.Span says, written down before: other cores of one run after the other."""
    script = []

    def __init__(self, brokers=()):
        del brokers

    def end(self):
        return {"span_s": 2.0, "other_cores": self.script.pop(0), "kernel_cores": 0.0,
                "broker_cores": 0.0}


def run(system, repetition, work, result, noisy=False, ok=True):
    return {"system": system, "repetition": repetition, "work": work, "attempt": 0, "noisy": noisy,
            "chosen": True, "other_cores": 0.9 if noisy else 0.0, "result": {"ok": ok, **result}}


class NoiseTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.waits = 0

    def wait(self, brokers):
        del brokers
        self.waits += 1
        return 0.0, True

    def recorder(self, quiet=True):
        path = os.path.join(self.directory.name, "results.json")
        return recorder.Recorder(path, {}, quiet, wait=self.wait)

    def measure(self, out, others, results):
        attempts = []

        def action(attempt):
            attempts.append(attempt)
            return results[attempt]

        with mock.patch.object(machine, "Span", FakeSpan):
            FakeSpan.script = list(others)
            return out.measure("weir-commit", 1, "work", action), attempts

    def test_a_quiet_run_is_made_once(self):
        out = self.recorder()
        result, attempts = self.measure(out, [0.1], [{"ok": True, "n": 0}])
        self.assertEqual((result["n"], attempts, self.waits), (0, [0], 1))
        self.assertFalse(out.runs[0]["noisy"])

    def test_a_noisy_run_is_repeated_until_it_is_quiet(self):
        out = self.recorder()
        result, attempts = self.measure(out, [0.9, 0.1], [{"ok": True, "n": n} for n in range(2)])
        self.assertEqual((result["n"], attempts, self.waits), (1, [0, 1], 2))
        self.assertEqual([each["noisy"] for each in out.runs], [True, False])
        self.assertEqual([each["chosen"] for each in out.runs], [False, True])

    def test_of_three_noisy_runs_the_least_disturbed_counts_and_is_marked(self):
        out = self.recorder()
        result, attempts = self.measure(out, [0.9, 0.3, 0.8],
                                        [{"ok": True, "n": n} for n in range(3)])
        self.assertEqual((result["n"], attempts), (1, [0, 1, 2]))
        self.assertTrue(out.runs[1]["noisy"] and out.runs[1]["chosen"])

    def test_a_failure_is_kept_and_not_repeated_away(self):
        out = self.recorder()
        result, attempts = self.measure(out, [0.9, 0.1], [{"ok": False, "error": "lost"}])
        self.assertEqual((result["error"], attempts), ("lost", [0]))
        self.assertEqual(len(out.failures()), 1)

    def test_a_quick_run_neither_waits_nor_repeats(self):
        out = self.recorder(quiet=False)
        _, attempts = self.measure(out, [0.9], [{"ok": True}])
        self.assertEqual((attempts, self.waits), ([0], 0))

    def test_the_cpu_of_a_foreign_process_is_seen(self):
        loop = "while True: pass"
        span = machine.Span()
        # Its parent ends at once, so that it is no child of this process.
        started = subprocess.run(["sh", "-c", f'{sys.executable} -c "{loop}" >&2 & echo $!'],
                                 stdout=subprocess.PIPE, text=True, check=True)
        foreign = int(started.stdout)
        try:
            used = machine.wait_until(lambda: machine.process_cpu(foreign) > 0.5, seconds=60)
            seen = span.end()
        finally:
            os.kill(foreign, 9)
        self.assertTrue(used)
        self.assertGreater(seen["other_cores"] * seen["span_s"], 0.4)


class ProcessTest(unittest.TestCase):
    def test_a_generator_does_not_outlive_its_node(self):
        process = subprocess.Popen(["sleep", "600"], stdout=subprocess.PIPE, text=True)
        result = recorder.finish(process, 600, still_wanted=lambda: False)
        self.assertFalse(result["ok"])
        self.assertIsNotNone(process.returncode)

    def test_a_failed_check_is_a_failed_run(self):
        result = recorder.run_json(["sh", "-c", """echo '{"acked": 5}'; exit 1"""])
        self.assertEqual((result["ok"], result["acked"]), (False, 5))

    def test_a_program_without_a_result_is_a_failed_run(self):
        self.assertFalse(recorder.run_json(["false"])["ok"])
        self.assertFalse(recorder.run_json(["true"])["ok"])


class BatchShapeTest(unittest.TestCase):
    def test_it_is_the_average_of_the_topic_alone(self):
        def batch(size, records):
            head = bytearray(61)
            struct.pack_into(">i", head, 8, size - 12)
            struct.pack_into(">i", head, 57, records)
            return bytes(head) + bytes(size - 61)

        with tempfile.TemporaryDirectory() as data:
            for name, content in (("t-0", batch(100, 1) + batch(300, 3)), ("t-1", batch(500, 5)),
                                  ("t-2-0", batch(900, 9)), ("other-0", batch(900, 9))):
                os.mkdir(os.path.join(data, name))
                with open(os.path.join(data, name, "0.log"), "wb") as log:
                    log.write(content + bytes(200))  # and room allocated behind
            self.assertEqual(scenarios.batch_shape(data, "t"),
                             {"bytes": 300, "records": 3, "batches_seen": 3})
            self.assertIsNone(scenarios.batch_shape(data, "absent"))


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.runs = []
        for repetition, (weir, kafka) in enumerate([(10, 100), (30, 200), (20, 400)], start=1):
            self.runs.append(run("weir-commit", repetition, "start", {"first_ack_ms": weir}))
            self.runs.append(run("kafka", repetition, "start", {"first_ack_ms": kafka}))
        self.row = report.Row("start, ms", "start", "first_ack_ms")

    def test_a_ratio_is_the_median_of_the_pairs(self):
        results = report.Results(self.runs)
        self.assertEqual(results.median("kafka", "start", "first_ack_ms"), 200)
        self.assertEqual(results.ratio("weir-commit", "kafka", "start", "first_ack_ms"), 0.1)

    def test_several_runs_of_a_repetition_count_as_one(self):
        self.runs += [run("kafka", 1, "start", {"first_ack_ms": 300}) for _ in range(2)]
        values = report.Results(self.runs).values("kafka", "start", "first_ack_ms")
        self.assertEqual(values, {1: 300, 2: 200, 3: 400})

    def test_the_table_has_medians_spans_ratios_and_marks_noise(self):
        self.runs[0]["noisy"] = True
        lines = report.table(report.Results(self.runs), ["weir-commit", "kafka"], [self.row])
        self.assertEqual(
            lines[2], "| start, ms | **200** (100 to 400) | **20** (10 to 30) ~ | 0.1x |")

    def test_a_failed_run_is_a_hole_and_is_told(self):
        for each in self.runs:
            each["result"]["ok"] = False
        holes = report.missing(report.Results(self.runs), ["kafka"], [], scenarios.QUICK)
        self.assertTrue(any("first acknowledged" in hole for hole in holes))
        self.assertIn("FAILED: kafka, start", "\n".join(findings.noise_lines(self.runs, 0.2)))

    def test_goals_are_met_or_missed(self):
        def verdicts():
            lines = findings.goal_lines(report.Results(self.runs), scenarios.Sizes())
            return [line for line in lines if "first acknowledged" in line]

        self.assertIn("| met |", verdicts()[0])
        for each in self.runs:
            each["result"]["first_ack_ms"] *= 10
        self.assertIn("| **missed** |", verdicts()[0])

    def test_only_what_is_between_the_markers_changes(self):
        document = f"a\n{report.BEGIN}\nold\n{report.END}\nb\n"
        changed = findings.replace_between_markers(document, "fresh\n")
        self.assertEqual(changed, f"a\n{report.BEGIN}\nfresh\n{report.END}\nb\n")
        with self.assertRaises(ValueError):
            findings.replace_between_markers("no markers", "text")


if __name__ == "__main__":
    unittest.main()
