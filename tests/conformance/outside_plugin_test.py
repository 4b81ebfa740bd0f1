"""Goal: somebody outside of the tree can write a plugin with the installed headers alone.
Method: install the headers, copy examples/plugin away, build it with cmake, check it."""
import os
import shutil
import subprocess
import sys
import tempfile

BUILD, CHECK, COMPILER = sys.argv[1:4]
SOURCE = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "plugin")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


with tempfile.TemporaryDirectory() as place:
    sdk = os.path.join(place, "sdk")
    project = os.path.join(place, "project")
    built = os.path.join(place, "built")
    run("cmake", "--install", BUILD, "--component", "sdk", "--prefix", sdk)
    shutil.copytree(SOURCE, project)
    run("cmake", "-S", project, "-B", built, f"-DWEIR_SDK_DIR={sdk}/include",
        f"-DCMAKE_CXX_COMPILER={COMPILER}")
    run("cmake", "--build", built)
    plugin = os.path.join(built, "ticks.so")
    run(CHECK, plugin, "source", "ticks", "every=20ms")
    run(CHECK, plugin, "sink", "tally", "refuse=nothing")
    print("the plugin of examples/plugin keeps the contract")
