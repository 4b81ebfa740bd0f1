"""A rule that cannot fail is no rule: each of these violations is planted in a copy of the tree and
must be found, where it was planted and by the rule that is meant."""

LONG_FUNCTION = "void f(int a) {\n" + "    a += 1;\n" * 69 + "}\n"

# (path, text behind the file's own or of a new file, rule that must speak)
PLANTED = (
    ("base/bytes.hpp", '#include "broker/log/segment.hpp"\n', "arrow"),
    ("broker/protocol/wire.cpp", '#include "broker/io/disk.hpp"\n', "arrow"),
    ("broker/controller/core/topics.cpp", '#include "broker/io/disk.hpp"\n', "arrow"),
    ("broker/api/fetch.cpp", '#include "tests/golden/show.hpp"\n', "arrow"),
    ("broker/log/segment.cpp", '#include "segment.hpp"\n', "arrow"),
    ("broker/extra/thing.cpp", "int thing;\n", "arrow"),
    ("broker/log/segment.cpp", "#include <spdlog/spdlog.h>\n", "gateway"),
    ("broker/log/segment.cpp", "#include <boost/asio/post.hpp>\n", "gateway"),
    ("broker/log/segment.cpp", "#include <sqlite3.h>\n", "gateway"),
    ("broker/log/segment.cpp", "// line\n" * 800, "file size"),
    ("broker/log/segment.cpp", "// " + "x" * 98 + "\n", "columns"),
    ("broker/log/segment.cpp", LONG_FUNCTION, "function size"),
    ("tests/integration/wire.py", "def f():\n" + "    pass\n" * 70, "function size"),
    ("broker/log/segment.cpp", "int ne" + "w_segment();\n", "name"),
    ("broker/log/segment.cpp", "int segment_v" + "2();\n", "name"),
    ("broker/log/utils.cpp", "int a;\n", "name"),
    ("broker/log/segment.cpp", "// see " + "/ho" + "me/me/x\n", "absolute path"),
    ("broker/log/segment.cpp", "// TO" + "DO\n", "unfinished"),
    ("broker/log/segment.cpp", "void f() { spawn(work, detached); }\n", "detached"),
    ("broker/log/segment.cpp", "std::mutex guard;\n", "lock"),
    ("broker/log/segment.cpp", "std::thread worker;\n", "thread"),
    ("broker/protocol/wire.cpp", "void f() { ensure(load_be<int>(at) > 0); }\n",
     "ensure on outside data"),
    ("broker/log/recovery.cpp", "void f() { ensure(a); }\n", "ensure where outside data is read"),
    ("broker/controller/core/topics.cpp", "#include <chrono>\n", "impure core"),
    ("tests/integration/wire.py", "time" + ".sleep(1)\n", "sleep"),
    ("tests/run.sh", "sl" + "eep 1\n", "sleep"),
    ("docs/README.md", "https:" + "//registry.npmjs.org/x\n", "host"),
    ("broker/log/segment.cpp", "task f() { co_await g([a] { return a; }); }\n", "co_await"),
    ("broker/log/segment.cpp", "task f() { co_await g({.a = 1}); }\n", "co_await"),
    ("broker/log/segment.cpp", "task f() { if (co_await g(options{a, b})) return; }\n",
     "co_await"),
    ("broker/log/segment.cpp", "auto f = [a]() -> task { co_await g(a); };\n", "coroutine"),
    ("base/thing.hpp", "#pragma once\n", "opening"),
    ("tests/unit/base/thing_test.cpp", "int a;\n", "opening"),
    ("tests/unit/base/base_test.cpp", "TEST(base, works) {}\n", "test name"),
    ("base/deep/thing.hpp", "// x\n", "README"),
    ("broker/log/thing.hpp", "// x\n", "README"),
    ("broker/log/segment.cpp", "namespace weir::broker::raft {\n}\n", "namespace"),
    ("broker/log/thing.cpp", "int a;\n", "dead file"),
    ("broker/log/thing.hpp", "// x\n#pragma once\n", "dead file"),
    ("tests/integration/thing.py", '"""x"""\n', "dead file"),
    ("docs/README.md", "[x](nowhere.md)\n", "link"),
)


def missed(files, violations):
    """The planted violations that are not found. Each needs no more of the tree than its own file,
    what says of the folder what is in it, and the files that are named in the planted text."""
    unnoticed = []
    for path, text, rule in PLANTED:
        folder = path.rpartition("/")[0]
        tree = {each: content for each, content in files.items()
                if each in text or each in (f"{folder}/CMakeLists.txt", f"{folder}/README.md")}
        lines = files.get(path, "").count("\n")
        tree[path] = files.get(path, "") + text
        if not any(said == rule and where in (path, folder, f"{folder}/README.md") and
                   (line == 1 or line > lines) for where, line, said, _ in violations(tree)):
            unnoticed.append(f"{rule} in {path}")
    return unnoticed
