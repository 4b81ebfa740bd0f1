"""Goal: a node starts from TOML, server.properties or the environment; bad values fail with their
place, unknown keys warn. Method: the program is run with each."""
import os
import subprocess
import tempfile

from node import WEIR, Node, free_port, wait_for
from wire import is_served


def run(arguments, **environment):
    return subprocess.run([WEIR, "broker", *arguments], capture_output=True, text=True, timeout=30,
                          env={"PATH": os.environ["PATH"], **environment}, check=False)


def fails(name, text, *wanted):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        result = run([path])
        assert result.returncode == 2, result
        for each in wanted:
            assert f"{path}{each}" in result.stderr, (each, result.stderr)


def starts(arguments, port, **environment):
    process = subprocess.Popen([WEIR, "broker", *arguments], stderr=subprocess.DEVNULL,
                               env={"PATH": os.environ["PATH"], **environment})

    def served():
        try:
            return is_served(port)
        except OSError:
            return False

    try:
        wait_for(served, 20, "the node answers")
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def main():
    fails("a.properties", "num.partitions=many\nlisteners=nowhere\n",
          ":1: num.partitions: 'many': Not a number of type INT", ":2: listeners: ")
    fails("b.toml", "[broker]\nlisten = \"127.0.0.1:0\"\nflash = \"os\"\n",
          ":3:9: flash: unknown key")
    fails("c.toml", "[broker\n", ":")
    fails("d.properties", "listeners=SSL://127.0.0.1:0\n", ":1: listeners: SSL: the security")
    fails("e.properties", "controller.quorum.voters=1@a:1,2@b:2\n", ":1: controller.quorum.voters")

    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        toml = os.path.join(directory, "node.toml")
        with open(toml, "w", encoding="utf-8") as out:
            out.write(f'[node]\nid = 3\ndata_dir = "{directory}/toml"\nhttp = ""\n'
                      f'[broker]\nlisten = "127.0.0.1:{port}"\nflush = "os"\n'
                      f'"num.partitions" = 6\n')
        starts([toml], port)
        with open(f"{directory}/toml/meta.properties", encoding="utf-8") as meta:
            assert "node.id=3" in meta.read()
        starts([], port, KAFKA_NODE_ID="4", KAFKA_LISTENERS=f"PLAINTEXT://127.0.0.1:{port}",
               KAFKA_LOG_DIRS=f"{directory}/environment", CLUSTER_ID="4L6g3nShT-eMCtK--X86sw",
               KAFKA_HEAP_OPTS="-Xmx1G", KAFKA_WEIR_METRICS_LISTENER="")
        with open(f"{directory}/environment/meta.properties", encoding="utf-8") as meta:
            assert "cluster.id=4L6g3nShT-eMCtK--X86sw" in meta.read()
        wrong = run([], KAFKA_NODE_ID="5", KAFKA_LOG_DIRS=f"{directory}/environment",
                    KAFKA_LISTENERS="PLAINTEXT://127.0.0.1:0")
        assert wrong.returncode == 1 and "belongs to node.id 4" in wrong.stderr, wrong

    with Node(num_partition="7") as node:
        assert "unknown option, ignored; did you mean num.partitions?" in node.log()
        second = run([node.file])
        assert second.returncode == 1 and "is locked" in second.stderr, second
        node.stop()


main()
