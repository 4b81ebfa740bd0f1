"""A `weir run` for tests: a pipeline file in a directory of its own, started, waited for, killed,
started again, and cleaned up whatever happens."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from node import WEIR, free_port, wait_for


class Pipeline:
    """`components` is the part of the file behind [node] and [broker]; {directory} in it is that of
    the test. With `bootstrap` the broker is somebody else's."""

    def __init__(self, components, bootstrap=None, environment=None, broker=""):
        self.directory = tempfile.mkdtemp(prefix="weir-run.")
        self.environment = {**os.environ, **(environment or {})}
        self.http_port = free_port()
        self.address = bootstrap or f"127.0.0.1:{free_port()}"
        self.own_broker = bootstrap is None
        self.broker = broker
        self.file = os.path.join(self.directory, "pipeline.toml")
        self.log_path = os.path.join(self.directory, "log")
        self.process = None
        self.write(components)

    def write(self, components):
        middle = (f'[broker]\nlisten = "{self.address}"\n{self.broker}' if self.own_broker else
                  f'[kafka]\nbootstrap = "{self.address}"\n')
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(f'[node]\ndata_dir = "{self.directory}/data"\n'
                      f'http = "127.0.0.1:{self.http_port}"\n{middle}\n'
                      + components.replace("{directory}", self.directory))

    def path(self, name):
        return os.path.join(self.directory, name)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([WEIR, "run", self.file], stdout=log, stderr=log,
                                            env=self.environment, cwd=self.directory)

        def ready():
            if self.process.poll() is not None:
                raise AssertionError("weir run ended at its start:\n" + self.log()[-3000:])
            return self.page("/health") is not None
        wait_for(ready, 30, "weir run answers")
        return self

    def page(self, path):
        """The text of a page; nothing while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}",
                                        timeout=10) as page:
                return page.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except (OSError, urllib.error.URLError):
            return None

    def metric(self, name, **labels):
        """The sum of the samples with these labels; 0 when there are none."""
        total = 0.0
        for line in (self.page("/metrics") or "").splitlines():
            if not re.match(name + r"[ {]", line):
                continue
            if all(f'{key}="{value}"' in line for key, value in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def kill(self):
        self.process.kill()
        self.process.wait()
        assert "Sanitizer: " not in self.log(), "a sanitizer has found something"

    def stop(self, seconds=60):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=seconds)
        assert code == 0, f"weir run ended with {code}:\n{self.log()[-3000:]}"
        assert "Sanitizer: " not in self.log(), "a sanitizer has found something"

    def reload(self, components):
        self.write(components)
        self.process.send_signal(signal.SIGHUP)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print("--- the end of the log:\n" + self.log()[-6000:], file=sys.stderr)
        shutil.rmtree(self.directory, ignore_errors=True)


def run_weir(*arguments, environment=None, code=0):
    """A verb that ends by itself; gives what it prints to standard output."""
    done = subprocess.run([WEIR, *arguments], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **(environment or {})}, check=False)
    assert done.returncode == code, f"{arguments}: ended with {done.returncode}: {done.stderr}"
    return done.stdout
