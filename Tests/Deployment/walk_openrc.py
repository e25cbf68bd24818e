#!/usr/bin/env python3
"""Starts, reloads and stops the redirector by OpenRC, and runs the crontab's lines.

    walk_openrc.py ROOT.TAR OPENRC BINARIES

ROOT.TAR is a clean Debian, OPENRC the folder of its openrc package, unpacked (make setup-tests). The service
script runs there under the real openrc-run. Only as root, in namespaces of its own.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import lab
from support import ROOT, write_program

SETTINGS = """FALLBACK_URL=https://distfiles.example.org/
REGION=europe
DEFAULT_REGION=europe
TREE=/srv/tree
MIRRORS=file:///srv/mirrors.xml
DRAIN_SECONDS=1
"""
# OpenRC's own program of this name is not in Debian, whose own takes other options.
STARTER = """#!/bin/bash
output=/dev/null words=()
for word; do [ "$word" = --start ] && isStart=1; done
while [ $# -gt 0 ]; do
    case $1 in
    --stdout | -1) output=$2; shift ;;
    --stderr | -2 | --wait | -w) shift ;;
    --user | -u) [ -z "$isStart" ] || words+=(--chuid "$2"); shift ;;
    --progress | -P) ;;
    *) words+=("$1") ;;
    esac
    shift
done
[ -z "$isStart" ] || exec >>"$output" 2>&1
exec /sbin/start-stop-daemon ${isStart:+--no-close} "${words[@]}"
"""


class Machine:
    def __init__(self, archive, openrc, binaries, folder):
        self.root = folder / "root"
        self.root.mkdir()
        subprocess.run(["tar", "-xf", archive, "-C", self.root], check=True)
        # Its folders are links in the root: what is there stays.
        subprocess.run(f"tar -C {openrc} -cf - . | tar -C {self.root} -xf - --keep-directory-symlink",
                       shell=True, check=True)
        subprocess.run([ROOT / "Deployment/install.sh", binaries, "/usr", self.root], check=True)
        service = self.root / "etc/init.d/redirector"
        service.write_text((ROOT / "Deployment/openrc/redirector.initd").read_text())
        service.chmod(0o755)
        (self.root / "etc/redirector/redirector.conf").write_text(SETTINGS)
        (self.root / "etc/redirector/secrets").mkdir()
        for name in ("proc", "dev"):
            subprocess.run(["mount", "--bind", f"/{name}", self.root / name], check=True)
        write_program(self.root / "lib/rc/bin/start-stop-daemon", STARTER)
        self.run("useradd --system --home-dir /var/lib/redirector redirector")
        # What OpenRC's own first step makes of a machine that it starts.
        states = ["daemons", "exclusive", "failed", "hotplugged", "inactive", "init.d", "options",
                  "scheduled", "started", "starting", "stopping", "tmp", "wasinactive"]
        folders = " ".join(f"/run/openrc/{state}" for state in states)
        self.run(f"mkdir -p {folders} && touch /run/openrc/softlevel")

    def run(self, command, check=True):
        result = subprocess.run(
            ["chroot", self.root, "sh", "-c", command], text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        )
        if check and result.returncode != 0:
            raise AssertionError(f"{command}: {result.returncode}\n{result.stdout}")
        return result.stdout

    def process(self):
        return int((self.root / "run/redirector.pid").read_text())


def cron_lines(machine):
    """The crontab's commands, each as its user, with logger in place of syslog."""
    variables = {}
    for line in (ROOT / "Deployment/openrc/redirector.cron").read_text().splitlines():
        if match := re.fullmatch(r"([A-Z_]+)=(.*)", line):
            variables[match.group(1)] = match.group(2)
        elif line and not line.startswith("#"):
            fields = line.split(maxsplit=6)
            yield fields[5], fields[6], variables


def walk(machine, master):
    complaints = []
    log = machine.root / "usr/bin/logger"
    log.unlink(missing_ok=True)
    log.write_text('#!/bin/sh\necho "$*"; cat\n')
    log.chmod(0o755)
    machine.run("mkdir -p /var/lib/redirector && chown redirector /var/lib/redirector")
    jobs = list(cron_lines(machine))
    order = ["leader", "probe", "checker", "builder", "status", "housekeeping"]
    jobs.sort(key=lambda job: order.index(job[1].rpartition("redirector-")[2]))
    for user, command, variables in jobs:
        settings = " ".join(f"{name}='{value}'" for name, value in variables.items())
        script = machine.root / "tmp/job"
        script.write_text(command + "\n")
        printed = machine.run(f"setpriv --reuid={user} --clear-groups env -i {settings} sh /tmp/job")
        print(f"{command}\n  {printed}")
        if '"error"' in printed or " error " in printed:
            complaints.append(printed)
    print(machine.run("/etc/init.d/redirector start"))
    url = f"http://127.0.0.1:8080/{master}"

    def location():
        answer = machine.run(f"curl -sSI --retry 5 --retry-connrefused --retry-delay 1 {url}")
        return re.search(r"^Location: (.*?)\r?$", answer, re.MULTILINE).group(1)

    if not location().startswith("http://mirror-one.example.net/"):
        complaints.append(f"not to a mirror: {location()}")
    first = machine.process()
    owner = machine.run(f"stat --format=%U /proc/{first}").strip()
    if owner != "redirector":
        complaints.append(f"it runs as {owner}")
    print(machine.run("/etc/init.d/redirector reload"))
    second = machine.process()
    if second == first or not location().startswith("http://mirror-one.example.net/"):
        complaints.append(f"no new process: {first} {second}")
    if not lab.eventually(lambda: not pathlib.Path(f"/proc/{first}").exists(), 20):
        complaints.append("the old process stays")
    status = machine.run("/etc/init.d/redirector status")
    if "started" not in status:
        complaints.append(f"status: {status}")
    print(machine.run("/etc/init.d/redirector stop"))
    if not lab.eventually(lambda: not pathlib.Path(f"/proc/{second}").exists(), 20):
        complaints.append("it does not stop")
        os.kill(second, signal.SIGKILL)
    return complaints


def main(arguments):
    archive, openrc, binaries = (pathlib.Path(path).resolve() for path in arguments)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redirector-openrc-"))
    folder.chmod(0o755)
    mirrors = {"mirror-one.example.net": "127.0.0.2", "mirror-two.example.net": "127.0.0.3"}
    lab.begin({"distfiles.example.org": "127.0.0.1"} | mirrors, folder)
    master_folder = folder / "master"
    master_folder.mkdir()
    master = lab.Master(master_folder, mirrors)
    complaints = ["it was not walked to the end"]
    try:
        machine = Machine(archive, openrc, binaries, folder)
        (machine.root / "etc/hosts").write_text(pathlib.Path("/etc/hosts").read_text())
        (machine.root / "srv/mirrors.xml").write_text(master.list)
        lab.make_tree(machine.root / "srv/tree")
        complaints = walk(machine, master.file)
    finally:
        log = folder / "root/var/log/redirector.log"
        if complaints and log.is_file():
            print(log.read_text())
        master.stop()
    print("\n".join(complaints) or "by OpenRC: started, handed over, stopped")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
