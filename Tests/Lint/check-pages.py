#!/usr/bin/env python3
"""check-pages.py FOLDER: fails where the pages of the status function are not as they have to be.

- HTML that html5lib parses without an error, with a language, a title, one h1, headings in their order,
  named tables whose heads have a scope, pictures with a text, and no script;
- links that lead to a file of the folder;
- Atom with what RFC 4287 demands, SVG and XML that is well-formed;
- status.json by docs/status.schema.json;
- colours with 4.5 to 1 on their ground, in both schemes (WCAG 2.2, 1.4.3).

Needs html5lib and jsonschema: make setup-tests.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

import html5lib
import jsonschema

folder = pathlib.Path(sys.argv[1])
root = pathlib.Path(__file__).resolve().parents[2]
problems = []
ATOM = "{http://www.w3.org/2005/Atom}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def check_page(path):
    name = path.relative_to(folder)
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    document = parser.parse(path.read_bytes())
    for position, code, _ in parser.errors:
        problems.append(f"{name}:{position[0]}: {code}")
    if document.get("lang") != "en" or not document.findtext("head/title"):
        problems.append(f"{name}: it lacks its language or its title")
    if len(document.findall(".//h1")) != 1 or document.find(".//main") is None:
        problems.append(f"{name}: expected one h1 and one main")
    level = 1
    for element in document.iter():
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "script" or any(key.startswith("on") for key in element.keys()):
            problems.append(f"{name}: a script")
        if re.fullmatch("h[1-6]", tag):
            if int(tag[1]) > level + 1:
                problems.append(f"{name}: {tag} follows h{level}")
            level = int(tag[1])
        if tag == "th" and element.get("scope") not in ("col", "row"):
            problems.append(f"{name}: a head without a scope")
        if tag == "img" and element.get("alt") is None:
            problems.append(f"{name}: an image without a text")
        if element.get("tabindex") == "0" and not element.get("aria-label"):
            problems.append(f"{name}: what the keyboard reaches has no name")
        # A picture is hidden only beside a text that says the same.
        if tag.endswith("svg") and element.get("role") != "img" and element.get("aria-hidden") != "true":
            problems.append(f"{name}: a picture without a role")
        for key in ("href", "src"):
            check_link(path, name, element.get(key))
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    for double in {one for one in ids if ids.count(one) > 1}:
        problems.append(f"{name}: two elements are #{double}")


def check_link(path, name, link):
    if not link or link.startswith(("http:", "https:", "#")):
        return
    target = (path.parent / link.split("#")[0]).resolve()
    if not target.is_file():
        problems.append(f"{name}: leads to {link}, which is not there")


def check_feed(path):
    name = path.relative_to(folder)
    feed = xml.parse(path).getroot()
    ids = []
    for element in [feed] + feed.findall(f"{ATOM}entry"):
        for child in ("id", "title", "updated"):
            if len(element.findall(ATOM + child)) != 1:
                problems.append(f"{name}: expected one {child}")
        if not TIME.fullmatch(element.findtext(f"{ATOM}updated", "")):
            problems.append(f"{name}: no time of RFC 3339")
        ids.append(element.findtext(f"{ATOM}id", ""))
    if len(set(ids)) != len(ids) or not all(re.match("[a-z]+:", one) for one in ids):
        problems.append(f"{name}: ids are URIs, each of its own")
    if feed.find(f"{ATOM}author/{ATOM}name") is None:
        problems.append(f"{name}: nobody wrote it")


def luminance(colour):
    text = colour.lstrip("#")
    text = "".join(one * 2 for one in text) if len(text) == 3 else text
    parts = [int(text[index:index + 2], 16) / 255 for index in (0, 2, 4)]
    red, green, blue = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def check_colours(path):
    schemes = re.findall(r":root\{[^}]*\}", path.read_text())
    if len(schemes) != 2:
        problems.append(f"{path.name}: expected a light and a dark scheme")
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+):(#\w+)", scheme))
        for ground in ("paper", "wash"):
            for name in ("ink", "soft", "accent", "ok", "warn", "bad", "none"):
                ratio = contrast(colours[name], colours[ground])
                if ratio < 4.5:
                    problems.append(f"{path.name}: {name} on {ground} has {ratio:.2f} to 1")


pages = sorted(folder.rglob("*.html"))
for page in pages:
    check_page(page)
for feed in sorted(folder.rglob("*.atom")):
    check_feed(feed)
for picture in sorted(folder.rglob("*.svg")):
    xml.parse(picture)
check_colours(folder / "index.html")
schema = json.loads((root / "docs/status.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
status = json.loads((folder / "status.json").read_text())
for error in jsonschema.Draft202012Validator(schema).iter_errors(status):
    problems.append(f"status.json: {error.json_path}: {error.message}")
for file in sorted(folder.rglob("*.json")):
    json.loads(file.read_text())

for problem in problems[:50]:
    print(f"check-pages: {problem}")
if not problems:
    print(f"check-pages: {len(pages)} pages are valid")
sys.exit(1 if problems else 0)
