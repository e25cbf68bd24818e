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
import unittest
import urllib.parse

if __name__ == "__main__" and len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
    os.environ["BINARIES"] = sys.argv.pop(1)

import guide
import lab
import sites
import support
import workflows
from support import BINARIES, EPOCH, FUNCTIONS, ROOT, TOOLS, Case, in_namespaces, \
    obstacle_to_namespaces, run

HERE = pathlib.Path(__file__).resolve().parent


class UnitTests(Case):
    """The units of systemd, as they are installed."""

    def setUp(self):
        super().setUp()
        run("Deployment/install.sh", BINARIES, "/usr", self.folder)
        self.units = sorted((self.folder / "usr/lib/systemd/system").iterdir())
        # Of the system, which a unit calls.
        shutil.copy("/usr/bin/env", self.folder / "usr/bin/env")

    def verify(self, name):
        unit = f"/usr/lib/systemd/system/{name}"
        return run("systemd-analyze", "verify", f"--root={self.folder}", "--recursive-errors=no",
                   unit, status=None)

    def test_units_are_understood(self):
        self.assertEqual(len(self.units), 14)
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
        self.assertEqual(len(services), 7)
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
        for name in ["redirector", "redirector-leader", "redirector-storage", "redirector-status",
                     "mirrors"]:
            program = self.folder / "usr/bin" / name
            self.assertRegex(run(program, "--version"), r"\d+\.\d+\.\d+")

    def test_settings_of_the_file_are_known(self):
        names = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / "Deployment/redirector.conf").read_text(),
                               re.MULTILINE))
        known = set(re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "docs/configuration.md").read_text(),
                               re.MULTILINE))
        self.assertLessEqual(names, known)
        self.assertGreater(len(names), 5)


class MonitoringTests(Case):
    """What Prometheus and Grafana are given."""

    FOLDER = ROOT / "Deployment/monitoring"

    def test_every_alert_fires_on_its_fault_alone(self):
        run("promtool", "check", "rules", self.FOLDER / "redirector.rules.yml")
        run("promtool", "test", "rules", self.FOLDER / "test.yml")

    def test_every_alert_is_tested_and_explained(self):
        rules = (self.FOLDER / "redirector.rules.yml").read_text()
        tests = (self.FOLDER / "test.yml").read_text()
        manual = (ROOT / "docs/operating.md").read_text()
        alerts = re.findall(r"- alert: (\w+)", rules)
        self.assertGreater(len(alerts), 15)
        for alert in alerts:
            self.assertIn(f"- name: {alert}\n", tests)
            self.assertIn(f"### {alert}\n", manual)
            self.assertIn(f"docs/operating.md#{alert.lower()}\n", rules)

    def test_rules_and_dashboard_ask_for_metrics_that_there_are(self):
        sources = [ROOT / "Shared/Roles/Redirector/Redirection/Report/Metrics.swift",
                   ROOT / "Shared/Roles/Status/StatusPages/MetricsText.swift"]
        known = set(re.findall(r'"(redirector_\w+)"', "".join(s.read_text() for s in sources)))
        known.add("redirector_answer_seconds_bucket")
        dashboard = (self.FOLDER / "grafana-dashboard.json").read_text()
        json.loads(dashboard)
        rules = "".join(re.findall(r"expr: (?:\|\n(?: {10}.*\n)+|.*\n)",
                                   (self.FOLDER / "redirector.rules.yml").read_text()))
        asked = set(re.findall(r"redirector_\w+", rules + dashboard))
        self.assertLessEqual(asked, known)


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
        self.assertIn("idle, exiting", activation.stderr.read())


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
        self.assertEqual(len(re.findall(r"sha256:[0-9a-f]{64}", first[1])), len(FUNCTIONS))

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
        stored = sites.Registry()
        server = sites.serve(stored)
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
        data = stored.manifest("group/storage", "1")[0]
        self.assertEqual("sha256:" + hashlib.sha256(data).hexdigest(), digest)
        manifest = json.loads(data)
        for entry in manifest["layers"] + [manifest["config"]]:
            self.assertEqual(len(stored.blobs[entry["digest"]]), entry["size"])
        count = len(stored.uploads)
        push(**credentials)
        self.assertEqual(len(stored.uploads), count)
        with self.assertRaisesRegex(AssertionError, "docker login"):
            push(DOCKER_CONFIG=str(self.folder))


