"""A node process for tests: started on free ports with a directory of its own, waited for by
conditions with deadlines, stopped or killed, and cleaned up whatever happens."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

WEIR = os.environ.get("WEIR_BIN", "build/release/bin/weir")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds, what):
    """Polls until condition() is true; fails with `what` when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


class Node:
    def __init__(self, environment=None, **options):
        self.environment = {**os.environ, **(environment or {})}
        self.directory = tempfile.mkdtemp(prefix="weir-test.")
        self.port = free_port()
        self.metrics_port = free_port()
        self.log_path = os.path.join(self.directory, "log")
        settings = {
            "node.id": "1",
            "process.roles": "broker,controller",
            "controller.quorum.voters": f"1@127.0.0.1:{self.port + 1}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:0",
            "log.dirs": os.path.join(self.directory, "data"),
            "weir.metrics.listener": f"127.0.0.1:{self.metrics_port}",
            "group.initial.rebalance.delay.ms": "0",
        }
        settings.update({key.replace("_", "."): value for key, value in options.items()})
        self.file = os.path.join(self.directory, "server.properties")
        with open(self.file, "w", encoding="utf-8") as out:
            out.writelines(f"{key}={value}\n" for key, value in settings.items())
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def start(self):
        with open(self.log_path, "ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen([WEIR, "broker", self.file], stderr=log,
                                            env=self.environment)

        def ready():
            if self.process.poll() is not None:
                raise AssertionError("the node ended at its start")
            return "ready:" in self.log()[begin:]

        wait_for(ready, 30, "the node is ready")
        return self

    def start_in_vain(self):
        """Starts a node that has to refuse; gives what it prints."""
        done = subprocess.run([WEIR, "broker", self.file], stderr=subprocess.PIPE, timeout=30,
                              env=self.environment, check=False)
        assert done.returncode == 1, f"ended with {done.returncode}: {done.stderr.decode()}"
        return done.stderr.decode()

    @property
    def data(self):
        return os.path.join(self.directory, "data")

    def page(self, path):
        """The status and text of a page of the metrics listener."""
        url = f"http://127.0.0.1:{self.metrics_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=10) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name):
        """The value of a metric without labels."""
        for line in self.page("/metrics")[1].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(f"there is no metric {name}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        assert code == 0, f"the node ended with {code}"
        self.check_sanitizers()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.check_sanitizers()

    def check_sanitizers(self):
        """A node that is killed cannot tell by its exit code what ThreadSanitizer has found."""
        assert "Sanitizer: " not in self.log(), "a sanitizer has found something"

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as text:
            for line in text:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print("--- the end of the node's log:\n" + self.log()[-4000:], file=sys.stderr)
        shutil.rmtree(self.directory, ignore_errors=True)
