"""Goal: examples/quickstart.sh captures the logs of this machine, each line once in the topics, the
files and at the HTTP endpoint, goes on until Ctrl-C, and then leaves no process and no file behind.
Method: it is run as at a terminal, in a session of its own, on this machine's logs, on logs of our
own and on none; what it started is asked by outside clients; then it gets the signal that Ctrl-C
sends."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.request

from confluent_kafka.admin import AdminClient

from node import wait_for
from reading import read_to_end

BUILD_SECONDS = 900
STOP_SECONDS = 30


def processes_of(session):
    """The processes of a session, without those that have ended."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as text:
                state, _, _, owner = text.read().rsplit(")", 1)[1].split()[:4]
        except OSError:
            continue
        if int(owner) == session and state != "Z":
            found.append(int(name))
    return found


def number(said, what):
    found = re.search(rf"^{what}: (\d+)$", said, re.M)
    assert found, f"{what!r} is not in {said}"
    return int(found.group(1))


def check_output(said):
    for wanted in ("key customer-101: {\"order_id\": 1, \"amount\": 29.99}",
                   "offset 1 key customer-102", "weir run has ended with 0"):
        assert wanted in said, f"{wanted!r} is not in {said}"
    counts = {number(said, "records in topics"), number(said, "lines in files"),
              number(said, "records at http://[^ ]+")}
    assert len(counts) == 1 and counts.pop() > 0, said


def page(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def values(broker, topic):
    """Of a topic that nobody had a record for: none."""
    if topic not in AdminClient({"bootstrap.servers": broker}).list_topics(timeout=20).topics:
        return []
    return [json.loads(message.value()) for message in read_to_end(
        broker, topic, 1, isolation_level="read_committed")]


def check_running(said, logs):
    """Asks the topics, the files, the endpoint and the pages, each by itself."""
    broker = re.search(r"--bootstrap (\S+)", said).group(1)
    place = re.search(r"everything is below (.+)\)", said).group(1)
    in_topics = {topic: values(broker, topic) for topic in ("logs.system", "logs.packages")}
    in_files = {topic: [] for topic in in_topics}
    for topic, rows in in_files.items():
        for path in glob.glob(f"{place}/files/{topic}/*/*.jsonl"):
            with open(path, encoding="utf-8") as lines:
                rows.extend(json.loads(line) for line in lines)
    for topic, rows in in_topics.items():
        assert all(row.pop("site") == "example" for row in in_files[topic])
        assert all(row.pop("captured_at") > 0 for row in in_files[topic])
        assert in_files[topic] == rows, f"{topic}: the files have other records"
    posted = json.loads(page(re.search(r"http://[\d.:]+(?=: )", said).group()))
    for topic, rows in in_topics.items():
        assert posted.get(topic.replace("logs.", "/"), 0) == len(rows), posted
    metrics = page(re.search(r"http://\S+/metrics", said).group())
    written = re.findall(r"^kafka_connect_source_task_source_record_write_total.* (\d+)$", metrics,
                         re.M)
    assert sum(map(int, written)) == sum(map(len, in_topics.values())), metrics
    if logs:
        assert [row["message"] for row in in_topics["logs.system"]] == ["one", "", "three"]
        assert [row["event"] for row in in_topics["logs.packages"]] == [
            "Start-Date: 1\nInstall: a", "Start-Date: 2\nInstall: b"]
    assert re.search(r'^  /system \{"message"', said, re.M), said


def run(once, logs=None):
    place = tempfile.mkdtemp(prefix="weir-quickstart-test.")
    environment = {**os.environ, "TMPDIR": place}
    environment.pop("QUICKSTART_ONCE", None)
    environment.pop("WEIR_LOGS", None)
    if once:
        environment["QUICKSTART_ONCE"] = "1"
    if logs:
        environment["WEIR_LOGS"] = logs
    out = os.path.join(place, "out")
    with open(out, "wb") as said:
        shell = subprocess.Popen(["bash", "examples/quickstart.sh"], stdout=said,
                                 stderr=subprocess.STDOUT, env=environment, start_new_session=True)

    def output():
        with open(out, encoding="utf-8", errors="replace") as text:
            return text.read()

    try:
        if not once:
            wait_for(lambda: "until Ctrl-C" in output() or shell.poll() is not None, BUILD_SECONDS,
                     "everything has arrived")
            assert shell.poll() is None, output()
            check_running(output(), logs)
            os.killpg(shell.pid, signal.SIGINT)
        code = shell.wait(timeout=BUILD_SECONDS if once else STOP_SECONDS)
        assert code == 0, f"ended with {code}: {output()}"
        check_output(output())
        wait_for(lambda: not processes_of(shell.pid), STOP_SECONDS, "no process is left")
        assert os.listdir(place) == ["out"], f"files are left: {os.listdir(place)}"
        return output()
    finally:
        for process in processes_of(shell.pid):
            os.kill(process, signal.SIGKILL)
        shutil.rmtree(place, ignore_errors=True)


def run_on_logs():
    """Logs whose content is known; then a directory without any."""
    logs = tempfile.mkdtemp(prefix="weir-quickstart-logs.")
    try:
        said = run(once=True, logs=logs)
        assert f"no log in {logs} can be read" in said and "installation.log" in said, said
        os.mkdir(os.path.join(logs, "apt"))
        for name, text in (("a.log", "one\n\nthree\n"), ("apt/history.log",
                           "Start-Date: 1\nInstall: a\nStart-Date: 2\nInstall: b\n")):
            with open(os.path.join(logs, name), "w", encoding="utf-8") as file:
                file.write(text)
        run(once=False, logs=logs)
    finally:
        shutil.rmtree(logs, ignore_errors=True)


def main():
    run(once=False)
    run_on_logs()
    print("each line once in topics, files and at the endpoint; stopped by Ctrl-C, nothing is left")


main()
