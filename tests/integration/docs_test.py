"""Goal: what the documents show is what happens. Method: every snippet of README.md and docs/ is
run, in its order, in a directory of its own, by the rules below.

- ```sh is run by bash -eu. 127.0.0.1:9092 and 127.0.0.1:9644 are a node on free ports: one that a
  snippet starts (its last command is `weir broker`; it stays until the next one or the end of the
  document), or one that the test starts when the document starts none.
- ``` without a language, right below it, is what it prints.
- ```toml and ```properties are files with which a broker starts.
- ```pipeline is a file with which `weir check` has nothing to say; it is weir.toml for those below,
  which may end with `weir run weir.toml`, as they may with `weir broker`.
- ```console is run by tools_test.py.
- <!-- not run: WHY --> above a snippet exempts it.
- The option tables of CONNECTORS.md are what `weir plugins` says (connector_tables.py)."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import connector_tables
from node import WEIR, free_port, wait_for

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
EXEMPT = re.compile(r"<!-- not run: .+ -->\n+$")
CONSOLE_IS_RUN_FOR = ("docs/TOOLS.md",)


def snippets(text):
    """(line, language, content, expected output or None) of each snippet that is to be run."""
    fences = list(FENCE.finditer(text))
    for index, fence in enumerate(fences):
        language, content = fence.groups()
        if not language or EXEMPT.search(text, 0, fence.start()):
            continue
        output = None
        if index + 1 < len(fences):
            below = fences[index + 1]
            if not below.group(1) and not text[fence.end():below.start()].strip():
                output = below.group(2)
        yield text.count("\n", 0, fence.start()) + 1, language, content, output


class Document:
    """Where the snippets of one document run."""

    def __init__(self, path):
        self.path = path
        self.directory = tempfile.mkdtemp(prefix="weir-docs.")
        for name in ("examples", "tests", "docs"):
            os.symlink(os.path.join(ROOT, name), os.path.join(self.directory, name))
        # `build/release/bin/weir` is the program under test, wherever it was built.
        os.makedirs(os.path.join(self.directory, "build/release"))
        os.symlink(os.path.dirname(os.path.abspath(WEIR)),
                   os.path.join(self.directory, "build/release/bin"))
        self.port = free_port()
        self.metrics_port = free_port()
        self.pages_port = free_port()
        self.server = None

    def replaced(self, text):
        return (text.replace("127.0.0.1:9092", f"127.0.0.1:{self.port}")
                .replace("127.0.0.1:9644", f"127.0.0.1:{self.metrics_port}")
                .replace("127.0.0.1:8083", f"127.0.0.1:{self.pages_port}"))

    def environment(self, listens):
        """A broker that is started without a file takes its ports from here."""
        environment = dict(os.environ)
        if listens:
            environment["KAFKA_LISTENERS"] = f"PLAINTEXT://127.0.0.1:{self.port}"
        environment["KAFKA_WEIR_METRICS_LISTENER"] = f"127.0.0.1:{self.metrics_port}"
        return environment

    def start(self, command, listens=True):
        self.stop()
        with open(os.path.join(self.directory, "server.log"), "wb") as log:
            self.server = subprocess.Popen(command, cwd=self.directory, stderr=log,
                                           env=self.environment(listens), start_new_session=True)
        wait_for(self.answers, 30, f"{self.path}: {command} listens")

    def answers(self):
        assert self.server.poll() is None, self.log()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return "ready" in self.log()
        except OSError:
            return False

    def log(self):
        with open(os.path.join(self.directory, "server.log"), encoding="utf-8") as text:
            return text.read()

    def stop(self):
        if self.server is None:
            return
        os.killpg(self.server.pid, signal.SIGTERM)
        code = self.server.wait(timeout=30)
        self.server = None
        assert code == 0, f"{self.path}: the broker ended with {code}"

    def close(self):
        if self.server is not None and self.server.poll() is None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, language, content, output):
        if language == "pipeline":
            return self.check_pipeline(content)
        if language in ("toml", "properties"):
            return self.run_file(language, content)
        assert language == "sh", f"no rule for ```{language}"
        commands = content.strip().split("\n")
        if re.search(r"\bweir broker\b", commands[-1]):
            return self.start(["bash", "-euc", content])
        if re.search(r"\bweir run\b", commands[-1]):
            return self.start(["bash", "-euc", content], listens=False)
        if self.server is None and re.search(r"127\.0\.0\.1:(9092|9644)", content):
            self.start([os.path.abspath(WEIR), "broker"])
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", self.replaced(content)],
                                cwd=self.directory, text=True, timeout=120, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert result.returncode == 0, \
            f"ended with {result.returncode}: {result.stdout}{result.stderr}"
        said = result.stdout.replace(f"127.0.0.1:{self.port}", "127.0.0.1:9092")
        assert output is None or said == output, f"printed {said!r}"

    def check_pipeline(self, content):
        path = os.path.join(self.directory, "weir.toml")
        if not re.search(r"^\[node\]$", content, re.M):
            content = '[node]\nhttp = "127.0.0.1:8083"\n' + content
        with open(path, "w", encoding="utf-8") as out:
            out.write(self.replaced(content))
        result = subprocess.run([os.path.abspath(WEIR), "check", path], text=True, timeout=60,
                                capture_output=True, check=False)
        assert result.returncode == 0 and "warning" not in result.stdout, result.stdout

    def run_file(self, language, content):
        name = f"snippet.{language}"
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as out:
            out.write(self.replaced(content))
        before = self.server is not None
        self.start([os.path.abspath(WEIR), "broker", name], listens=False)
        # What stood before goes on, with the data it had.
        self.stop()
        if before:
            self.start([os.path.abspath(WEIR), "broker"])


def run_document(path, text):
    document = Document(path)
    count = 0
    try:
        for line, language, content, output in snippets(text):
            if language == "console":
                assert path in CONSOLE_IS_RUN_FOR, f"{path}:{line}: tools_test.py does not know it"
                continue
            try:
                document.run(language, content, output)
            except AssertionError as error:
                raise AssertionError(f"{path}:{line}: {error}") from error
            count += 1
        document.stop()
    finally:
        document.close()
    return count


def self_test():
    """A document that is wrong must not pass."""
    for wrong in ("```sh\nfalse\n```\n", "```sh\necho a\n```\n\n```\nb\n```\n",
                  "```toml\n[broker]\nlisten = \"127.0.0.1:9092\"\nflash = 1\n```\n",
                  "```sh\nkcat -q -b 127.0.0.1:9092 -t missing -C -e -o beginning | grep x\n```\n",
                  "```pipeline\n[sink.a]\ntype = \"blackhole\"\n```\n",
                  "```pascal\nx\n```\n"):
        try:
            run_document("planted.md", wrong)
        except AssertionError:
            continue
        sys.exit(f"the test does not notice a wrong snippet: {wrong}")
    run_document("planted.md", "<!-- not run: it would fail -->\n```sh\nfalse\n```\n")


def main():
    self_test()
    connector_tables.check()
    documents = ["README.md"] + sorted(f"docs/{name}" for name in os.listdir(f"{ROOT}/docs")
                                       if name.endswith(".md"))
    for path in documents:
        with open(os.path.join(ROOT, path), encoding="utf-8") as text:
            print(f"{path}: {run_document(path, text.read())} snippets")


main()
