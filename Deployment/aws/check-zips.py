#!/usr/bin/env python3
"""check-zips.py ZIPS: whether the zips of Lambda start on Amazon Linux 2023, whose glibc is 2.34.

A program that the kernel starts may need no newer symbol of glibc than that. One that the zip's own dynamic linker
starts finds every library in the zip, each with the versions of symbols that it needs. Prints a line for each zip,
and fails with what is wrong."""
import os
import re
import subprocess
import sys

OLDEST = (2, 34)
# The checker's zip with all its libraries; the edge's, compressed.
LIMITS = {"checker": 15_000_000, "edge": 200_000}


def dump(option, path):
    return subprocess.run(["objdump", option, path], capture_output=True, text=True, check=True).stdout


def is_program(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def needed(path):
    return re.findall(r"^\s+NEEDED\s+(\S+)", dump("-p", path), re.M)


def versions(path):
    """What it needs and what it has, as sets of (library, version) and of versions."""
    text = dump("-p", path)
    needs, library = set(), None
    references = text.partition("Version References:")[2]
    for line in references.splitlines():
        if match := re.match(r"\s+required from (\S+):", line):
            library = match[1]
        elif match := re.match(r"\s+0x\S+ 0x\S+ \d+ (\S+)", line):
            needs.add((library, match[1]))
    definitions = text.partition("Version definitions:")[2].partition("Version References:")[0]
    return needs, set(re.findall(r"^\d+ 0x\S+ 0x\S+ (\S+)", definitions, re.M))


def check(folder):
    problems = []
    files = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]
    programs = [path for path in files if is_program(path)]
    libraries = {os.path.basename(path): path for path in programs}
    # A program, or a script that calls the zip's own dynamic linker.
    bootstrap = open(f"{folder}/bootstrap", "rb").read()
    newest = (0, 0)
    for path in programs:
        name = os.path.relpath(path, folder)
        for library in needed(path):
            if library not in libraries:
                problems.append(f"{name} needs {library}, which is not in the zip")
        is_linked = name != "bootstrap"
        for library, version in versions(path)[0]:
            if match := re.match(r"GLIBC_(\d+)\.(\d+)", version):
                number = (int(match[1]), int(match[2]))
                newest = max(newest, number)
                if not is_linked and number > OLDEST:
                    problems.append(f"{name} needs {version} of the system's {library}")
            if library in libraries and version not in versions(libraries[library])[1]:
                problems.append(f"{name} needs {version}, which {library} of the zip has not")
    if is_program(f"{folder}/bootstrap"):
        how = "a static program"
    elif b"--library-path" not in bootstrap:
        problems.append("bootstrap neither is a program nor calls the dynamic linker of the zip")
        how = "nothing"
    else:
        how = f"with its own libraries, the newest symbol is of glibc {newest[0]}.{newest[1]}"
    return problems, how


zips, failed = sys.argv[1], False
for name in sorted(os.listdir(zips)):
    if not name.endswith(".zip"):
        continue
    function = name[:-4]
    size = os.path.getsize(f"{zips}/{name}")
    problems, how = ([], "WebAssembly") if function == "edge" else check(f"{zips}/{function}")
    if size > LIMITS.get(function, 50_000_000):
        problems.append(f"{size} bytes, expected at most {LIMITS.get(function, 50_000_000)}")
    print(f"{name}: {size} bytes, {how}")
    for problem in problems:
        failed = True
        print(f"    {problem}")
sys.exit(failed)
