#!/usr/bin/env python3
"""What is installed, packaged and pushed, tried on this machine: python3 deployment_tests.py BINARIES

BINARIES is the folder of the release binaries. Nothing is installed: all of it lands in temporary folders.
"""
import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = ROOT / ".build/release"
FUNCTIONS = ["leader", "checker", "builder", "redirector", "storage"]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}


def run(*command, status=0, **variables):
    """What a program prints; it has to end with the status."""
    words = [str(word) for word in command]
    result = subprocess.run(
        words, cwd=ROOT, env=os.environ | variables, text=True, timeout=300,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    if status is not None and result.returncode != status:
        raise AssertionError(f"{' '.join(words)}: {result.returncode}\n{result.stdout}")
    return result.stdout


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="redirector-deployment-"))
        self.addCleanup(shutil.rmtree, self.folder)


class UnitTests(Case):
    """The units of systemd, as they are installed."""

    def setUp(self):
        super().setUp()
        run("Deployment/install.sh", BINARIES, "/usr", self.folder)
        self.units = sorted((self.folder / "usr/lib/systemd/system").iterdir())

    def verify(self, name):
        unit = f"/usr/lib/systemd/system/{name}"
        return run("systemd-analyze", "verify", f"--root={self.folder}", "--recursive-errors=no",
                   unit, status=None)

    def test_units_are_understood(self):
        self.assertEqual(len(self.units), 12)
        for unit in self.units:
            self.assertEqual(self.verify(unit.name), "", unit.name)
            self.assertNotIn("@", unit.read_text().replace("@system-service", "")
                             .replace("@privileged", "").replace("@resources", ""))

    def test_a_unit_with_a_mistake_is_noticed(self):
        unit = self.units[0]
        unit.write_text(unit.read_text().replace("NoNewPrivileges", "NoNewPrivilege"))
        self.assertIn("NoNewPrivilege", self.verify(unit.name))

    def test_services_are_confined(self):
        services = [unit for unit in self.units if unit.suffix == ".service"]
        self.assertEqual(len(services), 6)
        for unit in services:
            run("systemd-analyze", "security", "--offline=yes", f"--root={self.folder}",
                "--threshold=20", unit.name)

    def test_every_timer_and_socket_has_its_service(self):
        names = {unit.name for unit in self.units}
        for unit in self.units:
            if unit.suffix != ".service":
                self.assertIn(unit.with_suffix(".service").name, names)

    def test_settings_that_are_there_stay(self):
        settings = self.folder / "etc/redirector/redirector.conf"
        settings.write_text("REGION=asia\n")
        run("Deployment/install.sh", BINARIES, "/usr", self.folder)
        self.assertEqual(settings.read_text(), "REGION=asia\n")

    def test_programs_run_from_where_they_are_installed(self):
        for name in ["redirector", "redirector-leader", "redirector-storage"]:
            program = self.folder / "usr/bin" / name
            self.assertRegex(run(program, "--version"), r"\d+\.\d+\.\d+")

    def test_settings_of_the_file_are_known(self):
        names = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / "Deployment/redirector.conf").read_text(),
                               re.MULTILINE))
        known = set(re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "docs/configuration.md").read_text(),
                               re.MULTILINE))
        self.assertLessEqual(names, known)
        self.assertGreater(len(names), 5)