class WorkflowTests(Case):
    """The workflows of GitHub, which nothing here can run."""

    def test_they_are_what_the_schema_wants(self):
        found = workflows.load()
        self.assertEqual(set(found), {"ci.yml", "release.yml"})
        for name, workflow in found.items():
            self.assertEqual(workflows.violations(workflow), [], name)

    def test_a_mistake_is_noticed(self):
        workflow = workflows.load()["ci.yml"]
        workflow["jobs"]["make"]["step"] = workflow["jobs"]["make"].pop("steps")
        self.assertNotEqual(workflows.violations(workflow), [])

    def test_actions_are_named_by_commit_because_tags_move(self):
        steps = [step for workflow in workflows.load().values() for job in workflow["jobs"].values()
                 for step in job.get("steps", []) if "uses" in step]
        self.assertGreater(len(steps), 10)
        for step in steps:
            self.assertRegex(step["uses"], r"^[\w-]+/[\w-]+@[0-9a-f]{40}$")

    def test_every_step_is_a_target_of_make(self):
        known = workflows.known_targets()
        for name, workflow in workflows.load().items():
            for job in workflow["jobs"].values():
                for variant in workflows.matrix(job):
                    values = {f"matrix.{key}": value for key, value in variant.items()}
                    values |= {"github.ref_name": "v1"}
                    for command in workflows.commands(job):
                        targets = workflows.targets(workflows.expanded(command, values))
                        self.assertTrue(targets, f"{name}: {command}")
                        self.assertLessEqual(set(targets), known, f"{name}: {command}")

    def test_a_matrix_is_what_github_makes_of_it(self):
        def runs(**matrix):
            return workflows.matrix({"strategy": {"matrix": matrix}})

        self.assertEqual(workflows.matrix({}), [{}])
        self.assertEqual(runs(include=[{"a": "1"}, {"a": "2"}]), [{"a": "1"}, {"a": "2"}])
        product = [{"a": "1", "b": "3"}, {"a": "2", "b": "3"}]
        self.assertEqual(runs(a=["1", "2"], b=["3"]), product)
        # One extends a run, one would change it and is a run of its own.
        self.assertEqual(runs(a=["1", "2"], b=["3"], include=[{"a": "2", "c": "5"}, {"a": "1", "b": "4"}]),
                         [product[0], product[1] | {"c": "5"}, {"a": "1", "b": "4"}])

    def test_ci_runs_what_a_change_has_to_pass(self):
        job = workflows.load()["ci.yml"]["jobs"]["make"]
        targets = {variant["target"] for variant in workflows.matrix(job)
                   if variant["machine"] == "ubuntu-24.04"}
        text = run("make", "--dry-run", "--print-data-base", "help", status=None)
        tests = re.search(r"^test: (.*)$", text, re.MULTILINE).group(1).split()
        self.assertEqual(targets, {"lint", "test-fuzz", *tests})

    def test_nothing_is_released_that_fails_a_test(self):
        jobs = workflows.load()["release.yml"]["jobs"]
        self.assertEqual(jobs["test"]["uses"], "./.github/workflows/ci.yml")
        self.assertIn("workflow_call", workflows.load()["ci.yml"]["on"])

        def needed(name):
            needs = jobs[name].get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            return set(needs).union(*map(needed, needs))

        for name in set(jobs) - {"test"}:
            self.assertIn("test", needed(name), name)

    def test_a_tag_is_of_the_version_that_the_changelog_has(self):
        text = run("make", "--no-print-directory", "check-tag", "TAG=v9.9.9", status=2)
        self.assertIn('the tag is "v9.9.9"', text)
        text = run("Deployment/release.sh", "check-tag", "v9.9.9", "9.9.9", status=1)
        self.assertIn('CHANGELOG.md has no section "## 9.9.9"', text)
        # What was written since has to be of the version, too.
        text = run("Deployment/release.sh", "check-tag", "v0.1.0", "0.1.0", status=1)
        self.assertIn('below "## Unreleased"', text)


class ScriptTests(Case):
    """Scripts of shells, and the ebuild."""

    def test_shellcheck_finds_nothing(self):
        scripts = ["Deployment/install.sh", "Deployment/release.sh", "Deployment/debian/make-deb.sh",
                   "Deployment/images/stage.sh", "Deployment/aws/pack.sh"]
        text = run("shellcheck", "--severity=warning", *scripts, status=None)
        self.assertEqual(text, "")
        # openrc-run gives it variables and functions, and reads those that it sets.
        text = run("shellcheck", "--shell=sh", "--severity=warning", "--exclude=SC2034,SC1091,SC3043",
                   "Deployment/openrc/redirector.initd", status=None)
        self.assertEqual(text, "")

    def test_ebuilds_are_understood(self):
        ebuilds = sorted((ROOT / "Deployment/gentoo").rglob("*.ebuild"))
        self.assertEqual(len(ebuilds), 3)
        for ebuild in ebuilds:
            run("bash", "-n", ebuild)
            # <category>/<name>/<name>-<version>.ebuild
            self.assertTrue(ebuild.name.startswith(f"{ebuild.parent.name}-"), ebuild)

    def test_the_ebuild_names_every_program(self):
        text = (ROOT / "Deployment/gentoo/net-misc/redirector/redirector-0.2.0.ebuild").read_text()
        built = re.search(r"for function in (.*); do", text).group(1).split()
        self.assertEqual(set(built), {*FUNCTIONS, "mirrors"})


