"""Who may include whom, and where libraries may be seen."""
import posixpath
import re
from fnmatch import fnmatch

from tree import includes, is_cpp, line_at, matches

GENERATED = ("broker/protocol/messages/", "broker/protocol/records/")


def folder_rule(path, arrows):
    """The name in the table that the file belongs to: the longest that its path begins with."""
    parts = path.split("/")[:-1]
    for length in range(len(parts), 0, -1):
        folder = "/".join(parts[:length])
        if folder in arrows:
            return folder
        for name in arrows:
            if "*" in name and name.count("/") + 1 == length and fnmatch(folder, name):
                return folder
    return None


def targets_of(folder, arrows):
    if folder in arrows:
        return arrows[folder]
    return next(targets for name, targets in arrows.items() if "*" in name and
                name.count("/") == folder.count("/") and fnmatch(folder, name))


def is_allowed(folder, target, arrows):
    allowed = targets_of(folder, arrows)
    outermost = target.split("/")[0]
    if target == folder or "any" in allowed:
        return True
    if "all" in allowed:
        return outermost not in ("tests", "examples")
    return matches(target, allowed)


def check_includes(files, rules):
    arrows = rules["arrows"]
    for path, text in files.items():
        if not is_cpp(path):
            continue
        folder = folder_rule(path, arrows)
        if folder is None:
            yield path, 1, "arrow", "this folder is not in the table of rules.toml"
            continue
        for line, kind, target in includes(text):
            if kind == "<":
                yield from check_library(path, line, target, rules)
            elif target not in files and not target.startswith(GENERATED):
                yield path, line, "arrow", f"{target} is not a path from the root of the tree"
            else:
                into = folder_rule(target, arrows)
                if into is None or not is_allowed(folder, into, arrows):
                    yield path, line, "arrow", f"{folder} may not include {into}"


def is_standard(header):
    return all(letter.islower() or letter.isdigit() or letter == "_" for letter in header)


def check_library(path, line, header, rules):
    if is_standard(header) or path.startswith(("tests/", "examples/")):
        return
    for prefix, gateways in rules["gateways"].items():
        if header.startswith(prefix):
            if not matches(path, gateways):
                owners = ", ".join(gateways) or "tests"
                yield path, line, "gateway", f"<{header}> belongs to {owners}"
            return
    yield path, line, "gateway", f"<{header}> has no gateway in rules.toml"


def check_dead_files(files, rules):
    """Every .cpp is built, every header included, every script and module named somewhere."""
    included = {target for path, text in files.items() if is_cpp(path)
                for _, kind, target in includes(text) if kind == '"'}
    named = "\n".join(text for path, text in files.items()
                      if path.endswith((".txt", ".cmake", ".py", ".sh", ".md", ".json", "run")))
    for path in files:
        folder, _, name = path.rpartition("/")
        if matches(folder, rules["data"]["folders"]):
            continue
        if path.endswith(".cpp") and not is_built(files, folder, name):
            yield path, 1, "dead file", "no CMakeLists.txt above it names it"
        elif path.endswith((".hpp", ".tbl")) and path not in included | generated_for(files):
            yield path, 1, "dead file", "nobody includes it"
        elif path.endswith((".py", ".sh")) and not is_named(name, named):
            yield path, 1, "dead file", "nothing names it"


def generated_for(files):
    """What the generator makes its output include."""
    return {target for path, text in files.items() if path.startswith("broker/protocol/codegen/")
            for target in re.findall(r'#include \\"([^"\\]+)', text)}


def is_built(files, folder, name):
    """The nearest CMakeLists.txt above names the file, relative to itself."""
    relative = name
    if f"/{folder}/{name}" in files.get("cmake/folder.cmake", ""):
        return True  # added to every target of a kind
    while True:
        build = files.get(f"{folder}/CMakeLists.txt" if folder else "CMakeLists.txt")
        if build is not None:
            words = set(build.replace("(", " ").replace(")", " ").split())
            return relative in words or any(word.endswith("/" + relative) for word in words)
        if not folder:
            return False
        folder, _, last = folder.rpartition("/")
        relative = f"{last}/{relative}"


def is_named(name, named):
    """Run by its name, imported, or a test in a foreach of names without `_test`."""
    stem = name.rsplit(".", 1)[0]
    ways = [re.escape(name), rf"(import|from) {stem}\b"]
    if stem.endswith("_test"):
        ways.append(rf"\b{stem.removesuffix('_test')}\b[^()]*\)\n.*{{name}}_test")
    return any(re.search(way, named) for way in ways)


def check_links(files):
    """Relative links of documents lead to something."""
    folders = {path.rsplit("/", count)[0] for path in files
               for count in range(1, path.count("/") + 1)}
    for path, text in files.items():
        if not path.endswith(".md"):
            continue
        for found in re.finditer(r"\]\(([^)#\s]+)[^)]*\)", text):
            target = found.group(1)
            if "://" in target:
                continue
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if place not in files and place not in folders:
                yield path, line_at(text, found.start()), "link", f"{target} leads nowhere"
