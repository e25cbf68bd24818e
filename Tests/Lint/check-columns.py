#!/usr/bin/env python3
"""check-columns.py: fails where a line is longer than .editorconfig allows, in code or comment.

swift-format holds the limit only where it can break a line: it leaves comments and strings alone.
So this reads max_line_length for every file that git tracks, and compares .swift-format's own.
"""
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def sections():
    """The patterns of .editorconfig with their limits, in order; None where there is no limit."""
    patterns = []
    for line in (ROOT / ".editorconfig").read_text().splitlines():
        if heading := re.fullmatch(r"\[(.*)\]", line):
            choice = re.fullmatch(r"(.*)\{(.*)\}(.*)", heading.group(1))
            patterns = [choice.group(1) + word + choice.group(3) for word in choice.group(2).split(",")] \
                if choice else [heading.group(1)]
        elif limit := re.fullmatch(r"max_line_length = (\w+)", line):
            for pattern in patterns:
                yield pattern, None if limit.group(1) == "off" else int(limit.group(1))


LIMITS = list(sections())


def limit(path):
    """The last matching section decides, as editors do."""
    found = None
    for pattern, columns in LIMITS:
        if fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(pathlib.PurePath(path).name, pattern):
            found = columns
    return found


faults = []
if json.loads((ROOT / ".swift-format").read_text())["lineLength"] != limit("a.swift"):
    faults.append(".swift-format: lineLength differs from max_line_length in .editorconfig")
files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True,
                       stdout=subprocess.PIPE).stdout.decode().split("\0")
for path in filter(None, files):
    columns = limit(path)
    if columns is None or not (ROOT / path).is_file():
        continue
    try:
        lines = (ROOT / path).read_text().splitlines()
    except UnicodeDecodeError:
        continue
    faults += [f"{path}:{number}: {len(line)} columns, expected {columns} at most"
               for number, line in enumerate(lines, 1) if len(line) > columns]
print("\n".join(faults) if faults else "columns: no line is longer than .editorconfig allows")
sys.exit(1 if faults else 0)
