"""A small world in a network of its own: names, certificates, an S3 server, a master and mirrors.

Only in namespaces that the caller entered (support.in_namespaces): it mounts its own /etc/hosts and its own
authorities, and listens on ports 80, 443 and 873.
"""
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import sites
from support import TOOLS

AUTHORITIES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")


def eventually(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def accepts(port, address="127.0.0.1"):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def begin(names, folder):
    """Gives `names` addresses of this machine, and this machine a certificate for them that it trusts."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    hosts = folder / "hosts"
    lines = ["127.0.0.1 localhost"] + [f"{address} {name}" for name, address in names.items()]
    hosts.write_text("\n".join(lines) + "\n")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    alternatives = ",".join(f"DNS:{name}" for name in names)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=lab", "-addext", f"subjectAltName={alternatives}",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    authorities = folder / "authorities.pem"
    authorities.write_text(AUTHORITIES.read_text() + certificate.read_text())
    for own, place in [(hosts, "/etc/hosts"), (authorities, AUTHORITIES)]:
        subprocess.run(["mount", "--bind", own, place], check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Bucket:
    """SeaweedFS with a bucket, whose keys are those of a writer and of a reader."""

    name = "redirector"
    keys = {"writer": ("WRITER", "secret+of/the=writer"), "reader": ("READER", "secret+of/the=reader")}

    def __init__(self, folder, address="127.0.0.1"):
        self.folder = folder
        folder.mkdir()
        found = [os.environ.get("WEED"), TOOLS / "bin/weed", shutil.which("weed")]
        weed = next((path for path in found if path and os.access(path, os.X_OK)), None)
        if weed is None:
            raise RuntimeError("the program weed is not here: make setup-tests")
        ports = []
        while len(ports) < 8:
            with socket.socket() as probe:
                probe.bind((address, 0))
                port = probe.getsockname()[1]
            if port not in ports and port < 55000:
                ports.append(port)
        self.port = ports[0]
        actions = {"writer": ["Admin", "Read", "Write", "List"], "reader": ["Read", "List"]}
        (folder / "s3.json").write_text(json.dumps({"identities": [
            {"name": name, "actions": actions[name],
             "credentials": [{"accessKey": access, "secretKey": secret}]}
            for name, (access, secret) in self.keys.items()
        ]}))
        (folder / "volumes").mkdir()
        self.log = open(folder / "log", "w+")
        self.child = subprocess.Popen(
            [weed, "server", f"-ip={address}", f"-ip.bind={address}", f"-dir={folder}/volumes",
             f"-master.port={ports[1]}", f"-master.port.grpc={ports[2]}",
             f"-volume.port={ports[3]}", f"-volume.port.grpc={ports[4]}",
             f"-filer.port={ports[5]}", f"-filer.port.grpc={ports[6]}",
             "-master.volumeSizeLimitMB=64", "-volume.max=100", "-s3", f"-s3.port={self.port}",
             f"-s3.port.grpc={ports[7]}", "-s3.iam=false", "-s3.autoCreateBucket=false",
             "-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={folder}/s3.json"],
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        filer, s3 = f"http://{address}:{ports[5]}", f"http://{address}:{self.port}"

        def is_ready():
            try:
                request = urllib.request.Request(f"{filer}/buckets/{self.name}/", method="POST")
                urllib.request.urlopen(request, timeout=5).close()
            except urllib.error.HTTPError as error:
                if error.code != 409:
                    return False
            except OSError:
                return False
            try:
                urllib.request.urlopen(f"{s3}/{self.name}/none", timeout=5).close()
            except urllib.error.HTTPError as error:
                # To strangers it says that they may not look, or that there is nothing.
                return error.code in (403, 404)
            except OSError:
                return False
            return False

        if not eventually(is_ready):
            self.stop()
            raise RuntimeError(f"SeaweedFS does not start: {(folder / 'log').read_text()[-2000:]}")

    @classmethod
    def environment(cls, role, endpoint):
        access, secret = cls.keys[role]
        return {
            "STORAGE_URL": f"s3://{cls.name}", "S3_REGION": "us-east-1", "S3_ENDPOINT": endpoint,
            "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret,
        }

    def stop(self):
        self.child.kill()
        self.child.wait()
        self.log.close()


def make_tree(root):
    """A small master tree, and what is asked for of it."""
    (root / "distfiles/4c").mkdir(parents=True)
    (root / "distfiles/layout.conf").write_text("[structure]\n0=filename-hash BLAKE2B 8\n")
    for number in range(20):
        (root / f"distfiles/4c/package-{number}.tar.xz").write_bytes(b"x" * (number + 1))
    return "distfiles/layout.conf"


def mirror_list(urls):
    """A list in the shape of Gentoo's distfiles.xml."""
    text = '<?xml version="1.0" encoding="utf-8"?>\n<mirrors>\n'
    for number, url in enumerate(urls):
        text += (
            '<mirrorgroup region="Europe" country="DE" countryname="Germany"><mirror>'
            f"<name>Mirror {number}</name>"
            f'<uri protocol="http" ipv4="y" ipv6="n" partial="n">{url}</uri></mirror></mirrorgroup>\n'
        )
    return text + "</mirrors>\n"


class Master:
    """The master's rsync daemon, and mirrors of its tree."""

    def __init__(self, folder, addresses):
        """`addresses` are those of the mirrors, by their names; the last one lacks what is asked for."""
        self.tree = folder / "tree"
        self.file = make_tree(self.tree)
        (folder / "rsyncd.conf").write_text(
            f"use chroot = no\n[distfiles]\npath = {self.tree}\nread only = yes\n"
        )
        folder.chmod(0o755)
        self.daemon = subprocess.Popen(
            ["rsync", "--daemon", "--no-detach", "--address=127.0.0.1",
             f"--config={folder}/rsyncd.conf"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.urls = []
        for name, address in addresses.items():
            copy = folder / name
            shutil.copytree(self.tree, copy / "gentoo")
            sites.serve(sites.files(copy), address, 80)
            self.urls.append(f"http://{name}/gentoo/")
        (copy / "gentoo" / self.file).unlink()
        if not eventually(lambda: accepts(873)):
            raise RuntimeError("the rsync daemon does not start")

    @property
    def list(self):
        return mirror_list(self.urls)

    def stop(self):
        self.daemon.kill()
        self.daemon.wait()
