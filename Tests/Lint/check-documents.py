#!/usr/bin/env python3
"""Checks what the documents refer to: check-documents.py [ROOT]

In every Markdown file of the project:

- relative links lead to files that exist, and to headings that exist in them;
- paths of the project in code (`Tests/Lint/x.py`) and names of Swift files exist, and files that are "beside it"
  are in the folder of the file named before them;
- targets of make (`make lint`), verbs of `mirrors` and `storage`, and variables (`CHECK_RATE`) exist.

Documents that comments of Swift name by folder and file (`Catalogs/FORMAT.md`) exist, and so do the types of the table
"Words of the code only" in docs/glossary.md.

docs/README.md links every page of docs/, docs/architecture.md names every module of Shared/, every folder of
Shared/Formats has a FORMAT.md, and docs/log-events.md has every event that the code logs, with its level, and no other.

Prints each fault as FILE:LINE: FAULT; exit status 1 if there are any.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
ROOT = ROOT if ROOT.is_dir() else ROOT.parents[2]

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
FENCE = re.compile(r"\s*(```|~~~)")
CODE = re.compile(r"``.+?``|`[^`]+`")
PATH = re.compile(r"(?<![\w/.<-])((?:Shared|Functions|Tests|Deployment|docs|\.github|\.ci)/[\w./+-]*[\w/])")
MAKE = re.compile(r"(?:^|[&;$(`]\s*|sudo )(?:[A-Z_]+=\S+ )*make((?: [^\s#`;&|)]+)+)")
VERB = re.compile(r"(?:^|[`|;]\s*|sudo )(mirrors|storage) ([a-z]+)\b")
VARIABLE = re.compile(r"(?<![\w./$-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w-])")
TARGET = re.compile(r"[a-z][a-z0-9-]*")


def documents():
    """All of the project's, but for what tools keep in hidden folders."""
    for path in sorted(ROOT.rglob("*.md")):
        folders = path.relative_to(ROOT).parts[:-1]
        if not any(name.startswith(".") and name != ".github" for name in folders):
            yield path


def code_and_prose(text):
    """Each line's number, its prose and its pieces of code."""
    fence, isBlock, isAfterBlank = None, False, True
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        # Behind a blank line; else it goes on with an item of a list.
        isBlock = line.startswith("    ") and (isBlock or isAfterBlank)
        isAfterBlank = not line.strip()
        if mark and fence in (None, mark.group(1)):
            fence = None if fence else mark.group(1)
        elif fence or isBlock:
            yield number, "" if fence else line, [line.strip().removeprefix("$ ")]
        else:
            yield number, CODE.sub("``", line), [code.strip("`") for code in CODE.findall(line)]


def anchors(path, known={}):
    """The fragments that lead to a document's headings, as GitHub makes them."""
    if path not in known:
        known[path], counts, isCode = set(), {}, False
        for line in path.read_text().splitlines():
            if FENCE.match(line):
                isCode = not isCode
            heading = None if isCode else HEADING.fullmatch(line)
            if not heading:
                continue
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(2)).replace("`", "").lower()
            slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            count = counts.get(slug, 0)
            counts[slug] = count + 1
            known[path].add(f"{slug}-{count}" if count else slug)
    return known[path]


def words(pattern, *names):
    """All that the first group of a pattern matches in some files."""
    return {word for name in names for path in [ROOT / name] if path.exists()
            for word in re.findall(pattern, path.read_text(), re.MULTILINE)}


TARGETS = words(r"^([a-z][a-z0-9-]*):", "Makefile")
VERBS = {
    "mirrors": words(r'CommandVerb\(\s*"(\w+)"',
                     *[path.relative_to(ROOT)
                       for path in ROOT.glob("Shared/Roles/Mirrors/MirrorCommands/**/*.swift")]),
    "storage": words(r'case "(\w+)"', "Shared/Roles/Storage/StorageCommands/StorageCommand.swift"),
}
# Of the project: settings, and what make, the template and the tests take.
VARIABLES = words(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", "docs/configuration.md", "Makefile",
                  "template.yaml", "Deployment/release.sh", "Deployment/aws/pack.sh",
                  "Deployment/images/oci.py") | words(
    r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"',
    *[path.relative_to(ROOT) for folder in ["Shared", "Functions", "Tests"]
      for path in (ROOT / folder).rglob("*.swift")]) | words(
    r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b",
    *[path.relative_to(ROOT) for path in ROOT.glob("Tests/**/*.sh")])
# Of others: of operating systems, protocols, programs and companies.
SOURCE_PATHS = [path for folder in ["Shared", "Functions", "Tests"]
                for path in (ROOT / folder).rglob("*.swift")]
SOURCES = {path.name for path in SOURCE_PATHS} | {"Package.swift"}
SOURCE = re.compile(r"(?<![\w+/.…])((?:[\w+]+/)*)([\w+]+\.swift)")
FOREIGN = {"GENTOO_MIRRORS", "AWS_PROFILE", "ASAN_OPTIONS", "TSAN_OPTIONS", "CURLOPT_AWS_SIGV4"}


