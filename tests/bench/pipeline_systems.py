"""The systems that move data in and out of topics, each a process that is started with a job and
watched until the job is done: Weir, syslog-ng, Kafka Connect's file connectors."""
import json
import os
import shutil
import signal
import subprocess
import urllib.request

import confluent_kafka

import machine
from systems import WEIR, Unavailable, free_port, run_tool


def peak_mib(pid):
    return round(int(machine.search_file(f"/proc/{pid}/status", r"^VmHWM:\s+(\d+)", "0")) / 1024, 1)


class Mover:
    """A process with a job; `cpu()` and `memory()` are of it and of its children."""
    label = ""
    # Whether the broker is in the same process: its CPU is in the numbers.
    embeds_broker = False

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self.output = os.path.join(directory, "output")
        self.process = None

    def launch(self, command, **options):
        with open(self.output, "ab") as out:
            self.process = subprocess.Popen(command, cwd=self.directory, stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL, start_new_session=True,
                                            **options)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def cpu(self):
        return machine.process_cpu(self.process.pid)

    def memory(self):
        return peak_mib(self.process.pid)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Weir(Mover):
    """`weir run` with its own broker, or with the broker at `bootstrap`."""
    def __init__(self, directory, bootstrap=None, delivery="exactly_once"):
        super().__init__(directory)
        self.delivery = delivery
        self.embeds_broker = bootstrap is None
        port = free_port()
        self.address = bootstrap or f"127.0.0.1:{port}"
        self.label = (f"Weir, {delivery.replace('_', ' ')}, "
                      + ("own broker" if self.embeds_broker else "into Apache Kafka"))
        middle = (f'[broker]\nlisten = "{self.address}"\n' if self.embeds_broker
                  else f'[kafka]\nbootstrap = "{self.address}"\n')
        self.head = (f'[node]\ndata_dir = "{directory}/data"\nhttp = "127.0.0.1:{free_port()}"\n'
                     + middle)

    def run(self, components):
        self.launch([WEIR, "run", self.write("pipeline.toml", self.head + components)])

    def tail(self, path, topic):
        self.run(f'[source.tail]\ntype = "file"\npaths = ["{path}"]\ntopic = "{topic}"\n'
                 f'delivery = "{self.delivery}"\n')

    def to_file(self, topic, path):
        self.run(f'[sink.lines]\ntype = "file"\nfrom = ["{topic}"]\npath = "{path}"\n')


class SyslogNg(Mover):
    label = "syslog-ng 3.38 into Apache Kafka"

    def __init__(self, directory, bootstrap):
        super().__init__(directory)
        if not shutil.which("syslog-ng"):
            raise Unavailable("syslog-ng")
        self.address = bootstrap

    def tail(self, path, topic):
        configuration = self.write("syslog-ng.conf", f"""@version: 3.38
options {{ stats-freq(0); }};
source s {{ file("{path}" flags(no-parse) follow-freq(1) log-fetch-limit(1000)
                 log-iw-size(100000) read-old-records(yes)); }};
destination d {{ kafka-c(bootstrap-servers("{self.address}") topic("{topic}") message("$MSG")
                         workers(1) flush-timeout-on-shutdown(60000)); }};
log {{ source(s); destination(d); flags(flow-control); }};
""")
        own = self.directory
        self.launch(["syslog-ng", "-F", "--no-caps", "-f", configuration, "-R", f"{own}/persist",
                     "-p", f"{own}/pid", "-c", f"{own}/control"])


class Connect(Mover):
    """A distributed worker of Kafka Connect 4.3.1, warm: it runs before its job is given to it."""
    label = "Kafka Connect FileStream"
    STRINGS = "org.apache.kafka.connect.storage.StringConverter"

    def __init__(self, directory, bootstrap):
        super().__init__(directory)
        self.address, self.port = bootstrap, free_port()
        settings = {
            "bootstrap.servers": bootstrap, "group.id": "connect",
            "listeners": f"http://127.0.0.1:{self.port}",
            "key.converter": self.STRINGS, "value.converter": self.STRINGS,
            "config.storage.topic": "connect-configs", "config.storage.replication.factor": "1",
            "offset.storage.topic": "connect-offsets", "offset.storage.replication.factor": "1",
            "status.storage.topic": "connect-status", "status.storage.replication.factor": "1",
        }
        file = self.write("worker.properties", "".join(f"{k}={v}\n" for k, v in settings.items()))
        home = run_tool("tests/peers/kafka.sh")
        self.launch([os.path.join(home, "bin/connect-distributed.sh"), file])
        if not machine.wait_until(lambda: self.ask("/connectors") is not None, 120):
            raise RuntimeError("the worker of Connect does not start")

    def ask(self, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode() if body else None,
            {"Content-Type": "application/json"}, method="PUT" if body else "GET")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except OSError:
            return None

    def configure(self, name, **settings):
        body = {key.replace("_", "."): value for key, value in settings.items()}
        if not machine.wait_until(
                lambda: self.ask(f"/connectors/{name}/config", body) is not None, 60):
            raise RuntimeError(f"Connect does not take {name}")

    def tail(self, path, topic):
        self.configure("tail", connector_class="org.apache.kafka.connect.file."
                       "FileStreamSourceConnector", file=path, topic=topic)

    def to_file(self, topic, path):
        self.configure("lines", connector_class="org.apache.kafka.connect.file."
                       "FileStreamSinkConnector", file=path, topics=topic)

    def pids(self):
        """The start script has become the JVM, or is its parent."""
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True,
                                  text=True, check=False).stdout.split()
        return [self.process.pid, *map(int, children)]

    def cpu(self):
        return sum(machine.process_cpu(pid) for pid in self.pids())

    def memory(self):
        return max(peak_mib(pid) for pid in self.pids())


def end_of(address, topic):
    """The next offset of partition 0; markers of transactions count, too."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": address, "group.id": "none",
                                         "log_level": 0})
    try:
        place = confluent_kafka.TopicPartition(topic, 0)
        return consumer.get_watermark_offsets(place, timeout=10, cached=False)[1]
    except confluent_kafka.KafkaException:
        return 0
    finally:
        consumer.close()


def last_line(address, topic, end):
    """The last record before `end` that a read_committed consumer sees, or nothing."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": address, "group.id": "none", "log_level": 0,
        "isolation.level": "read_committed", "enable.partition.eof": True})
    try:
        consumer.assign([confluent_kafka.TopicPartition(topic, 0, max(0, end - 3))])
        last = None
        while True:
            message = consumer.poll(5)
            if message is None or message.error():
                return last
            last = message.value()
    finally:
        consumer.close()
