"""A pipeline as a process for tests: files in a directory of its own, started on free ports,
reloaded and stopped by signals, cleaned up whatever happens."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from node import WEIR, free_port, wait_for

PLUGINS = os.path.join(os.path.dirname(os.path.abspath(WEIR)), "../tests/plugins")


def weir(*arguments, cwd=None, **environment):
    """One run of the program, with the test's plugins."""
    return subprocess.run([os.path.abspath(WEIR), *arguments], capture_output=True, text=True,
                          timeout=120, cwd=cwd, check=False,
                          env={**os.environ, "WEIR_PLUGIN_PATH": PLUGINS, **environment})


class Pipeline:
    """`body` follows [node] and [broker]; {directory} in it is that of the test. With `bootstrap`
    the broker is somebody else's."""

    def __init__(self, body, bootstrap=None, flush="os", **environment):
        self.directory = tempfile.mkdtemp(prefix="weir-pipeline.")
        self.port = free_port()
        self.bootstrap, self.flush = bootstrap, flush
        self.http_port = free_port()
        self.environment = {**os.environ, "WEIR_PLUGIN_PATH": PLUGINS, **environment}
        self.log_path = os.path.join(self.directory, "log")
        self.file = os.path.join(self.directory, "weir.toml")
        self.process = None
        self.write(body)

    @property
    def address(self):
        return self.bootstrap or f"127.0.0.1:{self.port}"

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, body, node=""):
        broker = (f'[kafka]\nbootstrap = "{self.bootstrap}"\n' if self.bootstrap else
                  f'[broker]\nlisten = "{self.address}"\nflush = "{self.flush}"\n'
                  '"group.initial.rebalance.delay.ms" = 0\n')
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(f'[node]\ndata_dir = "{self.directory}/data"\n'
                      f'http = "127.0.0.1:{self.http_port}"\n{node}{broker}'
                      + body.replace("{directory}", self.directory))

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def start(self):
        with open(self.log_path, "ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen([os.path.abspath(WEIR), "run", self.file], stderr=log,
                                            stdout=log, env=self.environment)
        wait_for(lambda: self.alive() and " I ready: " in self.log()[begin:], 60, "it is ready")
        return self

    def alive(self):
        assert self.process.poll() is None, f"ended with {self.process.returncode}"
        return True

    def reload(self):
        """What it logs of a reload."""
        begin = len(self.log())
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.alive() and ("reload: done" in self.log()[begin:] or
                                           "reload: refused" in self.log()[begin:]), 60, "a reload")
        return self.log()[begin:]

    def page(self, path):
        url = f"http://127.0.0.1:{self.http_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=20) as page:
                return page.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def metric(self, name, **labels):
        """The sum of the samples with these labels."""
        found = 0.0
        for line in self.page("/metrics").splitlines():
            fits = all(f'{key}="{value}"' in line for key, value in labels.items())
            if fits and line.startswith((name + "{", name + " ")):
                found += float(line.rsplit(" ", 1)[1])
        return found

    def kill(self):
        self.process.kill()
        self.process.wait()
        assert "Sanitizer: " not in self.log(), "a sanitizer has found something"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        assert code == 0, f"the pipeline ended with {code}"

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print("--- the end of the log:\n" + self.log()[-6000:], file=sys.stderr)
        shutil.rmtree(self.directory, ignore_errors=True)