def faults(path):
    text = path.read_text()
    for number, prose, pieces in code_and_prose(text):
        for target in LINK.findall(prose):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, fragment = target.partition("#")
            place = (path.parent / name).resolve() if name else path
            if not place.exists():
                yield number, f"the link {target} leads nowhere"
            elif fragment and place.suffix == ".md" and fragment not in anchors(place):
                yield number, f"{place.name} has no heading #{fragment}"
        for code in pieces:
            for name in PATH.findall(code):
                if not (ROOT / name).exists() and not list(ROOT.glob(name + "*")):
                    yield number, f"there is no {name}"
            for _, name in SOURCE.findall(code):
                if name not in SOURCES:
                    yield number, f"there is no file {name}"
            for line in MAKE.findall(re.sub(r"\s#.*", "", code)):
                for word in line.split():
                    if not TARGET.fullmatch(word):
                        break
                    if word not in TARGETS:
                        yield number, f"make has no target {word}"
            # Names of log events are no command lines.
            for program, verb in VERB.findall(code) if path.name != "log-events.md" else []:
                if verb not in VERBS[program]:
                    yield number, f"{program} has no verb {verb}"
            for name in VARIABLE.findall(code):
                if name not in VARIABLES | FOREIGN:
                    yield number, f"nothing reads the variable {name}"


def misplaced(path):
    """Files that a line says are beside the one it named last, and are not."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        folder = None
        for match in re.finditer(r"`([^`]+\.swift)`( beside it)?", line):
            parent, _, name = match.group(1).rpartition("/")
            folder = parent or folder
            if match.group(2) and folder and not any(
                    str(source).endswith(f"/{folder}/{name}") for source in SOURCE_PATHS):
                yield number, f"{name} is not beside it, in {folder}"


def omissions():
    """What the index and the map of modules lack."""
    index = (ROOT / "docs/README.md").read_text()
    for page in sorted(ROOT.glob("docs/*.md")):
        if page.name != "README.md" and f"({page.name})" not in index:
            yield f"docs/README.md: there is no link to {page.name}"
    architecture = (ROOT / "docs/architecture.md").read_text()
    modules = {target for target in re.findall(r'shared\(\s*"(\w+)"', (ROOT / "Package.swift").read_text())}
    for module in sorted(modules):
        if not re.search(rf"\b{module}\b", architecture):
            yield f"docs/architecture.md: the module {module} is not named"
    for folder in sorted(ROOT.glob("Shared/Formats/*/")):
        if not (folder / "FORMAT.md").exists():
            yield f"{folder.relative_to(ROOT)}: there is no FORMAT.md"


def glossary_types():
    """Types of the glossary that the code does not have."""
    table = (ROOT / "docs/glossary.md").read_text().partition("## Words of the code only")[2]
    code = "\n".join(path.read_text() for path in SOURCE_PATHS)
    types = set(re.findall(r"\b(?:struct|class|enum|protocol|typealias)\s+(\w+)", code))
    for cell in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE):
        for name in re.findall(r"`([\w.]+)`", cell):
            if not set(name.split(".")) <= types:
                yield f"docs/glossary.md: there is no type {name}"


def comments():
    """Documents that comments name and that do not exist."""
    for path in SOURCE_PATHS:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            comment = line.partition("//")[2]
            for name in re.findall(r"(?<![\w/.])((?:[\w-]+/)+[\w-]+\.md)\b", comment):
                if not (ROOT / name).exists() and not any(ROOT.glob(f"Shared/**/{name}")):
                    yield f"{path.relative_to(ROOT)}:{number}: there is no {name}"
            if re.search(r"\b[A-Z]+\.md beside this (?:file|folder)", comment):
                yield f"{path.relative_to(ROOT)}:{number}: name the document by its folder"


def log_events():
    """What differs between the events of the code and those of the manual, as pairs of name and level."""
    call = re.compile(r'Log\.(debug|info|warning|error)\(\s*((?:[^"();]*\?\s*"[^"]*"\s*:\s*)?"[^"]*")')
    logged = {(name, level) for folder in ["Shared", "Functions"] for path in (ROOT / folder).rglob("*.swift")
              for level, text in call.findall(path.read_text()) for name in re.findall('"([^"]*)"', text)}
    # The sentence of an error.
    sentences = {event for event in logged if event[0].startswith("\\(")}
    rows = re.findall(r"^\| (`.*`) \| ([\w ,]+) \|", (ROOT / "docs/log-events.md").read_text(), re.MULTILINE)
    documented = {(name, level) for names, levels in rows for name in re.findall(r"`([^`]+)`", names)
                  for level in levels.split(", ")}
    for name, level in sorted(logged - sentences - documented):
        fault = "has no fixed name: put what varies into fields" if "\\(" in name else "is not documented"
        yield f"docs/log-events.md: the event \"{name}\" of level {level} {fault}"
    for name, level in sorted(documented - logged):
        yield f"docs/log-events.md: nothing logs \"{name}\" with level {level}"


found = [f"{path.relative_to(ROOT)}:{number}: {fault}"
         for path in documents() for number, fault in [*faults(path), *misplaced(path)]]
found += [*omissions(), *glossary_types(), *comments(), *log_events()]
print("\n".join(found) if found else "documents: every link, path, file, target, verb, variable and log event exists")
sys.exit(1 if found else 0)
