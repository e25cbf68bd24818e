#!/usr/bin/env python3
"""Walks from a clean Debian to a redirect: the package, systemd, the README's commands.

    walk_debian.py ROOT.TAR BINARIES

ROOT.TAR is a root that debootstrap made (make setup-tests). systemd runs in it as in a container, with the units
of the package, the mirrors are checked, and the redirector is started by its socket. Only as root, in namespaces
of its own: Tests/Deployment/deployment_tests.py enters them.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import guide
import lab
from support import ROOT

README = ROOT / "README.md"
MIRRORS = {"mirror-one.example.net": "127.0.0.2", "mirror-two.example.net": "127.0.0.3"}
UNITS = ["leader", "probe", "checker", "builder", "status", "housekeeping"]


class Machine:
    """A root with systemd in it."""

    def __init__(self, archive, folder):
        self.root = folder / "root"
        self.root.mkdir()
        subprocess.run(["tar", "--extract", "--file", archive, "--directory", self.root], check=True)
        (self.root / "etc/hosts").write_text(pathlib.Path("/etc/hosts").read_text())
        (self.root / "etc/machine-id").write_text("")
        # As a container's manager mounts them.
        script = """
            mount --bind "$0" "$0"
            mount -t proc proc "$0/proc"
            mount -t sysfs sysfs "$0/sys" || mount --rbind /sys "$0/sys"
            mount -t tmpfs tmpfs "$0/run"
            mount --rbind /dev "$0/dev"
            umount -l "$0/sys/fs/cgroup" 2>/dev/null
            mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup" || exit 1
            # In a chroot nobody may make a namespace of users, which the units ask for.
            mkdir "$0/before" && cd "$0" && pivot_root . before && umount -l /before
            exec /lib/systemd/systemd --system --log-target=console systemd.unit=multi-user.target
        """
        self.log = open(folder / "console", "w")
        # It sees no process of the machine's, and its groups of processes are its own.
        self.manager = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--uts", "--ipc",
             "--propagation", "private", "sh", "-c", script, self.root],
            env={"container": "test", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        self.init = None
        if not lab.eventually(lambda: self.state() in ("running", "degraded"), 120):
            self.stop()
            raise RuntimeError(f"systemd does not come up: {self.console()[-3000:]}")

    def console(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def state(self):
        children = pathlib.Path(f"/proc/{self.manager.pid}/task/{self.manager.pid}/children")
        try:
            self.init = children.read_text().split()[0]
            return self.run("systemctl is-system-running", check=False).strip()
        except (OSError, IndexError):
            return "starting"

    def run(self, command, check=True):
        """What a command prints inside."""
        result = subprocess.run(
            ["nsenter", f"--target={self.init}", "--mount", "--pid", "--uts", "--ipc", "--cgroup",
             "--net", "--root", "--wd", "--", "bash", "-c", command],
            env={"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                 "DEBIAN_FRONTEND": "noninteractive"},
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=300,
        )
        if check and result.returncode != 0:
            raise AssertionError(f"{command}: {result.returncode}\n{result.stdout}")
        return result.stdout

    def stop(self):
        # With the first process of a namespace all of them end.
        if self.init:
            os.kill(int(self.init), signal.SIGKILL)
        self.manager.kill()
        self.manager.wait()
        self.log.close()


def commands():
    """The README's, without what a person does: to build, and to write settings down."""
    lines = [line.strip() for line in guide.section(README, "### One machine")
             if line.startswith("    ")]
    if len(lines) > 5:
        raise AssertionError(f"more than 5 commands to the first redirect: {lines}")
    return lines


def walk(machine, master, package):
    complaints = []
    shutil.copy(package, machine.root / "root")
    for number, command in enumerate(commands()):
        if command.startswith("make deb"):
            # The package is made; what apt would fetch for it has to be in the root already.
            command = f"dpkg --install /root/{package.name}"
        elif command.startswith("sudoedit"):
            (machine.root / "etc/redirector/redirector.conf").write_text(
                "FALLBACK_URL=https://distfiles.example.org/\nREGION=europe\nDEFAULT_REGION=europe\n"
                f"RSYNC=rsync://127.0.0.1/distfiles/\nMIRRORS=file:///srv/mirrors.xml\n"
                "RECHECK_AFTER_SECONDS=0\n"
            )
            (machine.root / "srv/mirrors.xml").write_text(master.list)
            continue
        command = re.sub(r"\bsudo ", "", command)
        print(f"$ {command}")
        printed = machine.run(command)
        print(printed)
    if "302 Found" not in printed or f"Location: {master.urls[0]}{master.file}" not in printed:
        complaints.append(f"not to the mirror that has the file: {printed}")
    # Asked for as the other mirror lacks it, and where all have it, of either.
    timers = machine.run("systemctl list-timers --all --no-legend --no-pager")
    for name in UNITS:
        if f"redirector-{name}.timer" not in timers:
            complaints.append(f"no timer of {name}: {timers}")
        result = machine.run(f"systemctl show --property=Result redirector-{name}.service").strip()
        if result != "Result=success":
            complaints.append(f"{name}: {result}")
    failed = machine.run("systemctl --failed --no-legend --no-pager | grep redirector", check=False)
    if failed:
        complaints.append(f"failed: {failed}")
    # Nothing runs as root, and the state is the user's alone.
    process = machine.run("systemctl show --property=MainPID --value redirector.service").strip()
    owner = machine.run(f"stat --format=%U /proc/{process}").strip()
    if owner != "redirector":
        complaints.append(f"it runs as {owner}")
    state = machine.run("stat --format='%U %a' /var/lib/redirector").strip()
    if state != "redirector 750":
        complaints.append(f"the state is {state}")
    # An update: the port stays open, and the next request is answered by the new process.
    machine.run(f"dpkg --install /root/{package.name}")
    answer = machine.run(f"curl -sSI http://localhost:8080/{master.file}")
    after = machine.run("systemctl show --property=MainPID --value redirector.service").strip()
    if "302 Found" not in answer or process == after:
        complaints.append(f"an update: {process} {after} {answer}")
    machine.run("dpkg --purge redirector")
    left = machine.run("ls -d /etc/redirector /usr/lib/redirector /var/cache/redirector", check=False)
    if any(line.startswith("/") for line in left.splitlines()):
        complaints.append(f"left after a purge: {left}")
    listening = machine.run("curl -sSI http://localhost:8080/", check=False)
    if "HTTP/" in listening:
        complaints.append("the port is open after a purge")
    return complaints


def main(arguments):
    archive, binaries = (pathlib.Path(path).resolve() for path in arguments)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redirector-debian-"))
    folder.chmod(0o755)
    lab.begin({"distfiles.example.org": "127.0.0.1"} | MIRRORS, folder)
    printed = subprocess.run(
        [ROOT / "Deployment/debian/make-deb.sh", binaries, folder, "0.1.0"],
        env=os.environ | {"COMPRESSION": "0"}, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    package = pathlib.Path(printed.strip())
    master_folder = folder / "master"
    master_folder.mkdir()
    master = lab.Master(master_folder, MIRRORS)
    machine = Machine(archive, folder)
    try:
        complaints = ["it was not walked to the end"]
        complaints = walk(machine, master, package)
    finally:
        if complaints:
            print(machine.run("systemctl status --no-pager --lines=40 'redirector*';"
                          " journalctl --no-pager --lines=60", check=False))
        machine.stop()
        master.stop()
    print("\n".join(complaints) or "from a clean Debian to a redirect")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
