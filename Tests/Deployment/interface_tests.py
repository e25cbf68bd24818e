#!/usr/bin/env python3
"""What the manual says of requests, results and answers, held against the programs: interface_tests.py BINARIES

docs/functions.schema.json, docs/openapi.yaml, and the examples of docs/mirrors.md and of FORMAT.md are the documents. A
member, a status or a header that a program has and a document has not is a failure, and so is the reverse where it can
be told.
"""
import copy
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import jsonschema
import yaml

if __name__ == "__main__" and len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
    os.environ["BINARIES"] = sys.argv.pop(1)

import lab
import sites
from support import BINARIES, ROOT, Case, run

FUNCTIONS = json.loads((ROOT / "docs/functions.schema.json").read_text())
OPENAPI = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
FALLBACK = "https://distfiles.example.org/"


def closed(schema):
    """The schema with no members but those that it names."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema


def violations(value, schema, of):
    """What of a value is not as the definition in a document says, members that it does not name included."""
    validator = jsonschema.Draft202012Validator(closed(of) | schema)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


class World:
    """A tree, a mirror that has all of it, one that has not, one that is down, and a store."""

    def __init__(self, folder):
        self.tree = folder / "tree"
        lab.make_tree(self.tree)
        faulty = folder / "faulty"
        shutil.copytree(self.tree, faulty)
        (faulty / "distfiles/4c/package-3.tar.xz").unlink()
        (faulty / "distfiles/4c/package-4.tar.xz").write_bytes(b"longer than it should be")
        self.servers = [sites.serve(sites.files(place)) for place in (self.tree, faulty)]
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            urls = [f"http://127.0.0.1:{server.server_port}/" for server in self.servers]
            urls.append(f"http://127.0.0.1:{unused.getsockname()[1]}/")
        self.list = folder / "mirrors.xml"
        self.list.write_text(lab.mirror_list(urls))
        self.environment = {
            "STORAGE_URL": f"file://{folder}/store", "REGION": "europe", "LOG_LEVEL": "error",
            "RECHECK_AFTER_SECONDS": "0",
        }

    def call(self, name, request, status=0):
        """The result of a function."""
        text = request if isinstance(request, str) else json.dumps(request)
        result = subprocess.run([BINARIES / name], input=text, env=os.environ | self.environment,
                                text=True, capture_output=True, timeout=100)
        if result.returncode != status:
            raise AssertionError(f"{name} {text}: {result.returncode}\n{result.stdout}{result.stderr}")
        return json.loads(result.stdout)

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


class DocumentTests(unittest.TestCase):
    """The documents by themselves, and against the sources."""

    def test_the_schemas_are_schemas(self):
        jsonschema.Draft202012Validator.check_schema(FUNCTIONS)
        for name, schema in OPENAPI["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_the_openapi_document_is_one(self):
        schema = json.loads((ROOT / "Tests/Deployment/schemas/openapi-3.1.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        self.assertEqual([], [error.message for error in validator.iter_errors(OPENAPI)])
        broken = copy.deepcopy(OPENAPI)
        broken["paths"]["/"]["get"]["parameters"][0]["in"] = "nowhere"
        self.assertFalse(validator.is_valid(broken))

    def test_faults_of_documents_are_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ["docs", "Makefile", "Package.swift", "Shared", "Functions", "Tests"]:
                (root / name).symlink_to(ROOT / name)
            (root / "README.md").write_text(
                "# Title\n\n[a](docs/none.md) [b](#none) [c](docs/faq.md#none) [d](#title)\n"
                "`make nothing` `storage nothing` `mirrors list` `NO_SUCH_VARIABLE` `Tests/none.py`\n"
            )
            printed = run(sys.executable, ROOT / "Tests/Lint/check-documents.py", root, status=1)
            faults = [line for line in printed.splitlines() if line.startswith("README.md:")]
            self.assertEqual(faults, [
                "README.md:3: the link docs/none.md leads nowhere",
                "README.md:3: README.md has no heading #none",
                "README.md:3: faq.md has no heading #none",
                "README.md:4: make has no target nothing",
                "README.md:4: storage has no verb nothing",
                "README.md:4: nothing reads the variable NO_SUCH_VARIABLE",
                "README.md:4: there is no Tests/none.py",
            ])

    def test_every_status_is_told(self):
        source = (ROOT / "Shared/Roles/Redirector/Redirection/Answer/HTTPStatus.swift").read_text()
        statuses = set(re.findall(r"^    case \w+ = (\d+)$", source, re.MULTILINE))
        self.assertGreater(len(statuses), 10)
        operations = [item["get"] for item in OPENAPI["paths"].values()]
        self.assertEqual(statuses, {status for get in operations for status in get["responses"]})
        page = (ROOT / "docs/http-api.md").read_text()
        table = page[page.index("\n## Statuses"):page.index("\n## Caching")]
        rows = re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE)
        self.assertEqual(statuses, {number for row in rows for number in re.findall(r"\d{3}", row)})

    def test_every_reason_of_an_exclusion_is_told(self):
        source = (ROOT / "Shared/Roles/Redirector/Redirection/Choice/Exclusion.swift").read_text()
        reasons = set(re.findall(r"^        case (\w+)$", source, re.MULTILINE))
        self.assertGreater(len(reasons), 15)
        self.assertEqual(reasons, set(OPENAPI["components"]["schemas"]["Reason"]["enum"]))
        page = (ROOT / "docs/http-api.md").read_text()
        table = page[page.index("\n### Why a mirror is left out"):page.index("\n## Headers")]
        rows = re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE)
        self.assertEqual(reasons, {word for row in rows for word in re.findall(r"`(\w+)`", row)}
                         - {"reason"})


class FunctionTests(Case):
    """What functions take and print, by docs/functions.schema.json."""

    def setUp(self):
        super().setUp()
        self.world = World(self.folder)
        self.addCleanup(self.world.stop)

    def check(self, name, request, definition, status=0):
        result = self.world.call(name, request, status)
        schema = {"$ref": f"#/$defs/{definition}"}
        self.assertEqual([], violations(result, schema, FUNCTIONS), f"{name} {request}")
        # Whether what is not in the schema would be noticed.
        self.assertTrue(violations(result | {"undocumented": 1}, schema, FUNCTIONS))
        return result

    def test_results_are_as_documented(self):
        tree = {"tree": str(self.world.tree), "mirrors": f"file://{self.world.list}"}
        self.check("leader", tree | {"digests": ["sha256"]}, "leaderResult")
        self.check("leader", {"forget": ["*.none"]}, "leaderResult")
        self.check("checker", {"mode": "probe"}, "probeResult")
        checked = self.check("checker", "", "checkResult")
        self.assertEqual(checked["ending"], "nothing due")
        self.check("checker", {"endBy": 1}, "checkResult")
        self.check("builder", {"dryRun": True}, "builderResult")
        self.check("builder", "", "builderResult")
        self.check("builder", {"rollback": "europe"}, "error", status=1)
        (self.world.tree / "distfiles/4c/package-1.tar.xz").unlink()
        self.check("leader", {"tree": str(self.world.tree)}, "leaderResult")
        self.check("builder", {"regions": ["europe"]}, "builderResult")
        self.check("builder", {"rollback": "europe"}, "rollbackResult")
        run(BINARIES / "mirrors", "hold", "europe", "--reason", "test", **self.world.environment)
        held = self.check("builder", "", "builderResult")
        self.assertIn("heldUntil", held["regions"]["europe"])
        self.check("status", "", "statusResult")

    def test_fields_of_requests_are_those_that_are_documented(self):
        for name in ["leader", "checker", "builder", "status"]:
            known = set(FUNCTIONS["$defs"][f"{name}Request"]["properties"])
            refusal = self.check(name, {"undocumented": 1}, "error", status=2)["error"]
            listed = re.search(r"known here: (.*) \(see", refusal).group(1).split(", ")
            self.assertEqual(known, set(listed), name)

    def test_help_names_every_field_within_80_columns(self):
        # What only calls of the checker by itself carry.
        internal = {"checker": {"slot", "unlessRunning"}}
        for name in ["leader", "checker", "builder", "status", "redirector", "storage", "mirrors"]:
            text = run(BINARIES / name, "--help")
            self.assertEqual([], [line for line in text.splitlines() if len(line) > 80], name)
            fields = FUNCTIONS["$defs"].get(f"{name}Request", {"properties": {}})["properties"]
            for field in set(fields) - internal.get(name, set()):
                self.assertRegex(text, rf"(?m)^  {field}\b", name)

    def test_the_three_forms_of_a_mirror_list_say_the_same(self):
        page = (ROOT / "docs/mirrors.md").read_text()
        exports = []
        for form in ["xml", "json", "yaml"]:
            text = re.search(rf"<!-- list: {form} -->\n```{form}\n(.*?)```", page, re.DOTALL).group(1)
            path = self.folder / f"list.{form}"
            path.write_text(text)
            store = {"STORAGE_URL": f"file://{self.folder}/{form}", "LOG_LEVEL": "error"}
            run(BINARIES / "leader", input=json.dumps({"mirrors": f"file://{path}"}), **store)
            exports.append(run(BINARIES / "leader", "--export", "json", **store))
        self.assertIn("https://mirror.example.org/gentoo/", exports[0])
        self.assertEqual(exports[0], exports[1])
        self.assertEqual(exports[0], exports[2])

    def test_regions_and_classes_of_the_manual_are_taken(self):
        page = (ROOT / "docs/mirrors.md").read_text()
        for name in ["regions", "classes"]:
            text = re.search(rf"<!-- {name} -->\n```json\n(.*?)```", page, re.DOTALL).group(1)
            path = self.folder / f"{name}.json"
            path.write_text(text)
            run(BINARIES / "storage", "put", f"{name}.json", path, **self.world.environment)
            path.write_text(text.replace('"version"', '"virsion"'))
            run(BINARIES / "storage", "put", f"{name}.json", path, status=2, **self.world.environment)


class FormatTests(Case):
    """The examples of blobs in FORMAT.md, marked with their keys, against their readers."""

    EXAMPLE = re.compile(r"<!-- blob: (\S+) -->\n```(\w+)\n(.*?)```", re.DOTALL)

    @staticmethod
    def bytes(form, text):
        """A dump has an offset in front of each line and, after three spaces, its meaning."""
        if form == "json":
            return text.encode()
        return b"".join(bytes.fromhex(re.split(r"  +", line, maxsplit=1)[1].split("   ")[0])
                        for line in text.splitlines())

    def examples(self):
        for page in sorted(ROOT.glob("Shared/Formats/*/FORMAT.md")):
            for key, form, text in self.EXAMPLE.findall(page.read_text()):
                yield key, self.bytes(form, text)

    def problems(self, blobs):
        store = self.folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        for key, content in blobs:
            (store / key).parent.mkdir(parents=True, exist_ok=True)
            (store / key).write_bytes(content)
        text = run(BINARIES / "storage", "verify", status=None, STORAGE_URL=f"file://{store}")
        return [problem["key"] for problem in json.loads(text)["problems"]]

    def test_examples_are_read(self):
        blobs = list(self.examples())
        self.assertGreater(len(blobs), 8)
        self.assertEqual([], self.problems(blobs))

    def test_examples_of_another_version_are_refused(self):
        for key, content in self.examples():
            other = re.sub(rb'("version": ?)1\b', rb"\g<1>2", content)
            if other != content:
                with self.subTest(key):
                    self.assertEqual([key], self.problems([(key, other)]))


class AnswerTests(unittest.TestCase):
    """A running redirector, by docs/openapi.yaml."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="redirector-interface-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        world = World(folder)
        cls.addClassCleanup(world.stop)
        world.call("leader", {"tree": str(world.tree), "mirrors": f"file://{world.list}",
                              "digests": ["sha256"]})
        for name in ["checker", "builder", "status"]:
            world.call(name, "")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            cls.port = free.getsockname()[1]
        server = subprocess.Popen(
            [BINARIES / "redirector"],
            env=os.environ | world.environment | {
                "PORT": str(cls.port), "LISTEN": "127.0.0.1", "FALLBACK_URL": FALLBACK,
                "HEAD_TIMEOUT_SECONDS": "1",
            },
        )
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.kill)
        if not lab.eventually(lambda: lab.accepts(cls.port)):
            raise RuntimeError("the redirector does not start")

    def send(self, head):
        """The status, the headers and the body that are answered to some bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(head.encode())
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(": ")
            headers.setdefault(name.lower(), value)
        return first.split(" ")[1], headers, body.decode()

    def request(self, target, *fields, method="GET"):
        return self.send("\r\n".join([f"{method} {target} HTTP/1.1", "Host: localhost",
                                      "Connection: close", *fields, "", ""]))

    @staticmethod
    def resolved(part):
        while "$ref" in part:
            found = OPENAPI
            for key in part["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            part = found
        return part

    def check(self, template, answer, status):
        """Holds an answer against what the document says of a path."""
        actual, headers, body = answer
        self.assertEqual(actual, status)
        response = self.resolved(OPENAPI["paths"][template]["get"]["responses"][status])
        documented = {name.lower() for name in response.get("headers", {})}
        for name, header in response.get("headers", {}).items():
            header = self.resolved(header)
            value = headers.get(name.lower())
            if value is None:
                self.assertFalse(header.get("required"), f"{name} is not there")
            else:
                self.assertEqual([], violations(value, header["schema"], OPENAPI), name)
        for name in ["location", "link", "allow", "retry-after", "repr-digest", "digest", "etag",
                     "redirector-mirror"]:
            self.assertTrue(name not in headers or name in documented, f"{name} is not documented")
        if not body:
            return
        kind = headers["content-type"].split(";")[0]
        self.assertIn(kind, response["content"])
        if kind == "application/json":
            schema = response["content"][kind]["schema"]
            self.assertEqual([], violations(json.loads(body), schema, OPENAPI))

    def test_paths_are_redirected(self):
        for target, fields, reason in [
            ("/distfiles/layout.conf", [], None),
            ("/distfiles/layout.conf?country=fr&https=0", ["Range: bytes=1-"], None),
            ("/distfiles/4c/package-3.tar.xz?mirror=127.0.0.1-2", [], None),
            ("/distfiles/layout.conf", ["Want-Repr-Digest: sha-256=1"], None),
            ("/distfiles/none", [], "unknown-path"),
            ("/distfiles/4c/package-3.tar.xz?avoid=127.0.0.1", [], "no-mirror-up"),
        ]:
            for method in ["GET", "HEAD"]:
                with self.subTest(target, method=method):
                    answer = self.request(target, *fields, method=method)
                    self.check("/{path}", answer, "302")
                    expected = f"fallback; reason={reason}" if reason else "mirror"
                    self.assertEqual(answer[1]["redirector"], expected)

    def test_pages_are_as_documented(self):
        json_only = "Accept: application/json"
        for template, target, fields, status in [
            ("/{path}", "/distfiles/4c/package-3.tar.xz?explain", [], "200"),
            ("/{path}", "/distfiles/none?explain&country=de&avoid=x", [], "200"),
            ("/{path}", "/distfiles/4c/package-3.tar.xz?mirrorlist", [json_only], "200"),
            ("/{path}", "/distfiles/4c/package-3.tar.xz?mirrorlist", [], "200"),
            ("/{path}", "/distfiles/none?mirrorlist", [json_only], "404"),
            ("/{path}", "/distfiles/layout.conf.meta4", [], "200"),
            ("/{path}", "/distfiles/layout.conf?metalink", [], "200"),
            ("/{path}", "/distfiles/layout.conf?mirrorlist&format=apt", [], "200"),
            ("/{path}", "/distfiles/layout.conf?sha256", [], "200"),
            ("/{path}", "/distfiles/layout.conf?blake2b", [], "404"),
            ("/", "/", [], "200"),
            ("/", "/?mirrorlist", [json_only], "200"),
            ("/_/status/{name}", "/_/status/index.html", [], "200"),
            ("/_/status/{name}", "/_/status/none.html", [], "404"),
            ("/_/health", "/_/health", [], "200"),
            ("/_/ready", "/_/ready", [], "200"),
            ("/metrics", "/metrics", [], "200"),
        ]:
            with self.subTest(target):
                self.check(template, self.request(target, *fields), status)
        tag = self.request("/_/status/index.html")[1]["etag"]
        self.check("/_/status/{name}", self.request("/_/status/index.html", f"If-None-Match: {tag}"),
                   "304")

    def test_refusals_are_as_documented(self):
        host = "Host: localhost\r\nConnection: close"
        for head, status in [
            (f"GET /a%2Fb HTTP/1.1\r\n{host}\r\n\r\n", "400"),
            (f"GET /a/../b HTTP/1.1\r\n{host}\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
            (f"GET /distfiles/x HTTP/1.1\r\n{host}\r\nUser-Agent: Redirector-checker/1\r\n\r\n", "403"),
            (f"POST /x HTTP/1.1\r\n{host}\r\nContent-Length: 0\r\n\r\n", "405"),
            ("GET /x HTTP/1.1\r\n", "408"),
            (f"GET /{'x' * 30_000} HTTP/1.1\r\n{host}\r\n\r\n", "414"),
            (f"GET /x HTTP/1.1\r\n{host}\r\nExpect: none\r\n\r\n", "417"),
            (f"GET /x HTTP/1.1\r\n{host}\r\nX-Long: {'x' * 30_000}\r\n\r\n", "431"),
            (f"GET /x HTTP/2.0\r\n{host}\r\n\r\n", "505"),
        ]:
            with self.subTest(status):
                self.check("/{path}", self.send(head), status)


if __name__ == "__main__":
    unittest.main()
