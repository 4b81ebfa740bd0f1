"""Goal: Debian's kcat (librdkafka 2.0) works with its defaults: every codec, keys, headers, null
values, groups. Method: its command line, as a user types it."""
import subprocess

from node import Node


def kcat(node, *arguments, text=None):
    result = subprocess.run(["kcat", "-b", node.address, *arguments], input=text, text=True,
                            capture_output=True, timeout=60, check=False)
    assert result.returncode == 0, result
    return result.stdout


def main():
    with Node() as node:
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            topic = f"codec-{codec}"
            lines = "".join(f"k{index}:value {index} {'x' * 50}\n" for index in range(500))
            kcat(node, "-P", "-t", topic, "-K:", "-z", codec, "-H", "h=1", text=lines)
            out = kcat(node, "-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f", "%k:%s|%h\n")
            assert out == lines.replace("\n", "|h=1\n"), codec
        kcat(node, "-P", "-t", "nulls", "-K:", "-Z", text="key:\n")
        out = kcat(node, "-C", "-t", "nulls", "-e", "-q", "-f", "%k=%S\n")
        assert out == "key=-1\n", out
        for expected in ("key\n", ""):  # the second time the group is at the end
            out = kcat(node, "-q", "-G", "group", "-e", "-f", "%k\n", "nulls",
                       "-X", "auto.offset.reset=earliest")
            assert out.endswith(expected) and (expected or out == ""), out
        for acks in ("0", "1", "all"):
            kcat(node, "-P", "-t", f"acks-{acks}", "-X", f"acks={acks}", text="one\n")
            assert kcat(node, "-C", "-t", f"acks-{acks}", "-e", "-q") == "one\n"
        node.stop()


main()
