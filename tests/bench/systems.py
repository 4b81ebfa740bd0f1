"""The systems that are compared: a node each, started fresh on free ports of 127.0.0.1, with the
same server.properties but for what only one of them knows."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIR = os.environ.get("WEIR_BIN", os.path.join(ROOT, "build/release/bin/weir"))
SKIPPED = 77  # as ctest knows it


class Unavailable(Exception):
    """A system (or a tool) that cannot be installed here."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run_tool(path, *arguments):
    """A script that installs something and prints where it is."""
    done = subprocess.run([os.path.join(ROOT, path), *arguments], stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode == SKIPPED:
        raise Unavailable(path)
    if done.returncode != 0:
        raise RuntimeError(f"{path} ended with {done.returncode}")
    return done.stdout.splitlines()[-1]


class Node:
    """One node of one system in a directory of its own below `parent`, perhaps with properties that
    only one scenario wants."""
    name = ""
    label = ""

    def __init__(self, parent, properties=None):
        self.directory = tempfile.mkdtemp(prefix=f"{self.name}.", dir=parent)
        self.data = os.path.join(self.directory, "data")
        self.file = os.path.join(self.directory, "server.properties")
        self.output = os.path.join(self.directory, "output")
        self.port = free_port()
        self.process = None
        self.format_ms = 0.0
        self.write_properties(properties or {})

    def own_properties(self):
        return {}

    def command(self):
        raise NotImplementedError

    def prepare(self):
        """What must be done once before the first start, and is not part of it."""

    def write_properties(self, more):
        controller = free_port()
        listeners = f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}"
        properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "listeners": listeners,
            "advertised.listeners": listeners,
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": self.data,
            "default.replication.factor": "1",
            "min.insync.replicas": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
        }
        properties.update(self.own_properties())
        properties.update(more)
        with open(self.file, "w", encoding="utf-8") as out:
            out.writelines(f"{key}={value}\n" for key, value in properties.items())

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def launch(self):
        """Starts the process and does not wait for it."""
        with open(self.output, "ab") as out:
            self.process = subprocess.Popen(self.command(), cwd=self.directory, stdout=out,
                                            stderr=out, stdin=subprocess.DEVNULL,
                                            start_new_session=True)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """Lets it end by itself; gives the seconds it took."""
        begin = time.monotonic()
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return round(time.monotonic() - begin, 3)

    def remove(self):
        if self.alive():
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def end_of_output(self):
        with open(self.output, encoding="utf-8", errors="replace") as text:
            return text.read()[-2000:]


class Weir(Node):
    flush = ""

    def own_properties(self):
        return {"weir.flush": self.flush, "weir.metrics.listener": f"127.0.0.1:{free_port()}"}

    def command(self):
        return [WEIR, "broker", self.file]


class WeirCommit(Weir):
    name, label, flush = "weir-commit", "Weir, flush=commit", "commit"


class WeirOs(Weir):
    name, label, flush = "weir-os", "Weir, flush=os", "os"


class Kafka(Node):
    name, label = "kafka", "Apache Kafka 4.3.1"
    home = None

    @classmethod
    def install(cls):
        cls.home = run_tool("tests/peers/kafka.sh")

    def command(self):
        return [os.path.join(self.home, "bin/kafka-server-start.sh"), self.file]

    def prepare(self):
        """Kafka wants its storage formatted by a tool; Weir formats an empty directory itself."""
        storage = os.path.join(self.home, "bin/kafka-storage.sh")
        cluster = subprocess.run([storage, "random-uuid"], check=True, capture_output=True,
                                 text=True).stdout.split()[-1]
        begin = time.monotonic()
        subprocess.run([storage, "format", "--cluster-id", cluster, "--config", self.file,
                        "--standalone"], check=True, stdout=subprocess.DEVNULL)
        self.format_ms = round((time.monotonic() - begin) * 1e3)


SYSTEMS = {system.name: system for system in (WeirCommit, Kafka, WeirOs)}
