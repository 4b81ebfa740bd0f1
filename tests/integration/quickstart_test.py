"""Goal: examples/quickstart.sh shows what it promises, goes on until Ctrl-C, and then leaves no
process and no file behind. Method: it is run as at a terminal, in a session of its own, and gets
the signal that Ctrl-C sends."""
import os
import re
import shutil
import signal
import subprocess
import tempfile

from node import wait_for

BUILD_SECONDS = 900
STOP_SECONDS = 30


def processes_of(session):
    """The processes of a session, without those that have ended."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as text:
                state, _, _, owner = text.read().rsplit(")", 1)[1].split()[:4]
        except OSError:
            continue
        if int(owner) == session and state != "Z":
            found.append(int(name))
    return found


def check_output(said):
    for wanted in ("producing three orders",
                   "key customer-101: {\"order_id\": 1, \"amount\": 29.99}",
                   "offset 1 key customer-102", "topic \"orders\" with 1 partitions"):
        assert wanted in said, f"{wanted!r} is not in {said}"


def run(once):
    place = tempfile.mkdtemp(prefix="weir-quickstart-test.")
    environment = {**os.environ, "TMPDIR": place}
    environment.pop("QUICKSTART_ONCE", None)
    if once:
        environment["QUICKSTART_ONCE"] = "1"
    out = os.path.join(place, "out")
    with open(out, "wb") as said:
        shell = subprocess.Popen(["bash", "examples/quickstart.sh"], stdout=said,
                                 stderr=subprocess.STDOUT, env=environment, start_new_session=True)

    def output():
        with open(out, encoding="utf-8", errors="replace") as text:
            return text.read()

    try:
        if not once:
            wait_for(lambda: "until Ctrl-C" in output() or shell.poll() is not None, BUILD_SECONDS,
                     "the node runs")
            assert shell.poll() is None, output()
            assert re.search(r"weir listens on 127\.0\.0\.1:\d+", output()), output()
            os.killpg(shell.pid, signal.SIGINT)
        code = shell.wait(timeout=BUILD_SECONDS if once else STOP_SECONDS)
        assert code == 0, f"ended with {code}: {output()}"
        check_output(output())
        wait_for(lambda: not processes_of(shell.pid), STOP_SECONDS, "no process is left")
        assert os.listdir(place) == ["out"], f"files are left: {os.listdir(place)}"
    finally:
        for process in processes_of(shell.pid):
            os.kill(process, signal.SIGKILL)
        shutil.rmtree(place, ignore_errors=True)


def main():
    run(once=False)
    run(once=True)
    print("stopped by Ctrl-C, nothing left behind")


main()
