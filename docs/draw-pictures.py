#!/usr/bin/env python3
"""Draws the pictures of the manual: draw-pictures.py FOLDER

Writes data-flow.svg, propagation.svg and region-map.svg. `make docs` calls it, and `make lint` compares what it
draws with what is there. The same text gives the same bytes.
"""
import pathlib
import sys
from xml.sax.saxutils import escape

STYLE = """<style>
text{font-family:Verdana,"DejaVu Sans",sans-serif;font-size:13px;fill:#1b2430}
.small{font-size:11px;fill:#4a5663}.mono{font-family:"DejaVu Sans Mono",monospace;font-size:11px}
.part{fill:#dcebe4;stroke:#0b6e4f}.blob{fill:#e8eef7;stroke:#1f6feb}.other{fill:#f3efe6;stroke:#8a5700}
.line{stroke:#4a5663;stroke-width:1.5;fill:none}.head{fill:#4a5663}.paper{fill:#fff}
@media (prefers-color-scheme:dark){text{fill:#e6ebf0}.small{fill:#b3bdc8}.part{fill:#12382c;stroke:#4fc79a}
.blob{fill:#16263f;stroke:#7fb0ff}.other{fill:#37290f;stroke:#e0a84e}.line{stroke:#b3bdc8}.head{fill:#b3bdc8}
.paper{fill:#0f1419}}
</style>
"""


