"""What the machine did meanwhile: CPU by whom, whether it is quiet, and what it is.

Noise is judged by the process table and not by /proc/stat alone: what the kernel's own threads do
for a broker (write-back, the journal) is no noise, and the table has the exact CPU time of every
process. Children that ended are in the times of their parents."""
import os
import re
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
SCHED_CLOCK = 2  # CPUCLOCK_SCHED
KERNEL_THREAD = 0x00200000  # PF_KTHREAD in the flags of /proc/PID/stat


def stat_fields(pid):
    """Of /proc/PID/stat, from the state on; nothing when the process has just ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as text:
            return text.read().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None


def process_cpu(pid):
    """From the process' own CPU clock: nanoseconds, where /proc has ticks of 10 ms."""
    try:
        return time.clock_gettime((~pid << 3) | SCHED_CLOCK)
    except OSError:
        return 0.0


def foreign_cpu():
    """CPU seconds so far: of all processes with their ended children, but for this process and its
    own children (the broker and the generator); and of all kernel threads. A process that ends is
    in both sums of a span: its parent takes over its time."""
    own, others, kernel = os.getpid(), 0, 0
    for entry in os.listdir("/proc"):
        fields = stat_fields(entry) if entry.isdigit() else None
        if not fields:
            continue
        if int(fields[6]) & KERNEL_THREAD:
            kernel += int(fields[11]) + int(fields[12])
        elif own not in (int(entry), int(fields[1])):
            others += sum(int(field) for field in fields[11:15])
    return others / TICKS, kernel / TICKS


def stolen_seconds():
    with open("/proc/stat", encoding="ascii") as text:
        fields = text.readline().split()
    return int(fields[8]) / TICKS


class Span:
    """CPU used from here to end(), in cores."""

    def __init__(self, brokers=()):
        self.brokers = brokers
        self.before = self.read()
        self.begin = time.monotonic()

    def read(self):
        others, kernel = foreign_cpu()
        return others + stolen_seconds(), kernel, sum(process_cpu(pid) for pid in self.brokers)

    def end(self):
        seconds = max(time.monotonic() - self.begin, 1e-3)
        cores = [round(max(0.0, after - before) / seconds, 3)
                 for before, after in zip(self.before, self.read())]
        return {"span_s": round(seconds, 3), "other_cores": cores[0], "kernel_cores": cores[1],
                "broker_cores": cores[2]}


def wait_quiet(brokers, limit=0.1, seconds=120, broker_seconds=30, window=1.0):
    """Waits until the disk is written and broker, kernel and all others rest; a broker that goes on
    working has that long and no longer, since some never rest.
    Gives the seconds it took, and whether it became quiet at all."""
    begin = time.monotonic()
    os.sync()
    while True:
        span = Span(brokers)
        time.sleep(window)
        seen = span.end()
        waited = round(time.monotonic() - begin, 1)
        busy = seen["other_cores"] + seen["kernel_cores"]
        if waited < broker_seconds:
            busy += seen["broker_cores"]
        if busy <= limit:
            return waited, True
        if waited >= seconds:
            return waited, False


class Ballast:
    """Keeps the page cache full with a clean file, so that a broker gets memory that this machine
    has used before. A virtual machine whose free pages go back to the host pays ten times as much
    CPU for a page that it touches again, within the write of whoever is first: without ballast a
    measurement says whether memory happened to be warm."""
    PIECE = 8 * 2**20

    def __init__(self, directory, leave_mib=200):
        self.path = os.path.join(directory, "ballast")
        self.leave = leave_mib * 2**20
        self.size_max = memory("MemTotal")
        self.piece = os.urandom(self.PIECE)
        self.size = 0

    def fill(self):
        """After something was deleted or ended. Gives the seconds it took."""
        begin = time.monotonic()
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            at = 0
            while at < self.size and memory("MemFree") > self.leave:
                os.posix_fadvise(file, at, self.PIECE, os.POSIX_FADV_WILLNEED)
                at += self.PIECE
            while self.may_grow():
                self.size += os.pwrite(file, self.piece, self.size)
            os.fsync(file)
        finally:
            os.close(file)
        return round(time.monotonic() - begin, 1)

    def may_grow(self):
        disk = os.statvfs(self.path)
        room = disk.f_bavail > disk.f_blocks // 5
        return memory("MemFree") > self.leave and self.size < self.size_max and room


def memory(name):
    """A line of /proc/meminfo, in bytes."""
    return int(search_file("/proc/meminfo", rf"^{name}:\s+(\d+)", "0")) * 1024


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return "absent"
    lines = (done.stdout + done.stderr).splitlines()
    return lines[0].strip() if lines else "unknown"


def search_file(path, pattern, default="unknown"):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            found = re.search(pattern, text.read(), re.MULTILINE)
    except OSError:
        return default
    return found.group(1).strip() if found else default


def describe(directory):
    """Hardware and system of the benchmark, without names of hosts, users or paths."""
    virtual = "hypervisor" in search_file("/proc/cpuinfo", r"^flags\s*:(.*)$", "")
    filesystem = first_line(["stat", "-f", "-c", "%T", directory])
    if filesystem.startswith("ext"):
        device = os.path.basename(first_line(["findmnt", "-n", "-o", "SOURCE", "-T", directory]))
        journals = os.listdir("/proc/fs/jbd2") if os.path.isdir("/proc/fs/jbd2") else []
        has_one = any(name.startswith(device + "-") for name in journals)
        filesystem = "ext4" if has_one else "ext4 without a journal"
    return {
        "cpu": search_file("/proc/cpuinfo", r"^model name\s*:(.*)$"),
        "cores": os.cpu_count(),
        "virtual": virtual,
        "memory_gib": round(memory("MemTotal") / 2**30),
        "kernel": ".".join(os.uname().release.split(".")[:2]),
        "distribution": search_file("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)'),
        "filesystem": filesystem,
    }


def versions(root, weir):
    commit = first_line(["git", "-C", root, "rev-parse", "--short=12", "HEAD"])
    changed = subprocess.run(["git", "-C", root, "status", "--porcelain"], capture_output=True,
                             text=True, check=False).stdout.strip()
    module = os.path.join(root, "tests/bench/kbench/go.mod")
    return {
        "weir": commit + (" with changes" if changed else ""),
        "compiler": first_line(["clang++-19", "--version"]),
        "build": os.path.basename(os.path.dirname(os.path.dirname(os.path.abspath(weir)))),
        "java": first_line(["java", "-version"]),
        "go": first_line(["go", "version"]),
        "franz-go": search_file(module, r"twmb/franz-go (v\S+)"),
    }
