"""Goal: a client of the field, unchanged and with its defaults, does everything it can against a
node. Method: the scenario of its program, which checks all it sees; then the node's log."""
import os
import sys

from harness import Node, RecordsFile, check_log, run


def main():
    library = sys.argv[1]
    run(library, "setup", timeout=900)
    with RecordsFile() as file, Node() as node:
        sys.stdout.buffer.write(run(library, "scenario", node.address, file.path,
                                    os.path.basename(library)))
        check_log(node)
        node.stop()


main()
