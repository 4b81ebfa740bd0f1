#!/usr/bin/env python3
"""Goal: the golden files of the transforms and converters are what Kafka's own classes answer.
Method: cases are made by the script, run by these classes, and compared with the files; with
--write they become the files. Skipped, loudly, without Java or Maven."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data", "smt")
NAMES = ("transforms", "converters")


def results_of(cases):
    with open(cases, "rb") as source:
        made = subprocess.run([os.path.join(HERE, "run.sh")], stdin=source, check=False,
                              stdout=subprocess.PIPE, timeout=540)
    if made.returncode == 77:
        print("SKIPPED: Java or Maven is not installed", flush=True)
        sys.exit(77)
    assert made.returncode == 0, f"the tool ended with {made.returncode}"
    return made.stdout


def differing(name, made, kept):
    for number, (ours, theirs) in enumerate(zip(made.splitlines(), kept.splitlines()), 1):
        if ours != theirs:
            return f"{name} line {number}:\n  made {ours.decode()}\n  kept {theirs.decode()}"
    return f"{name}: another number of lines"


def main():
    with tempfile.TemporaryDirectory(prefix="weir-golden.") as directory:
        subprocess.run([sys.executable, os.path.join(HERE, "generate.py"), directory], check=True)
        for name in NAMES:
            cases = os.path.join(directory, f"{name}.jsonl")
            with open(cases, "rb") as source:
                made = {f"{name}.jsonl": source.read()}
            made[f"{name}_results.jsonl"] = results_of(cases)
            for file, content in made.items():
                path = os.path.join(DATA, file)
                if "--write" in sys.argv:
                    with open(path, "wb") as out:
                        out.write(content)
                with open(path, "rb") as source:
                    kept = source.read()
                assert content == kept, differing(file, content, kept)
                print(f"{file}: {len(content.splitlines())} lines are the same")


if __name__ == "__main__":
    main()
