"""Goal: the pipelines of examples/ are right, and run as they stand. Method: `weir check` on each;
examples/kafka is examples/logs but for its cluster, and runs against a node beside it, on logs of
our own: each line comes into the topic and into the files once."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

from node import WEIR, Node, free_port, wait_for
from reading import read_to_end

LINES = [f"line {number}" for number in range(100)]


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def is_the_same_but_for_the_cluster():
    def rest(path):
        text = read(path)
        # Without the comment at the top, and without the table.
        text = text[text.index("[node]"):]
        return re.sub(r"^\[(broker|kafka)\]\n[^\n]*\n", "", text, flags=re.M)
    assert rest("examples/logs/pipeline.toml") == rest("examples/kafka/pipeline.toml")


def checks():
    for path in ("examples/logs/pipeline.toml", "examples/kafka/pipeline.toml"):
        done = subprocess.run([WEIR, "check", path], capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0 and "warning" not in done.stdout, done.stdout + done.stderr


def in_files(place):
    rows = []
    for path in glob.glob(f"{place}/out/logs.system/*/*.jsonl"):
        rows.extend(json.loads(line)["message"] for line in read(path).splitlines())
    return rows


def runs_beside(node, place):
    os.mkdir(f"{place}/logs")
    with open(f"{place}/logs/app.log", "w", encoding="utf-8") as log:
        log.writelines(line + "\n" for line in LINES)
    environment = {**os.environ, "KAFKA_BOOTSTRAP": node.address, "WEIR_LOGS": f"{place}/logs",
                   "WEIR_OUT": f"{place}/out", "WEIR_DATA": f"{place}/data",
                   "WEIR_HTTP": f"127.0.0.1:{free_port()}",
                   # Nobody answers there: that sink waits, and disturbs nobody.
                   "WEIR_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with open(f"{place}/log", "wb") as log:
        process = subprocess.Popen([WEIR, "run", "examples/kafka/pipeline.toml"], stdout=log,
                                   stderr=log, env=environment)
    try:
        wait_for(lambda: process.poll() is None and len(in_files(place)) >= len(LINES), 60,
                 "the lines are in files")
        assert in_files(place) == LINES, in_files(place)
        in_topic = [json.loads(message.value())["message"] for message in read_to_end(
            node.address, "logs.system", 1, isolation_level="read_committed")]
        assert in_topic == LINES, in_topic
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, read(f"{place}/log")
    except AssertionError:
        print(read(f"{place}/log"))
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def main():
    checks()
    is_the_same_but_for_the_cluster()
    place = tempfile.mkdtemp(prefix="weir-examples.")
    try:
        with Node() as node:
            runs_beside(node, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print("examples/kafka: each line once in the topic and in the files")


main()
