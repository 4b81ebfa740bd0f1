"""Goal: `weir run` carries records from a source to a sink, reloads by the difference, survives
kill -9, and tells a secret nowhere. Method: the program as a process with the sample plugin, its
pages, signals and log."""
import json
import os
import signal

from node import wait_for
from pipeline_process import Pipeline, weir

SECRET = "planted-secret-4711"
OTHER = "another-secret-4712"

SOURCE = """
[source.clock]
type = "ticks"
topic = "clock.raw"
token = "${env:PLANTED}"
rate = %d
"""
SINK = """
[sink.out]
type = "swallow"
from = ["clock.*"]
url = "%s"
headers = { auth = "${file:token}" }
"""
FAILING = """
[source.lame]
type = "ticks"
topic = "lame"
word = "fail"
token = "${env:PLANTED}"
"""


def status(pipeline, name):
    return json.loads(pipeline.page(f"/connectors/{name}/status"))


def state(pipeline, name):
    tasks = status(pipeline, name).get("tasks", [])
    return tasks[0]["state"] if tasks else "none"


def read_total(pipeline):
    return pipeline.metric("kafka_connect_sink_task_sink_record_read_total", connector="out")


def flows(pipeline):
    before = read_total(pipeline)
    wait_for(lambda: read_total(pipeline) > before, 60, "records come to the sink")


def carries_records(pipeline):
    flows(pipeline)
    # One page has the worker's metrics and the broker's.
    page = pipeline.page("/metrics")
    assert "kafka_connect_worker_connector_count" in page and "kafka_log_log_size" in page, page
    # A component that does not start stops no other.
    wait_for(lambda: state(pipeline, "lame") == "FAILED", 60, "the lame one fails")
    assert state(pipeline, "clock") == "RUNNING"


def reloads(pipeline):
    pipeline.write(SOURCE % 2 + FAILING + SINK % "u")
    said = pipeline.reload()
    assert "= source.clock" in said and "= sink.out" in said and "done" in said, said
    pipeline.write(SOURCE % 3 + SINK % "w")
    said = pipeline.reload()
    assert "~ source.clock: rate: 2 -> 3" in said and "~ sink.out: url: u -> w" in said, said
    assert "- source.lame" in said, said
    assert "lame" not in json.loads(pipeline.page("/connectors"))
    flows(pipeline)
    pipeline.write(SOURCE % 3 + "oops = 1\n" + SINK % "x")
    said = pipeline.reload()
    assert "source.clock.oops: unknown key" in said and "refused, nothing has changed" in said, said
    pipeline.write(SOURCE % 4 + SINK % "w", node="log_level = \"debug\"\n")
    said = pipeline.reload()
    assert "refused, nothing has changed" in said and "needs a restart" in said, said
    flows(pipeline)
    pipeline.write(SOURCE % 3)
    assert "- sink.out" in pipeline.reload()
    pipeline.write(SOURCE % 3 + SINK % "w")
    assert "+ sink.out" in pipeline.reload()
    flows(pipeline)
    # A secret that is another one is told as such.
    with open(os.path.join(pipeline.directory, "token"), "w", encoding="utf-8") as out:
        out.write(OTHER)
    said = pipeline.reload()
    assert "~ sink.out: headers: " in said and "(another value)" in said, said


def tells_no_secret(pipeline):
    outputs = [pipeline.log()]
    for path in ("/metrics", "/connectors?expand=info&expand=status", "/connectors/clock/config",
                 "/connectors/clock/status", "/connectors/clock/tasks", "/connector-plugins"):
        outputs.append(pipeline.page(path))
    for name in ("check", "plugins"):
        done = weir(name, *([pipeline.file] if name == "check" else []), PLANTED=SECRET)
        outputs.append(done.stdout + done.stderr)
    for each in outputs:
        for secret in (SECRET, OTHER, "file-" + SECRET):
            assert secret not in each, each


def refuses():
    assert weir("run", "no/such/file.toml").returncode == 2
    assert weir("run", "a", "b").returncode == 2


def second_signal(pipeline):
    """Ends at once, even in the middle of the end."""
    pipeline.process.send_signal(signal.SIGINT)
    pipeline.process.send_signal(signal.SIGTERM)
    assert pipeline.process.wait(timeout=60) in (0, 1, -signal.SIGTERM)


def main():
    refuses()
    made = Pipeline(SOURCE % 2 + FAILING + SINK % "u", PLANTED=SECRET)
    with open(os.path.join(made.directory, "token"), "w", encoding="utf-8") as out:
        out.write("file-" + SECRET)
    with made as pipeline:
        carries_records(pipeline)
        reloads(pipeline)
        tells_no_secret(pipeline)
        pipeline.process.kill()
        pipeline.process.wait()
        pipeline.start()
        flows(pipeline)
        pipeline.stop()
        assert "all components have ended" in pipeline.log()
        tells = pipeline.log()
        assert SECRET not in tells and OTHER not in tells
        pipeline.start()
        second_signal(pipeline)


main()
