#!/usr/bin/env python3
"""Walks docs/deploy-openfaas.md: every command that it gives, in its order, in a world that has what it names.

    walk_openfaas.py BINARIES [--verbose]

git, make, curl and the scripts of the project are the real ones, and faas-cli where it is installed (in PATH or
.build-tools/bin) or FAAS_CLI names it; else Tests/Deployment/faas-cli.py stands in. So is the S3 server
(SeaweedFS). Stand-ins are the gateway with its provider, which runs the images that were pushed, the registry,
and `docker login`. What the guide says that a command prints has to be printed.

Only as root, in namespaces of its own: Tests/Deployment/deployment_tests.py enters them.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import guide
import lab
import provider
import sites
from support import ROOT, TOOLS, clone, make_wrapper, write_program

GUIDE = ROOT / "docs/deploy-openfaas.md"
HERE = pathlib.Path(__file__).resolve().parent
# Of the redirectors, in the network of the gateway.
POD_ADDRESSES = ["10.77.0.9", "10.77.0.10"]
MARK = "--8<-- command"


def faas_cli():
    found = [os.environ.get("FAAS_CLI"), shutil.which("faas-cli"), TOOLS / "bin/faas-cli"]
    return next((str(path) for path in found if path and os.access(path, os.X_OK)), None)


class Walk:
    def __init__(self, folder, binaries, verbose):
        self.folder, self.binaries, self.verbose = folder, binaries, verbose
        self.lines = []
        mirrors = {"mirror-one.example.net": "127.0.0.2", "mirror-two.example.net": "127.0.0.3"}
        hosts = ["git.example.org", "github.com", "gateway.example.org", "asia.example.org",
                 "registry.example.org", "s3.example.org", "api.gentoo.org", "master.example.org",
                 "distfiles.example.org"]
        names = {name: "127.0.0.1" for name in hosts} | mirrors
        # The gateway as the functions see it: port 8080 of an address of its own, as the pods have.
        names["gateway.openfaas"] = provider.GATEWAY_ADDRESS
        tls = lab.begin(names, folder)
        subprocess.run(["ip", "address", "add", f"{provider.GATEWAY_ADDRESS}/24", "dev", "lo"],
                       check=True)
        for address in POD_ADDRESSES:
            subprocess.run(["ip", "address", "add", f"{address}/24", "dev", "lo"], check=True)
        self.bucket = lab.Bucket(folder / "bucket")
        self.master = lab.Master(self.make("master"), mirrors)
        self.registry = sites.Registry(realm="https://registry.example.org/token")
        self.gateway = self.provider("gateway", POD_ADDRESSES[0])
        self.asia = self.provider("asia", POD_ADDRESSES[1])
        watchdog = folder / "watchdog"
        # It is never run: the provider calls functions itself, by its contract.
        watchdog.write_bytes(b"\x7fELF")
        sites.serve({
            "github.com": lambda request: sites.Response(200, watchdog.read_bytes()),
            "gateway.example.org": self.gateway,
            "asia.example.org": self.asia,
            "registry.example.org": self.registry,
            "s3.example.org": sites.forward(self.bucket.port),
            "api.gentoo.org": lambda request: sites.Response(200, self.master.list.encode()),
        }, port=443, tls=tls)
        sites.serve(self.gateway, provider.GATEWAY_ADDRESS, 8080)

    def make(self, name):
        path = self.folder / name
        path.mkdir()
        return path

    def provider(self, name, address):
        return provider.Provider(self.make(name), self.registry, "registry.example.org", address,
                                 lambda line: self.note(f"    [{name}] {line}"))

    def note(self, line):
        self.lines.append(line)
        if self.verbose:
            print(line, flush=True)

    def programs(self):
        """What stands in front of PATH."""
        tools = self.make("tools")
        make_wrapper(tools)
        write_program(tools / "docker", """#!/bin/sh
# docker login REGISTRY
[ "$1" = login ] || exit 1
printf 'Username: '; read -r user
printf 'Password: '; read -r password; echo
mkdir -p "$HOME/.docker"
printf '{"auths":{"%s":{"auth":"%s"}}}' "$2" "$(printf '%s:%s' "$user" "$password" | base64)" \\
    >"$HOME/.docker/config.json"