class FirstPageTests(Case):
    """What a reader sees first."""

    def test_it_names_the_three_ways_within_forty_lines(self):
        page = (ROOT / "README.md").read_text().splitlines()[:40]
        for way in ["`make run`", "`make deb`", "docs/deploy-openfaas.md"]:
            self.assertTrue(any(way in line for line in page), way)

    def test_a_fresh_debian_takes_five_commands(self):
        commands = [line for line in guide.section(ROOT / "README.md", "### One machine")
                    if line.startswith("    ")]
        self.assertLessEqual(len(commands), 5)


class BusyboxTests(Case):
    """The redirector as a CGI program of busybox httpd, by the lines of docs/deploy-machine.md."""

    def setUp(self):
        super().setUp()
        tree = self.folder / "tree"
        lab.make_tree(tree)
        self.name = "distfiles/sigs.k8s.io%2Fyaml%2F@v%2Fv1.4.0.zip"
        (tree / self.name).write_bytes(b"x")
        mirror = sites.serve(sites.files(tree))
        self.addCleanup(mirror.server_close)
        self.addCleanup(mirror.shutdown)
        self.mirror = f"http://127.0.0.1:{mirror.server_port}/"
        (self.folder / "mirrors.xml").write_text(lab.mirror_list([self.mirror]))
        store = {"STORAGE_URL": f"file://{self.folder}/store", "REGION": "europe", "LOG_LEVEL": "error"}
        run(BINARIES / "leader", TREE=str(tree), MIRRORS=f"file://{self.folder}/mirrors.xml", **store)
        run(BINARIES / "checker", CHECK_MODE="probe", **store)
        run(BINARIES / "checker", **store)
        run(BINARIES / "builder", **store)
        programs = self.folder / "www/cgi-bin"
        programs.mkdir(parents=True)
        lines = [line.strip() for line in guide.section(ROOT / "docs/deploy-machine.md", "## Cron and a web server")]
        start = lines.index("# busybox httpd: /srv/www/cgi-bin/redirector")
        script = "\n".join(lines[start + 1:lines.index("", start)])
        script = script.replace("/usr/local/bin", str(BINARIES)).replace(
            "file:///var/lib/redirector", store["STORAGE_URL"])
        support.write_program(programs / "redirector", script)
        with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as probe:
            self.port = probe.server_port
        server = subprocess.Popen(
            ["busybox", "httpd", "-f", "-p", f"127.0.0.1:{self.port}", "-h", self.folder / "www"]
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.assertTrue(lab.eventually(lambda: lab.accepts(self.port)))

    def location(self, path):
        answer = run("curl", "-sSi", "--path-as-is",
                     f"http://127.0.0.1:{self.port}/cgi-bin/redirector/{path}")
        match = re.search(r"^Location: (.*?)\r?$", answer, re.MULTILINE)
        return match.group(1) if match else answer

    def test_it_redirects_and_names_with_a_literal_escape_are_found(self):
        self.assertEqual(self.location("distfiles/layout.conf"), f"{self.mirror}distfiles/layout.conf")
        encoded = self.name.replace("%", "%25")
        self.assertEqual(self.location(encoded), self.mirror + urllib.parse.quote(self.name))
        self.assertEqual(self.location("none%20such?a=b"),
                         "https://distfiles.example.org/none%20such?a=b")


class WalkTests(Case):
    """The whole way, in a world of its own."""

    def setUp(self):
        super().setUp()
        if obstacle := obstacle_to_namespaces():
            self.skipTest(obstacle)
        # Functions and daemons of other users read there.
        self.folder.chmod(0o755)

    def walk(self, script, *arguments, **variables):
        text = in_namespaces("/usr/bin/python3", HERE / script, *arguments, TMPDIR=str(self.folder),
                             **variables)
        print(f"\n{text.splitlines()[-1]}", file=sys.stderr)

    def test_the_guide_leads_from_a_clone_to_a_redirect_of_a_cluster(self):
        self.walk("walk_openfaas.py", BINARIES)

    def test_the_stand_in_of_faas_cli_leads_there_as_well(self):
        self.walk("walk_openfaas.py", BINARIES, FAAS_CLI=str(HERE / "faas-cli.py"))

    def test_a_tag_becomes_images_packages_and_a_release(self):
        self.walk("walk_release.py", BINARIES)

    def root(self):
        root = TOOLS / "debian-root.tar"
        if not root.is_file():
            self.skipTest(f"{root} is not there: make setup-tests, as root")
        return root

    def test_a_clean_debian_gets_to_a_redirect(self):
        self.walk("walk_debian.py", self.root(), BINARIES)

    def test_openrc_starts_reloads_and_stops_it(self):
        self.walk("walk_openrc.py", self.root(), TOOLS / "openrc", BINARIES)

    def test_the_ebuild_builds_and_installs(self):
        self.walk("walk_gentoo.py", TOOLS / "bin/ebuild", BINARIES)

    def test_first_answers_of_cold_starts_are_right(self):
        # What does not depend on the machine: answers, connections and requests. make
        # bench-cold-start prints the times.
        text = run("/usr/bin/python3", ROOT / "Tests/Benchmarks/cold-start-bench.py", "--check",
                   "--starts", "25", BINARIES, TMPDIR=str(self.folder))
        print(f"\n{text}", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
