"""Goal: `weir check` tells all that is wrong with a pipeline, with its place and what to do, and no
secret; `weir plugins` lists what there is and what is broken. Method: the program is run with files
that have many mistakes, against what it is to print; with shared objects broken in every way."""
import json
import os
import tempfile

from pipeline_process import PLUGINS, weir

SECRET = "hunter2-do-not-tell"

MISTAKES = """[node]
data_dir = "d"
httpp = "127.0.0.1:0"
[broker]
listen = "127.0.0.1:0"
"num.partitons" = 3
[source.clock]
type = "tick"
topic = "a"
[source.second]
type = "ticks"
topic = "a/b"
rate = "${env:PLANTED}"
pause = 10
word = "${env:NOT_SET}"
smt = [ { fields = ["a"] } ]
[sink.out]
type = "swallow"
from = ["a.*", "nobody"]
batch = { max = 0, evry = "1s" }
size = "64 MB"
mode = "fats"
token = "x"
dlq = "a.bad"
[sinks.more]
x = 1
[transform.t]
sql = "SELECT 1"
"""

GOLDEN = """\
F:3:9: node.httpp: unknown key
F:6:19: broker.num.partitons: unknown key; did you mean num.partitions?
F:8:8: source.clock.type: there is no source of type 'tick'; did you mean ticks?
F:12:9: source.second.topic: 'a/b' is no topic's name: letters, digits, . _ and -, at most 249 \
characters
F:13:8: source.second.rate: the value (not shown: it comes out of ${...} or is a secret) is not a \
whole number, as 10
F:14:9: source.second.pause: '10' is not a duration, as "10s", "200ms" or "1m30s"; it has no unit: \
write "10ms" or "10s"
F:15:8: source.second.word: the environment has no NOT_SET; set it, or write a default: \
${env:NOT_SET:-...}
F:16:9: source.second.smt[0].type: is needed: the transform, as "MaskField$Value"
F:17:7: sink.out.dlq: its dead letters would come back: a.bad is in a.*; name another topic
F:17:7: sink.out.url: is needed: a text, as "abc". Where to.
F:20:17: sink.out.batch.max: '0' must be at least 1
F:20:20: sink.out.batch.evry: unknown key; did you mean batch.every?
F:21:8: sink.out.size: '64 MB' is not a size, as "64MiB", "1kB" or 4096
F:22:8: sink.out.mode: 'fats' must be one of fast, slow
F:23:1: sink.out.token: unknown key; `weir plugins swallow` lists them
F:25:2: sinks: unknown; did you mean [sink]?
F:27:12: transform.t: SQL transforms are not served yet; single message transforms are: smt = \
[...] of a source or sink
"""

GOOD = """[node]
data_dir = "d"
[source.clock]
type = "ticks"
topic = "a"
token = "${file:token.txt}"
[sink.out]
type = "swallow"
from = "a"
url = "${env:PLANTED}"
"""


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def check(path, *options, **environment):
    done = weir("check", path, *options, PLANTED=SECRET, **environment)
    assert SECRET not in done.stdout + done.stderr, done
    return done


def many_mistakes(directory):
    path = write(directory, "mistakes.toml", MISTAKES)
    done = check(path)
    assert done.returncode == 2, done
    said = done.stdout.replace(path, "F")
    errors = [line for line in said.splitlines() if line.startswith("F:") and "warning" not in line]
    wanted = GOLDEN.splitlines()
    assert errors == wanted, "\n".join(
        [f"- {line}" for line in wanted if line not in errors] +
        [f"+ {line}" for line in errors if line not in wanted])
    assert said.endswith("17 errors, 0 warnings\n"), said
    machine = json.loads(check(path, "--json").stdout)
    assert not machine["ok"] and len(machine["errors"]) == 17, machine
    assert machine["errors"][0] == {"place": f"{path}:3:9", "key": "node.httpp",
                                    "reason": "unknown key"}, machine


def right_ones(directory):
    write(directory, "token.txt", SECRET + "\n")
    path = write(directory, "good.toml", GOOD)
    done = check(path)
    assert done.returncode == 0 and done.stdout == f"{path}: ok: 1 source, 1 sink\n", done
    home = os.path.join(directory, "home")
    os.mkdir(home)
    assert weir("check", cwd=home).returncode == 2
    write(home, "weir.toml", "[node]\n")
    assert weir("check", cwd=home).stdout == "weir.toml: ok: 0 sources, 0 sinks\n"


def directories(directory):
    both = os.path.join(directory, "both")
    os.mkdir(both)
    write(both, "a.toml", GOOD.replace("${file:token.txt}", "t"))
    write(both, "b.toml", '[sink.out]\ntype = "swallow"\nfrom = "a"\nurl = "u"\n')
    write(both, "c.toml", "[node\n")
    done = check(both)
    assert f"{both}/b.toml:1:7: sink.out: is at {both}/a.toml:7:7, too" in done.stdout, done
    assert f"{both}/c.toml:" in done.stdout and "syntax" in done.stdout, done
    missing = check(os.path.join(directory, "missing.toml"))
    assert missing.returncode == 2 and "cannot be read" in missing.stdout, missing


def reaching_out(directory):
    far = write(directory, "far.toml",
                '[kafka]\nbootstrap = "127.0.0.1:1"\n"sasl.password" = "${env:PLANTED}"\n'
                '[source.a]\ntype = "ticks"\ntopic = "t"\nword = "far"\n')
    assert check(far).returncode == 0
    done = check(far, "--connect")
    assert done.returncode == 2 and ":7:8: source.a.word: cannot be reached" in done.stdout, done
    write(directory, "far.toml", '[kafka]\nbootstrap = "127.0.0.1:1"\n')
    done = check(far, "--connect")
    assert done.returncode == 2 and "no broker of it answers" in done.stdout, done


def plugins():
    done = weir("plugins")
    assert done.returncode == 0 and "swallow" in done.stdout and "broken" not in done.stdout, done
    options = weir("plugins", "swallow")
    assert "batch.every" in options.stdout and "duration" in options.stdout, options
    assert "(needed)" in options.stdout, options
    assert weir("plugins", "nothing").returncode == 2
    broken = json.loads(weir("plugins", "--json",
                             WEIR_PLUGIN_PATH=f"{PLUGINS}/broken:{PLUGINS}").stdout)
    assert any(each["type"] == "ticks" for each in broken["connectors"]), broken
    reasons = {os.path.basename(each["file"]): each["reason"] for each in broken["broken"]}
    for name, wanted in (("throwing", "no mood"), ("crashing", "it crashes"),
                         ("unresolved", "weir_test_function_of_nobody"),
                         ("versioned", "ABI version 2"), ("speechless", "no symbol"),
                         ("garbage", "it crashes"), ("hanging", "it hangs"),
                         ("refusing", "another version of weir")):
        assert wanted in reasons[name + ".so"], (name, reasons)


def main():
    with tempfile.TemporaryDirectory() as directory:
        many_mistakes(directory)
        right_ones(directory)
        directories(directory)
        reaching_out(directory)
    plugins()


main()
