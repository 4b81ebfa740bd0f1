"""Runs one measurement at a time, judges its noise, repeats it, and keeps every result in a file
that is whole after each of them."""
import json
import os
import subprocess
import sys
import time

import machine

JUDGED_FROM_S = 0.5  # shorter spans are too few ticks of the kernel's clock to judge


def log(text):
    print(text, file=sys.stderr, flush=True)


class Recorder:
    def __init__(self, path, meta, quiet, noise_limit=0.2, tries=3, wait=machine.wait_quiet):
        self.path, self.meta = path, meta
        self.quiet = quiet  # whether to wait for a quiet machine and to repeat noisy runs
        self.noise_limit, self.tries, self.wait = noise_limit, tries, wait
        self.prepare = lambda: None  # done before each wait
        self.runs = []

    def save(self):
        with open(self.path + ".part", "w", encoding="utf-8") as out:
            json.dump({"meta": self.meta, "runs": self.runs}, out, indent=1)
        os.replace(self.path + ".part", self.path)

    def is_noisy(self, run):
        return run["span_s"] >= JUDGED_FROM_S and run["other_cores"] > self.noise_limit

    def measure(self, system, repetition, work, action, brokers=()):
        """`action(attempt)` gives a result with "ok"; attempts that others disturbed are made
        again. Gives the chosen result: the last one, or the least disturbed when all were."""
        attempts = []
        for attempt in range(self.tries if self.quiet else 1):
            waited, became_quiet = self.become_quiet(brokers)
            span = machine.Span(brokers)
            result = action(attempt)
            run = {"system": system, "repetition": repetition, "work": work, "attempt": attempt,
                   "waited_s": waited, "quiet_before": became_quiet, "chosen": False,
                   **span.end(), "result": result}
            run["noisy"] = self.is_noisy(run)
            attempts.append(run)
            self.runs.append(run)
            self.tell(run)
            if not result.get("ok") or not run["noisy"]:
                break
        failed = not attempts[-1]["result"].get("ok")
        best = attempts[-1] if failed else min(attempts, key=lambda run: (
            run["noisy"], run["other_cores"]))
        best["chosen"] = True
        self.save()
        return best["result"]

    def become_quiet(self, brokers):
        if not self.quiet:
            return 0.0, False
        self.prepare()
        return self.wait(brokers)

    def tell(self, run):
        result = run["result"]
        said = [f"{key} {result[key]}" for key in ("records_per_s", "broker_cpu_s_per_million",
                "first_ack_ms", "broker_rss_mib", "error") if key in result]
        if "e2e_ms" in result and result["e2e_ms"]:
            said.append(f"e2e p50 {result['e2e_ms']['p50']} p99 {result['e2e_ms']['p99']} ms")
        noise = f"  NOISY: {run['other_cores']} other cores" if run["noisy"] else ""
        log(f"  {run['repetition']} {run['system']:<12}{run['work']:<32}{', '.join(said)}{noise}")

    def failures(self):
        return [run for run in self.runs if not run["result"].get("ok")]


def finish(process, seconds, still_wanted=lambda: True):
    """Waits for a process that prints one JSON line, while `still_wanted()`: a generator must not
    wait for a broker that has died. Its failure is a result, too."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            said, _ = process.communicate(timeout=0.5)
            return read_json(said, process.returncode)
        except subprocess.TimeoutExpired:
            over = time.monotonic() > deadline
            if over or not still_wanted():
                process.kill()
                process.communicate()
                return {"ok": False, "error": f"not within {seconds} s" if over else
                        "the node ended meanwhile"}


def run_json(command, seconds=600, still_wanted=lambda: True):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return finish(process, seconds, still_wanted)


def read_json(text, code):
    try:
        result = json.loads(text.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return {"ok": False, "error": f"no JSON line, ended with {code}"}
    result["ok"] = code == 0
    if code != 0:
        result.setdefault("error", f"ended with {code}")
    return result