echo 'Login Succeeded'
""")
        real = faas_cli()
        if real and real.endswith(".py"):
            real = None
        program = real or f"/usr/bin/python3 {HERE}/faas-cli.py"
        write_program(tools / "faas-cli", f'#!/bin/sh\nexec {program} "$@"\n')
        print(f"faas-cli: {real or 'Tests/Deployment/faas-cli.py stands in'}")
        return tools

    def prepare_clone(self):
        """What the reader has beside the guide, and the sources as they are here, with what was built."""
        place = self.folder / "redirector"
        clone(place, self.binaries)
        writer, reader = self.bucket.keys["writer"], self.bucket.keys["reader"]
        for name, text in {
            "gateway-password": "secret", "access-key": writer[0], "secret-key": writer[1],
            "read-access-key": reader[0], "read-secret-key": reader[1],
        }.items():
            (place / name).write_text(f"{text}\n")

    def run(self):
        """The complaints."""
        home = self.make("home")
        (home / ".gitconfig").write_text(
            f'[url "{ROOT}"]\n\tinsteadOf = https://git.example.org/redirector\n'
            "[safe]\n\tdirectory = *\n"
        )
        tools = self.programs()
        environment = {
            "HOME": str(home), "PATH": f"{tools}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8", "SSL_CERT_FILE": str(lab.AUTHORITIES),
        }
        shell = subprocess.Popen(["bash"], cwd=self.folder, env=environment, text=True, bufsize=1,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
        complaints = []
        for command in guide.commands(GUIDE):
            self.note(f"$ {command.text}")
            answers = "<<< $'user\\npass'" if command.text.startswith("docker login") else ""
            shell.stdin.write(f"{command.text} {answers}\nstatus=$?; echo; echo '{MARK}' $status\n")
            printed = ""
            for line in shell.stdout:
                if line.startswith(MARK):
                    status = int(line.split()[-1])
                    break
                printed += line
            else:
                status = "the shell ended"
            for line in printed.splitlines():
                self.note(f"  {line}")
            if status != 0:
                complaints.append(f"line {command.line}: {command.text}: exit status {status}")
                break
            if missing := command.missing(printed):
                complaints.append(f"line {command.line}: {command.text}: not printed: {missing}")
            if command.text.startswith("git clone"):
                self.prepare_clone()
            # What a call woke is done before the reader goes on.
            self.gateway.waiting.join()
        shell.stdin.close()
        shell.wait()
        return complaints

    def check(self):
        """What is to hold when the reader is through; the complaints."""
        complaints = []
        expected = {"redirector", "leader", "checker", "checker-probe", "builder", "status",
                    "housekeeping"}
        if set(self.gateway.functions) != expected:
            complaints.append(f"deployed: {sorted(self.gateway.functions)}")
        if set(self.asia.functions) != {"redirector"}:
            complaints.append(f"deployed in Asia: {sorted(self.asia.functions)}")
        path = f"/function/redirector/{self.master.file}"

        def ask(*options):
            return subprocess.run(
                ["curl", "--silent", "--show-error", "--head", *options,
                 f"https://gateway.example.org{path}"],
                text=True, capture_output=True,
            ).stdout

        answer = ask()
        if f"Location: {self.master.urls[0]}{self.master.file}" not in answer:
            complaints.append(f"not to the mirror that has the file: {answer}")
        # Trusted networks: the gateway's word about clients counts, so https is said to be https.
        answer = ask("--header", "X-Forwarded-Proto: https")
        if f"Location: https://distfiles.example.org/{self.master.file}" not in answer:
            complaints.append(f"a client by https is sent to http: {answer}")
        if "checker" not in self.gateway.calls[:self.gateway.calls.index("leader") + 2]:
            complaints.append(f"the leader did not wake the checker: {self.gateway.calls}")
        result = subprocess.run(
            ["curl", "--silent", "--show-error", "--fail-with-body", "--data", "",
             "https://gateway.example.org/function/housekeeping"],
            text=True, capture_output=True,
        )
        if result.returncode != 0:
            complaints.append(f"housekeeping: {result.stdout}{result.stderr}")
        if any("proxy not trusted" in line for line in self.lines):
            complaints.append("the redirector does not trust the gateway")
        return complaints

    def stop(self):
        for part in (self.gateway, self.asia, self.master, self.bucket):
            part.stop()


def main(arguments):
    binaries = pathlib.Path(arguments[0]).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redirector-walk-"))
    folder.chmod(0o755)
    walk = Walk(folder, binaries, "--verbose" in arguments)
    try:
        complaints = walk.run() or walk.check()
    finally:
        walk.stop()
    if complaints:
        if "--verbose" not in arguments:
            print("\n".join(walk.lines))
        print("\n".join(complaints))
        return 1
    print(f"{len(guide.commands(GUIDE))} commands of {GUIDE.relative_to(ROOT)} did what it says")
    return 0


if __name__ == "__main__":
    # Mounts end with the namespace; the folder goes when nothing is mounted in it any more.
    sys.exit(main(sys.argv[1:]))
