#!/usr/bin/env python3
"""Builds the pages of the modules in Shared/ from their doc comments with DocC.

    build-api-pages.py BUILD [FOLDER]

BUILD is .build/release, with the modules compiled. FOLDER gets one archive for each module; without
FOLDER, nothing is kept. Fails with DocC's own words on any warning: a link to a symbol that does not
exist or is ambiguous, a parameter that does not exist.

Of the toolchain it needs swift-symbolgraph-extract and docc, no plugin: a build fetches nothing for this.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def modules():
    """The modules of Shared/."""
    package = json.loads(subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, check=True,
                                        stdout=subprocess.PIPE).stdout)
    return [target["name"] for target in package["targets"]
            if target["type"] == "regular" and target["path"].startswith("Shared/")]


def build(module, compiled, folder):
    """Writes the archive of a module; what DocC had to say, empty if nothing."""
    target = json.loads(subprocess.run(["swift", "-print-target-info"], check=True,
                                       stdout=subprocess.PIPE).stdout)["target"]["unversionedTriple"]
    maps = [*ROOT.glob("Shared/C/*/module.modulemap"),
            *ROOT.glob(".build/checkouts/*/Sources/*/include/module.modulemap")]
    includes = [word for map in sorted(maps) for word in ("-I", str(map.parent))]
    with tempfile.TemporaryDirectory() as graphs:
        for command in (
            ["swift-symbolgraph-extract", "-module-name", module, "-target", target, "-I", str(compiled), *includes,
             "-minimum-access-level", "private", "-skip-synthesized-members", "-skip-inherited-docs",
             "-output-dir", graphs],
            ["docc", "convert", "--fallback-display-name", module,
             "--fallback-bundle-identifier", f"redirector.{module}",
             "--additional-symbol-graph-dir", graphs, "--output-path", str(folder / f"{module}.doccarchive"),
             "--warnings-as-errors"],
        ):
            result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if result.returncode != 0:
                return f"{module}: {result.stdout}"
    return ""


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: build-api-pages.py BUILD [FOLDER]")
    compiled = pathlib.Path(sys.argv[1]).resolve() / "Modules"
    names = modules()
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else scratch).resolve()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        findings = [text for text in pool.map(lambda name: build(name, compiled, folder), names) if text]
    if findings:
        sys.exit("\n".join(findings))
    print(f"DocC: {len(names)} modules without a warning")


if __name__ == "__main__":
    main()