class Picture:
    def __init__(self, width, height, title):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>\n',
            STYLE,
            '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>\n',
            f'<rect class="paper" width="{width}" height="{height}"/>\n',
        ]

    def box(self, kind, x, y, width, height, *lines):
        """A box with a line of text in its middle, and smaller ones below it."""
        self.parts.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="4"/>\n')
        top = y + height / 2 + 4.5 - 7.5 * (len(lines) - 1)
        for number, line in enumerate(lines):
            style = ' class="small"' if number else ""
            self.text(x + width / 2, top + 15 * number, line, style, "middle")

    def text(self, x, y, line, style=' class="small"', anchor="start"):
        self.parts.append(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{style}>{escape(line)}</text>\n')

    def arrow(self, *points):
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(f'<polyline class="line" points="{path}" marker-end="url(#head)"/>\n')

    def write(self, path):
        path.write_text("".join(self.parts) + "</svg>\n")


def data_flow():
    picture = Picture(900, 330, "How data flows from the tree to a redirect")
    picture.box("other", 10, 30, 120, 44, "master tree", "folder or rsync")
    picture.box("other", 10, 100, 120, 44, "mirror list", "XML, JSON, YAML")
    picture.box("part", 180, 62, 110, 50, "leader", "every 10 minutes")
    picture.box("blob", 340, 30, 150, 44, "catalog/…", "what should be there")
    picture.box("blob", 340, 100, 150, 44, "mirrors.json", "access points")
    picture.box("part", 540, 62, 120, 50, "checker", "every 5 minutes")
    picture.box("other", 740, 62, 140, 50, "mirrors", "HTTP, FTP, rsync")
    picture.box("blob", 400, 180, 160, 44, "checks/…", "what each mirror has")
    picture.box("blob", 640, 180, 150, 44, "health", "which are up; each minute")
    picture.box("part", 180, 177, 110, 50, "builder", "every minute")
    picture.box("blob", 10, 180, 120, 44, "maps/…", "one for each region")
    picture.box("part", 340, 262, 150, 50, "redirector", "maps it into memory")
    picture.box("other", 10, 265, 120, 44, "client", "GET /path")
    picture.box("other", 740, 265, 140, 44, "302 to a mirror", "that has the file")
    picture.arrow((130, 52), (155, 52), (155, 82), (180, 82))
    picture.arrow((130, 122), (155, 122), (155, 92), (180, 92))
    picture.arrow((290, 82), (315, 82), (315, 52), (340, 52))
    picture.arrow((290, 92), (315, 92), (315, 122), (340, 122))
    picture.arrow((490, 52), (515, 52), (515, 82), (540, 82))
    picture.arrow((490, 122), (515, 122), (515, 92), (540, 92))
    picture.arrow((660, 87), (740, 87))
    picture.arrow((580, 112), (580, 146), (480, 146), (480, 180))
    picture.arrow((620, 112), (620, 146), (715, 146), (715, 180))
    picture.arrow((400, 202), (290, 202))
    picture.arrow((180, 202), (130, 202))
    picture.arrow((70, 224), (70, 244), (380, 244), (380, 262))
    picture.arrow((715, 224), (715, 244), (450, 244), (450, 262))
    picture.arrow((130, 287), (340, 287))
    picture.arrow((490, 287), (740, 287))
    picture.text(10, 18, "green: functions · blue: blobs in storage · brown: outside")
    return picture


def propagation():
    picture = Picture(900, 230, "From a new file in the tree to redirects to a mirror")
    steps = [
        ("part", "leader", "up to 10 min", "2 s with --watch"),
        ("part", "first questions", "seconds", "up to 5 min by cron"),
        ("other", "the mirror syncs", "minutes to hours", "its own schedule"),
        ("part", "checker polls", "every 15 min", "then a tenth of its age"),
        ("part", "builder", "up to 1 min", "one map a region"),
        ("part", "redirector", "up to 5 s", "while clients ask"),
    ]
    for number, (kind, name, usual, other) in enumerate(steps):
        x = 10 + 148 * number
        picture.box(kind, x, 60, 128, 70, name, usual, other)
        if number:
            picture.arrow((x - 20, 95), (x, 95))
    picture.text(10, 22, "A file appears in the tree. How long each step takes with the default schedules:",
                 "", "start")
    picture.text(10, 46, "published in the catalog")
    picture.text(454, 46, "seen: presence is proven")
    picture.text(750, 46, "clients are sent there")
    picture.arrow((74, 130), (74, 175), (820, 175), (820, 130))
    picture.text(447, 194, "until then the file is redirected to the fallback host", anchor="middle")
    picture.text(447, 212, "a mirror that has the file already when it is published is found by the first questions",
                 anchor="middle")
    return picture


def region_map():
    picture = Picture(900, 350, "The sections of a region map, and how a path is looked up")
    picture.text(10, 20, "maps/<region>.map: a header and eight sections; readers go by the offsets in the header", "")
    sections = [
        ("header", "184, 192 bytes", 92), ("base sets", "runs", 84), ("difference sets", "ranked or runs", 122),
        ("units", "u16", 62), ("access points", "64 to 88 bytes each", 130), ("strings", "UTF-8", 70),
        ("country ranks", "a byte each", 96), ("rare slots", "1–32 bits", 84), ("path slots", "24 + 0–16 bits", 120),
    ]
    x = 10
    edges = {}
    for name, form, width in sections:
        picture.box("blob", x, 36, width, 54, name, form)
        edges[name] = x + width / 2
        x += width + 2
    picture.box("other", 10, 250, 150, 50, "distfiles/ab/x.tar", "the path's bytes")
    picture.box("part", 210, 250, 120, 50, "hash", "wyhash, 64 bits")
    picture.box("part", 380, 250, 140, 50, "four slots, XOR", "fingerprint ‖ code")
    picture.box("part", 570, 250, 130, 50, "set", "of access points")
    picture.box("part", 750, 250, 140, 50, "best first", "one is drawn")
    for start, end in [(160, 210), (330, 380), (520, 570), (700, 750)]:
        picture.arrow((start, 275), (end, 275))
    slots = edges["path slots"]
    picture.arrow((slots, 90), (slots, 200), (450, 200), (450, 250))
    picture.text(slots - 8, 194, "reads 4 slots", anchor="end")
    picture.arrow((edges["difference sets"], 90), (edges["difference sets"], 150), (635, 150), (635, 250))
    picture.text(edges["difference sets"] + 8, 144, "the code is the set's number; rare sets by one more table")
    points = edges["access points"]
    picture.arrow((points, 90), (points, 118), (868, 118), (868, 250))
    picture.text(points + 8, 112, "URL, mirror, weight, rank")
    picture.text(450, 322, "another fingerprint: an unknown path, to the fallback (a wrong match: 1 in 16,777,216)",
                 anchor="middle")
    return picture


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    data_flow().write(folder / "data-flow.svg")
    propagation().write(folder / "propagation.svg")
    region_map().write(folder / "region-map.svg")
