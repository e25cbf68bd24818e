#!/usr/bin/env python3
"""Says what is in the images: an SPDX 2.3 document for each, OUTPUT/FUNCTION-ARCHITECTURE.spdx.json.

    sbom.py STAGE OUTPUT FUNCTION...

The programs of this project with the Swift packages that they link, by Package.swift, in the versions of
Package.resolved, which a build writes; and of each library and program beside them the Debian package, its version
and SHA-256. Of the environment: VERSION, REVISION, SOURCE_URL, SOURCE_DATE_EPOCH and ARCHITECTURE. The same inputs
give the same bytes.
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

from oci import TITLES, Failure, architecture, epoch

# What the project's own programs are called.
OWN = set(TITLES)


def identifier(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")


def package(name, version, location="NOASSERTION", reference=None):
    result = {
        "SPDXID": identifier(f"package-{name}-{version}"), "name": name, "versionInfo": version,
        "downloadLocation": location, "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
    }
    if reference:
        result["externalRefs"] = [{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": reference,
        }]
    return result


ROOT = pathlib.Path(__file__).resolve().parents[2]


def manifest():
    """Package.swift's targets by name."""
    found = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, capture_output=True, text=True)
    if found.returncode != 0:
        raise Failure(f"swift package dump-package: {found.stderr.strip()}")
    return {target["name"]: target for target in json.loads(found.stdout)["targets"]}


def linked(targets, programs):
    """The identities of the packages that these programs link.

    No package of ours that a program links has dependencies of its own; only the tests' have.
    """
    found, seen, waiting = set(), set(), list(programs)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in targets:
            continue
        seen.add(name)
        for dependency in targets[name]["dependencies"]:
            if "product" in dependency:
                found.add(dependency["product"][1].lower())
            else:
                waiting.append((dependency.get("byName") or dependency["target"])[0])
    return found


def swift_packages(names):
    path = ROOT / "Package.resolved"
    if not path.is_file():
        raise Failure(f"{path} is not there: make build")
    pins = {pin["identity"]: pin for pin in json.loads(path.read_text())["pins"]}
    if lacking := names - set(pins):
        raise Failure(f"{path} lacks {', '.join(sorted(lacking))}: make build")
    for pin in (pins[name] for name in sorted(names)):
        version = pin["state"].get("version") or pin["state"]["revision"]
        name = pin["location"].removeprefix("https://").removesuffix(".git")
        yield package(pin["identity"], version, pin["location"], f"pkg:swift/{name}@{version}")


def debian_package(path):
    """The Debian package that a staged file was copied from, or None."""
    name = "/" + str(path)
    # What stage.sh puts together under names of its own.
    candidates = [name, f"/usr{name}", f"/usr/bin/{path.name}"]
    candidates += [os.path.realpath(candidate) for candidate in candidates]
    for candidate in candidates:
        found = subprocess.run(["dpkg", "--search", candidate], capture_output=True, text=True)
        if found.returncode == 0:
            owner = found.stdout.split(": ")[0].split(",")[0]
            version = subprocess.run(
                ["dpkg-query", "--show", "--showformat", "${Version}\t${Architecture}", owner],
                capture_output=True, text=True, check=True,
            ).stdout.split("\t")
            return owner.split(":")[0], *version
    return None


def document(root, function, targets):
    version = os.environ.get("VERSION", "")
    source = os.environ.get("SOURCE_URL") or "NOASSERTION"
    main = package(function, version, source)
    packages, files = {main["SPDXID"]: main}, []
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", main["SPDXID"])]
    programs = OWN & {path.name for path in (root / "usr/local/bin").iterdir()}
    for found in swift_packages(linked(targets, programs)):
        packages[found["SPDXID"]] = found
        relations.append((main["SPDXID"], "STATIC_LINK", found["SPDXID"]))
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        name = path.relative_to(root)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        reference = identifier(f"file-{name}")
        files.append({
            "SPDXID": reference, "fileName": f"./{name}", "licenseConcluded": "NOASSERTION",
            "copyrightText": "NOASSERTION",
            "checksums": [
                {"algorithm": "SHA1", "checksumValue": hashlib.sha1(path.read_bytes()).hexdigest()},
                {"algorithm": "SHA256", "checksumValue": digest},
            ],
        })
        owner = main["SPDXID"]
        if not (str(name).startswith("usr/local/bin/") and path.name in OWN):
            if known := debian_package(name):
                debian = package(known[0], known[1],
                                 reference=f"pkg:deb/debian/{known[0]}@{known[1]}?arch={known[2]}")
                owner = debian["SPDXID"]
                if owner not in packages:
                    packages[owner] = debian
                    relations.append((main["SPDXID"], "CONTAINS", owner))
        relations.append((owner, "CONTAINS", reference))
    created = datetime.datetime.fromtimestamp(epoch(), datetime.timezone.utc)
    revision = os.environ.get("REVISION", "")
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{function}-{version}-{architecture()}",
        "documentNamespace":
            f"https://spdx.org/spdxdocs/redirector-{function}-{version}-{revision}-{architecture()}",
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: Deployment/images/sbom.py"],
        },
        "packages": list(packages.values()), "files": files,
        "relationships": [
            {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
            for one, kind, other in relations
        ],
    }


def main(arguments):
    if len(arguments) < 3:
        print(__doc__.strip())
        return 2
    stage, output = map(pathlib.Path, arguments[:2])
    output.mkdir(parents=True, exist_ok=True)
    targets = manifest()
    for function in arguments[2:]:
        if not (stage / function).is_dir():
            print(f"sbom.py: {stage / function} is not there: make stage", file=sys.stderr)
            return 1
        target = output / f"{function}-{architecture()}.spdx.json"
        found = document(stage / function, function, targets)
        target.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        print(f"{target}: {len(found['packages'])} packages, {len(found['files'])} files")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"sbom.py: {failure}", file=sys.stderr)
        sys.exit(1)
