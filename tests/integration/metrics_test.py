"""Goal: /metrics shows what the table of metrics promises, with values that move. Method: a node is
used and the page is read over HTTP."""
import re
import subprocess
import urllib.error
import urllib.request

from node import Node


def get(node, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{node.metrics_port}{path}", timeout=10) as page:
        return page.read().decode()


def promised_names():
    with open("broker/server/metrics.tbl", encoding="utf-8") as table:
        return re.findall(r'X\(\w+, "(\w+)"', table.read())


def main():
    with Node() as node:
        kcat = ["kcat", "-q", "-b", node.address]
        subprocess.run([*kcat, "-P", "-t", "orders"], input="a\nb\nc\n", text=True, check=True)
        subprocess.run([*kcat, "-G", "readers", "-e", "-c", "2", "orders",
                        "-X", "auto.offset.reset=earliest"],
                       check=True, stdout=subprocess.DEVNULL)
        page = get(node, "/metrics")
        missing = [name for name in promised_names() if f"# TYPE {name} " not in page]
        assert not missing, missing
        assert re.search(r'kafka_log_log_end_offset\{topic="orders",partition="0"\} 3', page), page
        lag = 'kafka_consumer_group_lag{group="readers",topic="orders",partition="0"} '
        assert lag in page, page
        assert 'requests_total{request="Produce"}' in page
        assert get(node, "/health") == "ok\n"
        try:
            get(node, "/nothing")
            raise AssertionError("a page that is not there was served")
        except urllib.error.HTTPError as error:
            assert error.code == 404
        node.stop()


main()
