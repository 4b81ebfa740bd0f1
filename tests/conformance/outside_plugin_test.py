"""Goal: somebody outside of the tree can write a plugin with the installed headers alone, and run
it. Method: the commands of examples/plugin/README.md in a copy of the folder, as they stand there;
the pipeline is stopped and started again: no tick is lost or there twice."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

BUILD, CHECK, COMPILER, WEIR = (os.path.abspath(each) for each in sys.argv[1:5])
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
os.environ["WEIR_BIN"] = WEIR
from node import free_port, wait_for  # noqa: E402, pylint: disable=wrong-import-position

SOURCE = os.path.join(ROOT, "examples", "plugin")


def commands():
    """The README's commands; the last one, which does not end by itself, apart."""
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as text:
        blocks = re.findall(r"^```sh\n(.*?)^```$", text.read(), re.M | re.S)
    assert len(blocks) == 2, f"{len(blocks)} blocks of commands"
    script, last = "".join(blocks).rstrip().rsplit("\n", 1)
    assert last == "weir run pipeline.toml", last
    return script.replace("$WEIR_TREE/build/release", BUILD)


class Project:
    """A copy of the folder, and the environment of somebody who works in it."""

    def __init__(self, place):
        self.directory = os.path.join(place, "project")
        shutil.copytree(SOURCE, self.directory)
        self.address = f"127.0.0.1:{free_port()}"
        self.log = os.path.join(place, "log")
        path = [os.path.dirname(WEIR), os.path.dirname(CHECK), os.environ["PATH"]]
        self.environment = {**os.environ, "HOME": place, "PATH": ":".join(path), "CXX": COMPILER,
                            "WEIR_LISTEN": self.address,
                            "WEIR_HTTP": f"127.0.0.1:{free_port()}"}

    def run(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False,
                              cwd=self.directory, env=self.environment)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def ticks(self):
        said = self.run("weir", "tap", "ticks*", "--bootstrap", self.address, "--from-beginning",
                        "--to-end", "--json")
        return [int(json.loads(line)["value"]) for line in said.splitlines()]

    def run_until(self, count):
        """`weir run` until so many ticks are in the topic."""
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                ["weir", "run", "pipeline.toml"], cwd=self.directory, stdout=log, stderr=log,
                env={**self.environment, "WEIR_PLUGIN_PATH": f"{self.directory}/build"})

        def enough():
            assert process.poll() is None, "weir run has ended"
            with open(self.log, encoding="utf-8") as text:
                if "ready: pipeline.toml" not in text.read():
                    return False
            ticks = self.ticks()
            assert ticks == list(range(len(ticks))), ticks
            return len(ticks) >= count
        try:
            wait_for(enough, 60, f"{count} ticks")
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0, "weir run did not end in order"
        except AssertionError:
            with open(self.log, encoding="utf-8") as text:
                print(text.read())
            raise
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def main():
    with tempfile.TemporaryDirectory() as place:
        project = Project(place)
        said = project.run("bash", "-euc", commands())
        assert "source ticks 1.0: Counts." in said and "pipeline.toml: ok" in said, said
        assert re.search(r"^every +duration +1s", said, re.M), said
        project.run_until(5)
        project.run_until(15)
    print("the plugin of examples/plugin keeps the contract, and runs")


main()
