"""The option tables of docs/CONNECTORS.md, out of `weir plugins --json`. docs_test.py compares
them; `connector_tables.py --write` makes them anew. A table stands below a line
<!-- options: KIND TYPE --> or <!-- options: KIND TYPE unlike OTHER -->, which leaves out what is
the same as in the sink or source OTHER."""
import json
import os
import re
import subprocess
import sys

from node import WEIR

HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(HERE, "../../docs/CONNECTORS.md")
PLACE = re.compile(r"^<!-- options: (\w+) (\w+)(?: unlike (\w+))? -->\n(?:\n\|.*\n(?:\|.*\n)*)?",
                   re.M)


def asked(*arguments):
    """What `weir plugins` says about the connectors of this tree."""
    environment = {key: value for key, value in os.environ.items() if key != "WEIR_PLUGIN_PATH"}
    done = subprocess.run([os.path.abspath(WEIR), "plugins", *arguments, "--json"], text=True,
                          capture_output=True, timeout=60, check=True, env=environment)
    return [json.loads(line) for line in done.stdout.splitlines()]


def connectors():
    """(kind, type) and options of all there are."""
    types = {each["type"] for each in asked()[0]["connectors"]}
    return {(each["kind"], each["type"]): each["options"]
            for name in sorted(types) for each in asked(name)}


def row(option):
    kind, valid = option["type"], option["valid"]
    if kind == "string" and "|" in valid:
        kind = ", ".join(f"`{value}`" for value in valid.split("|"))
    elif valid:
        low, high = valid.split("..")
        kind += f", {low} to {high}" if high else f", from {low}" if low != "0" else ""
        kind += " ms" if option["type"] == "duration" and "," in kind else ""
    default = option["default"]
    if option["required"]:
        default = "needed"
    elif default in (None, ""):
        default = ""
    else:
        default = "`" + default.replace("\n", "\\n") + "`"
    text = option["text"].replace("|", "\\|").replace("*", "\\*")
    return f"| `{option['name']}` | {kind} | {default} | {text} |\n"


def table(options):
    return "| option | type | default | |\n|---|---|---|---|\n" + "".join(map(row, options))


def with_tables(text):
    """The document as it should be; an error when a connector has no table in it."""
    known = connectors()
    told = set()

    def made(place):
        kind, name, unlike = place.groups()
        told.add((kind, name))
        options = known[(kind, name)]
        if unlike:
            options = [each for each in options if each not in known[(kind, unlike)]]
        first = place.group().split("\n", 1)[0]
        return f"{first}\n\n{table(options)}"

    text = PLACE.sub(made, text)
    assert told == set(known), f"without a table: {sorted(set(known) - told)}"
    return text


def check():
    with open(DOCUMENT, encoding="utf-8") as text:
        there = text.read()
    assert there == with_tables(there), \
        "docs/CONNECTORS.md: run tests/integration/connector_tables.py --write"


if __name__ == "__main__" and "--write" in sys.argv:
    with open(DOCUMENT, encoding="utf-8") as document:
        wanted = with_tables(document.read())
    with open(DOCUMENT, "w", encoding="utf-8") as document:
        document.write(wanted)
