"""The rules of the tree that a program can check (rules.toml): arrows between folders, gateways of
libraries, sizes, names, forbidden text, coroutines, READMEs, dead files, format. When the tree is
clean, it shows that each rule notices a violation that is planted in a copy of it."""
import subprocess
import sys
import tomllib
from pathlib import Path

import arrows
import selftest
import style
from tree import is_cpp, load

ROOT = Path(__file__).resolve().parents[2]


def violations(files, rules):
    """(path, line, rule, what is wrong) of a tree, given as path -> text."""
    found = []
    for check in (arrows.check_includes, style.check_walls, style.check_names, style.check_text,
                  style.check_hosts, style.check_coroutines, style.check_openings,
                  style.check_readmes, style.check_namespaces, arrows.check_dead_files):
        found += check(files, rules)
    return found + list(arrows.check_links(files))


def start_format(files):
    """clang-format over all C++, side by side with the other checks."""
    sources = [path for path in files if is_cpp(path)]
    return subprocess.Popen(["clang-format-19", "--dry-run", "-Werror", *sources], cwd=ROOT,
                            stderr=subprocess.PIPE, text=True)


def main():
    with open(ROOT / "tests/tidy/rules.toml", "rb") as table:
        rules = tomllib.load(table)
    files = load(ROOT)
    formatting = start_format(files)
    found = violations(files, rules)
    for path, line, rule, why in sorted(found):
        print(f"{path}:{line}: {rule}: {why}")
    complaints = formatting.communicate()[1]
    print(complaints, end="")
    missed = [] if found else selftest.missed(files, lambda tree: violations(tree, rules))
    for each in missed:
        print(f"selftest: a planted violation is not noticed: {each}")
    print(f"tidy: {len(files)} files, {len(found)} violations")
    sys.exit(1 if found or missed or formatting.returncode else 0)


main()
