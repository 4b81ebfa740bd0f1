"""A node of Apache Kafka for tests that compare: as node.py of tests/integration is for Weir."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../integration"))
from node import free_port, wait_for  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def install():
    """The directory of the installed Kafka; ends the program with 77 where it cannot be had."""
    result = subprocess.run([os.path.join(HERE, "kafka.sh")], stdout=subprocess.PIPE, text=True,
                            check=False)
    if result.returncode != 0:
        sys.exit(result.returncode)
    return result.stdout.strip()


class KafkaNode:
    def __init__(self, **options):
        self.kafka = install()
        self.directory = tempfile.mkdtemp(prefix="kafka-peer.")
        self.port, self.controller_port = free_port(), free_port()
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},"
                         f"CONTROLLER://127.0.0.1:{self.controller_port}",
            "log.dirs": os.path.join(self.directory, "data"),
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
        }
        settings.update({key.replace("_", "."): value for key, value in options.items()})
        self.file = os.path.join(self.directory, "server.properties")
        with open(self.file, "w", encoding="utf-8") as out:
            out.writelines(f"{key}={value}\n" for key, value in settings.items())
        self.log_path = os.path.join(self.directory, "log")
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def tool(self, name):
        return os.path.join(self.kafka, "bin", name + ".sh")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def start(self):
        with open(self.log_path, "ab") as log:
            subprocess.run([self.tool("kafka-storage"), "format", "-t", "4L6g3nShT-eMCtK--X86sw",
                            "-c", self.file], check=True, stdout=log, stderr=log)
            self.process = subprocess.Popen([self.tool("kafka-server-start"), self.file],
                                            stdout=log, stderr=log,
                                            env={**os.environ, "KAFKA_LOG_LEVEL": "INFO"})

        def ready():
            assert self.process.poll() is None, "Kafka ended at its start:\n" + self.log()[-3000:]
            return "Kafka Server started" in self.log()

        wait_for(ready, 60, "Kafka is ready")
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