class SocketTests(Case):
    """A redirector that systemd starts with its socket."""

    def test_the_first_request_starts_it_and_it_ends_when_idle(self):
        with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as probe:
            port = probe.server_port
        activation = subprocess.Popen(
            ["systemd-socket-activate", "--listen", f"127.0.0.1:{port}", "-E", "REGION=europe",
             "-E", "FALLBACK_URL=https://fallback.example/", "-E", "EXIT_IDLE_SECONDS=1",
             "-E", f"STORAGE_URL=file://{self.folder}", BINARIES / "redirector"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        self.addCleanup(activation.kill)
        self.addCleanup(activation.stderr.close)
        answer = run("curl", "--silent", "--head", "--retry", "20", "--retry-connrefused",
                     "--retry-delay", "1", "--max-time", "20", f"http://127.0.0.1:{port}/file")
        self.assertIn("302 Found", answer)
        self.assertIn("https://fallback.example/file", answer)
        # It execs the redirector, which ends by itself.
        self.assertEqual(activation.wait(timeout=30), 0)
        self.assertIn("nobody asks", activation.stderr.read())


class PackageTests(Case):
    """The Debian package."""

    @classmethod
    def setUpClass(cls):
        # Two runs for all of these tests: to compress takes most of their time.
        cls.output = pathlib.Path(tempfile.mkdtemp(prefix="redirector-packages-"))
        cls.addClassCleanup(shutil.rmtree, cls.output)
        cls.packages = []
        for name in ["first", "second"]:
            (cls.output / name).mkdir()
            path = run("Deployment/debian/make-deb.sh", BINARIES, cls.output / name, "0.1.0",
                       COMPRESSION="0", **EPOCH)
            cls.packages.append(pathlib.Path(path.strip()))

    def test_two_runs_make_the_same_bytes(self):
        first, second = self.packages
        self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_lintian_finds_nothing(self):
        text = run("lintian", "--allow-root", "--fail-on", "error,warning", self.packages[0])
        self.assertNotIn(": redirector:", text)

    def test_what_is_unpacked_answers(self):
        root = self.folder / "root"
        run("dpkg-deb", "--extract", self.packages[0], root)
        self.assertIn("storage", run(root / "usr/bin/redirector-storage", "--version"))


class Registry(http.server.BaseHTTPRequestHandler):
    """As much of a registry as a push needs."""

    blobs, manifests, uploads = {}, {}, []

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def is_known(self):
        if self.headers.get("Authorization") == "Basic dXNlcjpwYXNz":
            return True
        self.body()
        self.answer(401, WWW_Authenticate='Basic realm="test"')
        return False

    def do_HEAD(self):
        if self.is_known():
            self.answer(200 if self.path.rsplit("/", 1)[1] in self.blobs else 404)

    def do_POST(self):
        if self.is_known():
            self.body()
            self.answer(202, Location=f"{self.path}1?state=x")

    def do_PUT(self):
        if not self.is_known():
            return
        data = self.body()
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        if "/manifests/" in self.path:
            self.manifests[self.path] = data
        elif self.path.endswith("state=x&digest=" + digest.replace(":", "%3A")):
            self.blobs[digest] = data
            self.uploads.append(digest)
        else:
            return self.answer(400)
        self.answer(201)

    def log_message(self, *_):
        pass


class ImageTests(Case):
    """Images that are made without Docker."""

    def setUp(self):
        super().setUp()
        self.watchdog = self.folder / "fwatchdog"
        self.watchdog.write_bytes(b"\x7fELF")
        self.stage = self.folder / "stage"

    def build(self, name, *functions):
        run("Deployment/images/stage.sh", BINARIES, self.stage, *functions, **EPOCH)
        output = self.folder / name
        text = run("python3", "Deployment/images/oci.py", "build", self.stage, output, *functions,
                   WATCHDOG=str(self.watchdog), **EPOCH)
        return output, text

    def test_two_runs_give_one_digest(self):
        first, second = self.build("first", *FUNCTIONS), self.build("second", *FUNCTIONS)
        self.assertEqual(first[1], second[1])
        self.assertEqual(len(re.findall(r"sha256:[0-9a-f]{64}", first[1])), 5)

    def test_a_layout_holds_what_its_index_names(self):
        output, _ = self.build("layouts", "builder", "redirector")
        for function in ["builder", "redirector"]:
            layout = output / function
            for blob in (layout / "blobs/sha256").iterdir():
                self.assertEqual(hashlib.sha256(blob.read_bytes()).hexdigest(), blob.name)
            names = set()
            index = json.loads((layout / "index.json").read_text())

            def read(descriptor):
                return layout / "blobs/sha256" / descriptor["digest"].split(":")[1]

            manifest = json.loads(read(index["manifests"][0]).read_text())
            for layer in manifest["layers"]:
                with tarfile.open(read(layer)) as archive:
                    names.update(archive.getnames())
                    archive.extractall(self.folder / function)
            self.assertIn(f"usr/local/bin/{function}", names)
            self.assertEqual("usr/bin/fwatchdog" in names, function == "builder")
            config = json.loads(read(manifest["config"]).read_text())
            self.assertEqual(config["config"]["User"], "12000:12000")
        if os.geteuid() == 0:
            # In the root that was unpacked there is nothing else to lean on.
            text = run("chroot", self.folder / "builder", "/usr/local/bin/builder", status=1)
            self.assertIn("there is no catalog yet", text)

    def test_a_library_that_is_missing_is_an_error(self):
        fake = self.folder / "bin/ldd"
        fake.parent.mkdir()
        fake.write_text("#!/bin/sh\nprintf '\\tlibxml2.so.2 => not found\\n'\n")
        fake.chmod(0o755)
        text = run("Deployment/images/stage.sh", BINARIES, self.stage, "leader", status=1,
                   PATH=f"{fake.parent}:{os.environ['PATH']}")
        self.assertIn("libxml2.so.2", text)

    def test_the_watchdog_is_asked_for(self):
        run("Deployment/images/stage.sh", BINARIES, self.stage, "builder", **EPOCH)
        text = run("python3", "Deployment/images/oci.py", "build", self.stage, self.folder / "x",
                   "builder", status=1, WATCHDOG="")
        self.assertIn("WATCHDOG: expected the file", text)

    def test_a_registry_is_asked_for(self):
        for target in ["push", "deploy", "docker-images", "docker-push"]:
            text = run("make", "--no-print-directory", target, "REGISTRY=", status=2)
            self.assertIn("REGISTRY: expected the registry", text)

    def test_a_push_sends_what_the_registry_lacks(self):
        output, text = self.build("pushed", "storage")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        registry = f"127.0.0.1:{server.server_port}/group"

        def push(**variables):
            return run("python3", "Deployment/images/oci.py", "push", output, registry, "1",
                       "storage", **variables)

        credentials = {"REGISTRY_USER": "user", "REGISTRY_PASSWORD": "pass"}
        printed = push(**credentials)
        digest = re.search(r"sha256:[0-9a-f]{64}", text).group()
        self.assertEqual(printed.strip(), f"{registry}/storage:1@{digest}")
        data = Registry.manifests["/v2/group/storage/manifests/1"]
        self.assertEqual("sha256:" + hashlib.sha256(data).hexdigest(), digest)
        manifest = json.loads(data)
        for entry in manifest["layers"] + [manifest["config"]]:
            self.assertEqual(len(Registry.blobs[entry["digest"]]), entry["size"])
        count = len(Registry.uploads)
        push(**credentials)
        self.assertEqual(len(Registry.uploads), count)
        with self.assertRaisesRegex(AssertionError, "docker login"):
            push(DOCKER_CONFIG=str(self.folder))


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        BINARIES = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
