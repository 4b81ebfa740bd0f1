"""Two programs of the same name, ours and Apache Kafka's, run on the same input and compared: what
they print, what they say on standard error, how they end. A JVM costs 1.5 s of CPU: use it well."""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from node import WEIR

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../peers"))
from kafka_node import install  # noqa: E402

# The cheap compiler alone: these programs live for a second.
JVM = "-Xmx256M -XX:TieredStopAtLevel=1 -Xlog:disable -Xlog:all=off"
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}
# Stacks, and advice that is not true of every broker.
NOISE = re.compile(r"^(\tat |\t\.\.\. |Caused by: |The consumer rebalance protocol \(KIP-848\))")


def told(stderr):
    """The lines of standard error that are compared: without times, stacks and the usage."""
    lines = []
    for line in stderr.decode(errors="replace").splitlines():
        if re.match(r"Option( \(\* = required\))? +Description", line):
            break
        if not NOISE.match(line):
            lines.append(re.sub(r"^\[\d{4}-[^]]*\]", "[]", line))
    return lines


class Run:
    def __init__(self, program, arguments, text, jvm=JVM):
        done = subprocess.run([program, *arguments], input=text or b"", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=120,
                              env={**ENVIRONMENT, "KAFKA_HEAP_OPTS": jvm})
        self.arguments, self.out, self.code = arguments, done.stdout, done.returncode
        self.raw_err, self.err = done.stderr, told(done.stderr)


class Pair:
    def __init__(self):
        self.kafka = install()
        self.jvm_starts = 0
        # The classes that a tool loads are kept by its first run: the others start quicker.
        self.archives = tempfile.TemporaryDirectory(prefix="weir-classes.")

    def java(self, tool, *arguments, text=None):
        self.jvm_starts += 1
        archive = os.path.join(self.archives.name, tool + ".jsa")
        how = "SharedArchiveFile" if os.path.exists(archive) else "ArchiveClassesAtExit"
        return Run(os.path.join(self.kafka, "bin", tool), arguments, text,
                   f"{JVM} -XX:{how}={archive}")

    def ours(self, tool, *arguments, text=None):
        return Run(os.path.join(os.path.dirname(WEIR), tool), arguments, text)

    def both(self, tool, *arguments, text=None):
        """At the same time: for what changes nothing."""
        with ThreadPoolExecutor(1) as pool:
            java = pool.submit(self.java, tool, *arguments, text=text)
            ours = self.ours(tool, *arguments, text=text)
            return java.result(), ours

    def same(self, tool, *arguments, text=None, err=True):
        """Both do the same. Returns our run."""
        java, ours = self.both(tool, *arguments, text=text)
        compare(tool, java, ours, err)
        return ours


def first_difference(java, ours):
    for number, (left, right) in enumerate(zip(java, ours)):
        if left != right:
            return f"line {number + 1}:\n  Kafka {left!r}\n  ours  {right!r}"
    return f"Kafka has {len(java)} lines, ours {len(ours)}"


def compare(tool, java, ours, err=True):
    what = f"{tool} {' '.join(ours.arguments)}"
    if java.out != ours.out:
        difference = first_difference(java.out.split(b"\n"), ours.out.split(b"\n"))
        raise AssertionError(f"{what}: standard output differs, {difference}\n"
                             f"  standard error: {java.err[:5]} and {ours.err[:5]}")
    if err and java.err != ours.err:
        raise AssertionError(f"{what}: standard error differs, "
                             f"{first_difference(java.err, ours.err)}")
    assert java.code == ours.code, f"{what}: ends with {ours.code}, Kafka's with {java.code}"
