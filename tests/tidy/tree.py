"""The files that are checked, and what has to be known of C++ to check them: its text without
comments and strings, its functions, its includes."""
import re
import subprocess
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

# One alternative a kind of text that hides braces and words; a raw string has its own delimiter.
HIDDEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'',
    re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def load(root):
    """Every file that is, or would be, under version control: path -> text."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        paths = [path for path in listed.stdout.split("\0") if path]
    else:  # not a checkout: all but what is built
        paths = [str(path.relative_to(root)) for path in Path(root).rglob("*")
                 if not set(path.relative_to(root).parts) & {"build", ".git", "__pycache__"}]
    files = {}
    for path in sorted(paths):
        place = Path(root, path)
        if place.is_file():
            files[path] = place.read_text(encoding="utf-8", errors="replace")
    return files


def matches(path, patterns):
    return any(fnmatch(path, pattern) for pattern in patterns)


def is_cpp(path):
    return path.endswith((".cpp", ".hpp", ".h", ".c"))


def blank(found):
    return re.sub(r"[^\n]", " ", found.group())


@cache
def code_of(text):
    """C++ with comments, strings and characters as blanks; lines and columns stay."""
    return HIDDEN.sub(blank, text)


def line_at(text, position):
    return text.count("\n", 0, position) + 1


@cache
def includes(text):
    """(line, kind, target) of each include; the kind is '<' or '"'."""
    return [(line_at(text, found.start(1)), found.group(1), found.group(2))
            for found in INCLUDE.finditer(text)]


def functions(code):
    """(first line, last line, head) of each outermost function: a brace opens one when what stands
    before it has a parameter list and is neither a type nor an initializer."""
    code = DIRECTIVE.sub(blank, code)
    stack = []
    begin = 0
    for found in re.finditer(r"[{};]", code):
        if found.group() == "{":
            if is_initializer(code, found.start()):
                stack.append(("list", 0, ""))
                continue
            head = code[begin:found.start()].strip()
            first = code.index(head, begin) if head else found.start()
            inside = any(kind == "function" for kind, _, _ in stack)
            stack.append(("other" if inside else kind_of_block(head), first, head))
        elif found.group() == "}" and stack:
            kind, first, head = stack.pop()
            if kind == "list":
                continue
            if kind == "function":
                yield line_at(code, first), line_at(code, found.start()), head
        begin = found.end()


def is_initializer(code, at):
    """f({..}), x = {..}, member_{..}: the format puts a blank before every other brace."""
    before = code[max(0, at - 200):at]
    return before[-1:] not in (" ", "\n") or before.rstrip()[-1:] in ("=", ",", "(")


def kind_of_block(head):
    if re.match(r"(inline\s+)?namespace\b|extern\b", head):
        return "scope"
    head = re.sub(r"\btemplate\s*<.*?>\s*(?=\w)", "", head, flags=re.S)
    if re.match(r"(struct|class|union|enum)\b[^()]*$", head):
        return "scope"
    return "function" if "(" in head and not head.endswith("return") else "other"
