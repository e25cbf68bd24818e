#!/usr/bin/env python3
"""Walks .github/workflows/release.yml: every step that is a command, in the order of the jobs.

    walk_release.py BINARIES

In a clone, for a tag of the version that it has. The registry, the place of the watchdog and `gh` are
stand-ins; a second machine's images are those of this one under its name. Only as root, in namespaces of its
own: Tests/Deployment/deployment_tests.py enters them.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import lab
import sites
import workflows
from support import FUNCTIONS, ROOT, clone, make_wrapper, write_program

# What GitHub knows.
REPOSITORY = "Example/Redirector"


def main(arguments):
    binaries = pathlib.Path(arguments[0]).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redirector-release-"))
    workflow = workflows.load()["release.yml"]
    tls = lab.begin({"github.com": "127.0.0.1", "ghcr.io": "127.0.0.1"}, folder)
    registry = sites.Registry(realm="https://ghcr.io/token")
    program = b"\x7fELF watchdog"

    def github(request):
        if request.path.endswith(".sha256"):
            return sites.Response(200, f"{hashlib.sha256(program).hexdigest()}  fwatchdog\n".encode())
        return sites.Response(200, program)

    sites.serve({"github.com": github, "ghcr.io": registry}, port=443, tls=tls)
    place = folder / "clone"
    clone(place, binaries)
    tools = folder / "tools"
    tools.mkdir()
    make_wrapper(tools)
    write_program(tools / "gh", '#!/bin/sh\nprintf "%s\\n" "$@" >"$HOME/gh"\n')
    version = subprocess.run([binaries / "redirector", "--version"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.split()[1]
    # The maintainer's commit before the tag.
    changes = place / "CHANGELOG.md"
    changes.write_text(changes.read_text().replace("## Unreleased", f"## {version}"))
    toolchain = pathlib.Path(shutil.which("swift")).parent
    values = {
        "github.repository": REPOSITORY, "github.actor": "user", "secrets.GITHUB_TOKEN": "pass",
        "github.server_url": "https://github.com", "github.ref_name": f"v{version}",
    }
    environment = {
        "HOME": str(folder), "PATH": f"{tools}:{toolchain}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8", "SSL_CERT_FILE": str(lab.AUTHORITIES),
        "GITHUB_OUTPUT": str(folder / "output"),
    } | {name: workflows.expanded(value, values) for name, value in workflow["env"].items()}
    for name in ("build", "index", "release"):
        job = workflow["jobs"][name]
        for variant in workflows.matrix(job):
            known = values | {f"matrix.{key}": value for key, value in variant.items()}
            for command in workflows.commands(job):
                command = workflows.expanded(command, known)
                # What takes a second machine comes of this one.
                if variant.get("architecture") == "arm64" and "make push" not in command:
                    continue
                print(f"$ {command}", flush=True)
                subprocess.run(["bash", "-e", "-c", command], cwd=place, env=environment, check=True)
    complaints = []
    outputs = dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())
    digests, images = json.loads(outputs["digests"]), json.loads(outputs["images"])
    for function in FUNCTIONS:
        repository = f"{REPOSITORY.lower()}/{function}"
        data, _ = registry.manifest(repository, f"v{version}")
        index = json.loads(data)
        found = [entry["platform"]["architecture"] for entry in index["manifests"]]
        if found != ["amd64", "arm64"]:
            complaints.append(f"{function} is for {found}")
        if digests.get(function) != "sha256:" + hashlib.sha256(data).hexdigest():
            complaints.append(f"{function}: another digest was handed on")
        for entry in index["manifests"]:
            name = f"{function}-{entry['platform']['architecture']}"
            if images.get(name) != entry["digest"]:
                complaints.append(f"{name}: another digest was handed on")
    packages = {path.name for path in (place / ".packages").iterdir()}
    wanted = {"SHA256SUMS", f"redirector_{version}_amd64.deb",
              f"redirector-{version}-linux-amd64.tar.gz"}
    wanted |= {f"{function}-amd64.spdx.json" for function in FUNCTIONS}
    if packages != wanted:
        complaints.append(f"packages: {sorted(packages ^ wanted)}")
    sums = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"],
                          cwd=place / ".packages", capture_output=True, text=True)
    if sums.returncode != 0:
        complaints.append(sums.stderr)
    released = (folder / "gh").read_text().splitlines()
    if not wanted <= set(released) or f"v{version}" not in released:
        complaints.append(f"gh was told {released}")
    # What a document says is what the image holds, and no package that only tests link.
    for function, wanted_names, absent in [
        ("redirector", {"redirector", "swift-collections"}, {"yams", "swift-nio", "rsync"}),
        ("leader", {"leader", "libc6", "rsync", "swift-collections", "yams"}, {"swift-nio"}),
    ]:
        document = json.loads((place / f".packages/{function}-amd64.spdx.json").read_text())
        names = {package["name"] for package in document["packages"]}
        if not wanted_names <= names or absent & names:
            complaints.append(f"the {function}'s packages are {sorted(names)}")
    owned = [relation["relatedSpdxElement"] for relation in document["relationships"]
             if relation["relationshipType"] == "CONTAINS"]
    if any(owned.count(file["SPDXID"]) != 1 for file in document["files"]):
        complaints.append("a file is of no package")
    # The tarball installs by itself.
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    name = f"redirector-{version}-linux-amd64"
    subprocess.run(["tar", "-C", unpacked, "-xzf", place / f".packages/{name}.tar.gz"], check=True)
    subprocess.run([unpacked / name / "Deployment/install.sh", unpacked / name / "bin", "/usr/local",
                    folder / "installed"], check=True)
    said = subprocess.run([folder / "installed/usr/local/bin/redirector", "--version"], text=True,
                          stdout=subprocess.PIPE).stdout
    if said != f"redirector {version}\n":
        complaints.append(f"the tarball's redirector says {said}")
    print("\n".join(complaints) or "every command of the release did what it says")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
