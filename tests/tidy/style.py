"""Sizes, names, forbidden text, coroutines, tests and READMEs."""
import ast
import posixpath
import re
from functools import cache

from tree import code_of, functions, is_cpp, line_at, matches

URL = re.compile(r"https?://([\w.-]+)")
LAMBDA = re.compile(r"(?<![\w\])])\[([^\[\]]+)\]\s*(?=[({]|mutable)")
TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.M)
WRAPPED = (".cpp", ".hpp", ".py", ".sh", ".cmake", "CMakeLists.txt")


def is_data(path, rules):
    return matches(posixpath.dirname(path), rules["data"]["folders"])


def check_walls(files, rules):
    walls = rules["walls"]
    for path, text in files.items():
        if is_data(path, rules) or not path.endswith(WRAPPED):
            continue
        lines = text.split("\n")
        if len(lines) - 1 > walls["file_lines"]:
            yield path, 1, "file size", f"{len(lines) - 1} lines, at most {walls['file_lines']}"
        for number, line in enumerate(lines, 1):
            if len(line) > walls["columns"]:
                yield path, number, "columns", f"{len(line)}, at most {walls['columns']}"
        for first, last, name in functions_of(path, text):
            if last - first + 1 > walls["function_lines"]:
                yield path, first, "function size", (
                    f"{name} has {last - first + 1} lines, at most {walls['function_lines']}")


@cache
def functions_of(path, text):
    if is_cpp(path):
        return [(first, last, head.split("(")[0].split()[-1])
                for first, last, head in functions(code_of(text))]
    if not path.endswith(".py"):
        return []
    return [(node.lineno, node.end_lineno, node.name) for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef)]


def check_names(files, rules):
    names = rules["names"]
    ends = tuple(names["suffixes"])
    begins = tuple(names["prefixes"])
    pattern = re.compile(rf"\b(?:(?:{'|'.join(begins)})[a-z0-9_]*"
                         rf"|[a-z0-9_]+(?:{'|'.join(ends)}))\b")
    for path, text in files.items():
        stem = posixpath.basename(path).split(".")[0]
        parts = posixpath.dirname(path).split("/")
        if stem in names["files"] or set(parts) & set(names["files"]):
            yield path, 1, "name", "says nothing about what is in it"
        if stem.startswith(begins) or stem.endswith(ends):
            yield path, 1, "name", "says how it came about, not what it is"
        if not is_cpp(path) and not path.endswith(".py"):
            continue
        code = code_of(text) if is_cpp(path) else text
        for found in pattern.finditer(code):
            if found.group() not in names["allowed"]:
                yield path, line_at(code, found.start()), "name", (
                    f"{found.group()} says how it came about, not what it is")


def check_text(files, rules):
    for each in rules["text"]:
        pattern = re.compile(each["pattern"], re.M)
        for path, text in files.items():
            skipped = is_data(path, rules) or path == "tests/tidy/rules.toml"
            if skipped or not matches(path, each["where"]) or matches(path, each.get("except", [])):
                continue
            searched = code_of(text) if each.get("code") else text
            for found in pattern.finditer(searched):
                yield path, line_at(searched, found.start()), each["rule"], (
                    f"{found.group().strip()}: {each['why']}")


def check_hosts(files, rules):
    allowed = rules["hosts"]["allowed"]
    for path, text in files.items():
        for found in URL.finditer(text):
            host = found.group(1)
            if host not in allowed:
                yield path, line_at(text, found.start()), "host", f"{host} is not in rules.toml"


def awaited(code):
    """(position, text) of what each co_await awaits: up to the end of its expression."""
    for found in re.finditer(r"(?<!operator )\bco_await\b", code):
        depth = 0
        for at in range(found.end(), len(code)):
            letter = code[at]
            if letter in "([":
                depth += 1
            elif letter in ")]":
                depth -= 1
            if depth < 0 or (letter == ";" and depth == 0) or at - found.end() > 4000:
                yield found.start(), code[found.end():at]
                break


def check_coroutines(files, _rules):
    for path, text in files.items():
        if not is_cpp(path):
            continue
        code = code_of(text)
        for at, what in awaited(code):
            line = line_at(code, at)
            if LAMBDA.search(what):
                yield path, line, "co_await", "a capturing lambda is made inside; name it before"
            elif "{" in what:
                yield path, line, "co_await", "an aggregate is made inside; name it before"
        for found in LAMBDA.finditer(code):
            if is_coroutine(code, found.end()) and not code[:found.start()].endswith("spawn("):
                yield path, line_at(code, found.start()), "coroutine", (
                    "made from a lambda with captures, which dies before it")


def is_coroutine(code, at):
    """Whether the lambda whose parameters begin at `at` has a body that suspends."""
    opened = code.find("{", at)
    end = code.find(";", at)
    if opened < 0 or 0 <= end < opened:
        return False
    depth = 0
    for place in range(opened, len(code)):
        depth += {"{": 1, "}": -1}.get(code[place], 0)
        if depth == 0:
            return bool(re.search(r"\bco_(await|return|yield)\b", code[opened:place]))
    return False


def check_openings(files, rules):
    """A header says what it is for; a test its goal and method; names of tests are sentences."""
    for path, text in files.items():
        name = posixpath.basename(path)
        if path.endswith(".hpp") and not text.startswith("// "):
            yield path, 1, "opening", "a header begins with its purpose"
        if path.endswith(".hpp") and "#pragma once" not in text:
            yield path, 1, "opening", "#pragma once is missing"
        if path.endswith(".py") and not text.startswith(('"""', '#!/')):
            yield path, 1, "opening", "a program begins with its purpose"
        if name.endswith(("_test.cpp", "_test.py")):
            opening = text[:1200]
            if "Goal: " not in opening or "Method: " not in opening:
                yield path, 1, "opening", "a test begins with 'Goal: ... Method: ...'"
        if not path.endswith(".cpp"):
            continue
        for found in TEST.finditer(text):
            sentence = found.group(2)
            if sentence.count("_") < 2 or sentence != sentence.lower():
                yield path, line_at(text, found.start()), "test name", f"{sentence} is no sentence"


def check_readmes(files, rules):
    """Every folder with files has a README, which names each of its folders and headers."""
    left_out = rules["readmes"]["told_by_parent"]
    children = {}
    for path in files:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            children.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
    for folder, names in children.items():
        has_files = any(f"{folder}/{name}" in files for name in names)
        if matches(folder, left_out) or not has_files:
            continue
        readme = files.get(f"{folder}/README.md")
        if readme is None:
            yield folder, 1, "README", "is missing"
            continue
        for name in sorted(names):
            is_folder = f"{folder}/{name}" in children
            stem = name.split(".")[0]
            told = stem in readme or matches(f"{folder}/{name}", left_out)
            if (is_folder or name.endswith(".hpp")) and not told:
                yield f"{folder}/README.md", 1, "README", f"says nothing of {name}"


def check_namespaces(files, _rules):
    """A namespace is a folder: weir::broker::log in broker/log; a part of it may be left out."""
    for path, text in files.items():
        if not is_cpp(path) or path.startswith(("tests/", "examples/", "broker/protocol/codegen/")):
            continue
        for found in re.finditer(r"^namespace weir([\w:]*) \{", text, re.M):
            inside = [part for part in found.group(1).split("::") if part]
            folders = path.split("/")[:-1]
            if not set(inside) <= set(folders) | {"detail", "tags"}:
                yield path, line_at(text, found.start()), "namespace", (
                    f"weir{found.group(1)} is not of this folder")
