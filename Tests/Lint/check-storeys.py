#!/usr/bin/env python3
"""check-storeys.py: fails where Package.swift or an import breaks the architecture.

    swift package dump-package | Tests/Lint/check-storeys.py

- A module of Shared/ lies in the folder of its storey, and depends on modules of the storeys below, or
  on modules of its own storey that Package.swift lists before it. Roles do not depend on each other.
- A function depends on its own role only, beside what all share; but `mirrors`, which judges what
  operators write by the code that will read it.
- Tests/ mirrors Shared/: the suites of a module lie in the same storey, and every module has some.
- Whatever a file imports is a declared dependency of its target, and what is declared is imported.

The storeys and their order are the cases of `enum Storey` in Package.swift.
"""
import json
import pathlib
import re
import sys

package = json.load(sys.stdin)
root = pathlib.Path(package.get("packageKind", {}).get("root", ["."])[0])
manifest = (root / "Package.swift").read_text()
storeys = ["C"] + re.findall(r'^    case \w+ = "([\w/]+)"', manifest, re.MULTILINE)
targets = {target["name"]: target for target in package["targets"]}
order = {name: number for number, name in enumerate(targets)}
problems = []


def dependencies(target):
    """The names of a target's dependencies: targets and products."""
    names = []
    for dependency in target["dependencies"]:
        for kind in ("byName", "product", "target"):
            if kind in dependency:
                names.append(dependency[kind][0])
    return names


def storey(name):
    """The storey of a module of Shared/, or None."""
    parts = pathlib.PurePosixPath(targets[name]["path"]).parts
    return "/".join(parts[1:-1]) if parts[0] == "Shared" else None


def role(name):
    """The role that a module or a function is of, or None."""
    parts = pathlib.PurePosixPath(targets[name]["path"]).parts
    if parts[0] == "Functions":
        return parts[1]
    return parts[2] if parts[:2] == ("Shared", "Roles") else None


def check_place(name):
    own = storey(name)
    if own not in storeys:
        problems.append(f"{name}: {targets[name]['path']} is in no storey of Package.swift")
    if pathlib.PurePosixPath(targets[name]["path"]).name != name:
        problems.append(f"{name}: its folder has another name, {targets[name]['path']}")
    if targets[name]["type"] == "system":
        return
    suites = targets.get(f"{name}Tests")
    expected = f"Tests/{own}/{name}Tests"
    if suites is None:
        problems.append(f"{name}: there is no {expected}")
    elif suites["path"] != expected:
        problems.append(f"{name}Tests: expected in {expected}, found in {suites['path']}")


def check_direction(name, other):
    own, below = storey(name), storey(other)
    if below is None:
        problems.append(f"{name}: depends on {other}, which is not in Shared/")
    elif own in storeys and below in storeys:
        if own == below and order[other] > order[name]:
            problems.append(f"{name}: depends on {other}, which its storey lists after it")
        elif storeys.index(own) < storeys.index(below):
            problems.append(f"{name} ({own}) depends on {other}, which is above it ({below})")


def imports(target):
    """The modules that a target's files import, each with one of the files."""
    found = {}
    for file in sorted((root / target["path"]).rglob("*.swift")):
        for module in re.findall(
            r"^(?:@\w+ )*(?:(?:package|public|internal|private|fileprivate) )?"
            r"import (?:(?:struct|enum|class|func|protocol) )?(\w+)",
            file.read_text(),
            re.MULTILINE,
        ):
            found.setdefault(module, file.relative_to(root))
    return found


products = {name for target in targets.values() for name in dependencies(target)} - set(targets)
modules = {name.replace("-", "_"): name for name in set(targets) | products}
# The C library inside of a product, which is all that we use of it.
carried = {"CYaml": "Yams"}
for name, target in targets.items():
    declared = dependencies(target)
    if target["path"].startswith("Shared/"):
        check_place(name)
    for other in declared:
        if other not in targets:
            continue
        if target["path"].startswith("Shared/"):
            check_direction(name, other)
        # What operators write is judged by the code that will read it.
        judges = target["path"] == "Functions/Mirrors"
        if role(name) and role(other) and role(name) != role(other) and not judges:
            problems.append(f"{name}: depends on {other} of another role")
    if target["type"] == "system":
        continue
    imported = {carried.get(module, module): file for module, file in imports(target).items()}
    for module, file in imported.items():
        if module in modules and modules[module] not in declared:
            problems.append(f"{file}: imports {module}, no declared dependency of {name}")
    for other in declared:
        # Of a program the tests want the executable.
        isProgram = other in targets and targets[other]["type"] == "executable"
        if other.replace("-", "_") not in imported and not isProgram:
            problems.append(f"{name}: declares {other}, which no file imports")

for problem in problems:
    print(f"check-storeys: {problem}")
if not problems:
    print(f"check-storeys: {len(targets)} targets keep to the storeys")
sys.exit(1 if problems else 0)
