#!/usr/bin/env python3
"""Makes container images without Docker, and pushes them: OCI layouts out of what "make stage" made.

    oci.py build STAGE OUTPUT FUNCTION...
    oci.py push OUTPUT REGISTRY TAG FUNCTION...
    oci.py index REGISTRY TAG ARCHITECTURE,ARCHITECTURE FUNCTION...

build writes OUTPUT/FUNCTION, a layout of the OCI image specification 1.1 that skopeo, crane, podman and
"push" read, and prints each image's digest. The same stage gives the same digest: names are sorted,
times are SOURCE_DATE_EPOCH, owners are root. Of the environment: VERSION, REVISION and SOURCE_URL for
the labels, ARCHITECTURE (this machine's), and WATCHDOG, the file of OpenFaaS's classic watchdog, which all
functions need but redirector.

push sends it to a registry by the distribution specification, with the credentials that "docker login"
keeps, or REGISTRY_USER and REGISTRY_PASSWORD. index makes one image TAG of those that were pushed as
TAG-ARCHITECTURE. Where GITHUB_OUTPUT names a file, it hands two outputs on: digests, of those images by
function, and images, the digests of what they are made of by FUNCTION-ARCHITECTURE.

Nothing but Python's own library is needed.
"""
import base64
import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import platform
import re
import sys
import tarfile
import urllib.error
import urllib.parse
import urllib.request

WATCHDOG_ADVICE = (
    "WATCHDOG: expected the file of OpenFaaS's classic watchdog, which %s is called by: "
    "https://github.com/openfaas/classic-watchdog/releases/download/0.3.9/fwatchdog-amd64"
)
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
INDEX = "application/vnd.oci.image.index.v1+json"
# What the functions that the watchdog calls run, and what they are.
PROCESSES = {
    "leader": "/usr/local/bin/leader",
    "checker": "/usr/local/bin/checker",
    "builder": "/usr/local/bin/builder",
    "status": "/usr/local/bin/status",
    "storage": "/usr/local/bin/storage clean --days 2",
}
TITLES = {
    "leader": "Publishes the tree that mirrors carry, and their list",
    "checker": "Compares mirrors with the catalog",
    "builder": "Makes the region maps",
    "redirector": "Sends every download to a mirror that has the file",
    "status": "Makes the pages about the mirrors",
    "storage": "Lists, checks, copies and cleans what is in storage",
}


class Failure(Exception):
    """Something that the caller can put right."""


def epoch():
    return int(os.environ.get("SOURCE_DATE_EPOCH") or 0)


def architecture():
    known = {"x86_64": "amd64", "aarch64": "arm64"}
    return os.environ.get("ARCHITECTURE") or known.get(platform.machine(), platform.machine())


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def encoded(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


class Layout:
    """A folder of blobs by their digests, with one image in its index."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.blobs = self.folder / "blobs" / "sha256"

    def add(self, data, media_type):
        """Writes a blob, and returns its descriptor."""
        self.blobs.mkdir(parents=True, exist_ok=True)
        name = digest(data)
        (self.blobs / name.removeprefix("sha256:")).write_bytes(data)
        return {"mediaType": media_type, "digest": name, "size": len(data)}

    def read(self, descriptor):
        data = (self.blobs / descriptor["digest"].removeprefix("sha256:")).read_bytes()
        if digest(data) != descriptor["digest"]:
            raise Failure(f"{self.folder}: {descriptor['digest']} is damaged: make images")
        return data

    def manifest(self):
        """The descriptor of the image."""
        try:
            index = json.loads((self.folder / "index.json").read_text())
        except FileNotFoundError:
            raise Failure(f"{self.folder} is no image: make images") from None
        return index["manifests"][0]


def layer(entries):
    """The bytes of a layer, packed and unpacked; entries are names with a file, or None for a folder."""
    unpacked = io.BytesIO()
    with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, (path, mode) in sorted(entries.items()):
            info = tarfile.TarInfo(name)
            info.mtime, info.mode = epoch(), mode
            if path is None:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            else:
                data = path.read_bytes()
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=6, mtime=0) as stream:
        stream.write(unpacked.getvalue())
    return packed.getvalue(), unpacked.getvalue()


def staged(root):
    """The entries of a staged root."""
    if not root.is_dir():
        raise Failure(f"{root} is not there: make stage")
    entries = {}
    for path in root.rglob("*"):
        mode = path.stat().st_mode & 0o7777
        entries[str(path.relative_to(root))] = (None if path.is_dir() else path, mode)
    return entries


def watchdog(function):
    path = os.environ.get("WATCHDOG")
    if not path or not pathlib.Path(path).is_file():
        raise Failure(WATCHDOG_ADVICE % function)
    folders = {"usr": (None, 0o755), "usr/bin": (None, 0o755)}
    return folders | {"usr/bin/fwatchdog": (pathlib.Path(path), 0o755)}


def configuration(function):
    """How the container runs."""
    labels = {
        "org.opencontainers.image.title": function,
        "org.opencontainers.image.description": TITLES[function],
        "org.opencontainers.image.licenses": "MIT",
        "org.opencontainers.image.version": os.environ.get("VERSION", ""),
        "org.opencontainers.image.revision": os.environ.get("REVISION", ""),
        "org.opencontainers.image.source": os.environ.get("SOURCE_URL", ""),
    }
    result = {
        "User": "12000:12000",
        "Env": ["PATH=/usr/local/bin"],
        "ExposedPorts": {"8080/tcp": {}},
        "Labels": {name: value for name, value in labels.items() if value},
    }
    if function in PROCESSES:
        result["Env"] += [
            "CALLED_BY=gateway", "combine_output=false", "content_type=application/json",
            f"fprocess={PROCESSES[function]}", "healthcheck_interval=2s",
        ]
        result["Cmd"] = ["/usr/bin/fwatchdog"]
    else:
        result["Entrypoint"] = [f"/usr/local/bin/{function}"]
    return result


def build(stage, output, functions):
    for function in functions:
        if function not in TITLES:
            raise Failure(f"{function} is no function: {', '.join(sorted(TITLES))}")
        layers = [staged(pathlib.Path(stage) / function)]
        if function in PROCESSES:
            layers.append(watchdog(function))
        layout = Layout(pathlib.Path(output) / function)
        descriptors, differences = [], []
        for entries in layers:
            packed, unpacked = layer(entries)
            descriptors.append(layout.add(packed, LAYER))
            differences.append(digest(unpacked))
        created = datetime.datetime.fromtimestamp(epoch(), datetime.timezone.utc)
        created = created.strftime("%Y-%m-%dT%H:%M:%SZ")
        config = layout.add(
            encoded({
                "architecture": architecture(), "os": "linux", "created": created,
                "config": configuration(function),
                "rootfs": {"type": "layers", "diff_ids": differences},
                "history": [{"created": created, "created_by": "make images"}] * len(layers),
            }),
            CONFIG,
        )
        manifest = layout.add(
            encoded({
                "schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                "layers": descriptors,
            }),
            MANIFEST,
        )
        platform = {"architecture": architecture(), "os": "linux"}
        index = {
            "schemaVersion": 2, "mediaType": INDEX,
            "manifests": [manifest | {"platform": platform}],
        }
        (layout.folder / "index.json").write_bytes(encoded(index))
        (layout.folder / "oci-layout").write_bytes(encoded({"imageLayoutVersion": "1.0.0"}))
        wanted = {entry["digest"].removeprefix("sha256:") for entry in descriptors + [config, manifest]}
        for blob in layout.blobs.iterdir():
            if blob.name not in wanted:
                blob.unlink()
        size = sum(entry["size"] for entry in descriptors)
        print(f"{function} {manifest['digest']} {size // 1024} KiB packed")


class Registry:
    """A repository on a registry, by the OCI distribution specification."""

    def __init__(self, host, repository):
        # As Docker has it: this machine's own registries speak http.
        name = host.split(":")[0]
        scheme = "http" if name in ("localhost", "127.0.0.1") else "https"
        self.host = host
        self.base = f"{scheme}://{host}/v2/{repository}"
        self.authorization = None

    def send(self, method, url, data=None, headers=None):
        """The response to a request, after proving who asks where the registry wants that."""
        for attempt in (1, 2):
            request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
            if self.authorization:
                request.add_header("Authorization", self.authorization)
            try:
                return urllib.request.urlopen(request, timeout=300)
            except urllib.error.HTTPError as error:
                if error.code == 404 and method == "HEAD":
                    return None
                if error.code == 401 and attempt == 1:
                    self.authorization = self.answer(error.headers.get("WWW-Authenticate", ""))
                    continue
                text = error.read(2000).decode(errors="replace")
                raise Failure(f"{method} {url}: {error.code} {error.reason}: {text}") from None
            except urllib.error.URLError as error:
                raise Failure(f"{method} {url}: {error.reason}") from None
        raise Failure(f"{self.host} refuses the credentials: docker login {self.host}")

    def answer(self, challenge):
        """What to send to a registry that asks who is there."""
        basic = self.credentials()
        if not challenge.lower().startswith("bearer "):
            if not basic:
                raise Failure(f"{self.host} wants credentials: docker login {self.host}")
            return basic
        fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        query = {name: fields[name] for name in ("service", "scope") if name in fields}
        url = f"{fields.get('realm', '')}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, headers={"Authorization": basic} if basic else {})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answer = json.load(response)
        except (urllib.error.URLError, ValueError) as error:
            raise Failure(f"{url}: {error}: docker login {self.host}") from None
        return f"Bearer {answer.get('token') or answer.get('access_token')}"

    def credentials(self):
        user, password = os.environ.get("REGISTRY_USER"), os.environ.get("REGISTRY_PASSWORD")
        if user and password:
            return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        folder = os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
        try:
            known = json.loads((pathlib.Path(folder) / "config.json").read_text())["auths"]
        except (OSError, ValueError, KeyError):
            return None
        return "Basic " + known[self.host]["auth"] if known.get(self.host, {}).get("auth") else None

    def put_blob(self, descriptor, data):
        if self.send("HEAD", f"{self.base}/blobs/{descriptor['digest']}"):
            return
        with self.send("POST", f"{self.base}/blobs/uploads/", b"") as response:
            place = urllib.parse.urljoin(response.url, response.headers["Location"])
        separator = "&" if "?" in place else "?"
        url = f"{place}{separator}digest={urllib.parse.quote(descriptor['digest'])}"
        self.send("PUT", url, data, {"Content-Type": "application/octet-stream"}).close()

    def put_manifest(self, tag, data, media_type=MANIFEST):
        url = f"{self.base}/manifests/{tag}"
        self.send("PUT", url, data, {"Content-Type": media_type}).close()

    def manifest(self, tag):
        with self.send("GET", f"{self.base}/manifests/{tag}", headers={"Accept": MANIFEST}) as answer:
            return answer.read()


def repository(registry, function):
    """Where a function's images are; repositories are of lower case, owners on GitHub need not be."""
    host, _, path = registry.lower().partition("/")
    return Registry(host, f"{path}/{function}" if path else function)


def push(output, registry, tag, functions):
    for function in functions:
        layout = Layout(pathlib.Path(output) / function)
        remote = repository(registry, function)
        descriptor = layout.manifest()
        manifest = json.loads(layout.read(descriptor))
        for entry in manifest["layers"] + [manifest["config"]]:
            remote.put_blob(entry, layout.read(entry))
        remote.put_manifest(tag, layout.read(descriptor))
        print(f"{registry}/{function}:{tag}@{descriptor['digest']}")


def index(registry, tag, architectures, functions):
    digests = {}
    images = {}
    for function in functions:
        remote = repository(registry, function)
        entries = []
        for name in architectures.split(","):
            data = remote.manifest(f"{tag}-{name}")
            images[f"{function}-{name}"] = digest(data)
            entries.append({
                "mediaType": MANIFEST, "digest": digest(data), "size": len(data),
                "platform": {"architecture": name, "os": "linux"},
            })
        data = encoded({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
        remote.put_manifest(tag, data, INDEX)
        digests[function] = digest(data)
        print(f"{registry}/{function}:{tag}@{digests[function]}")
    if os.environ.get("GITHUB_OUTPUT"):
        with open(os.environ["GITHUB_OUTPUT"], "a") as output:
            output.write(f"digests={json.dumps(digests)}\nimages={json.dumps(images)}\n")


def main(arguments):
    if arguments[:1] in (["--help"], ["-h"]):
        print(__doc__.strip())
    elif arguments[:1] == ["build"] and len(arguments) > 3:
        build(arguments[1], arguments[2], arguments[3:])
    elif arguments[:1] == ["push"] and len(arguments) > 4:
        push(arguments[1], arguments[2], arguments[3], arguments[4:])
    elif arguments[:1] == ["index"] and len(arguments) > 4:
        index(arguments[1], arguments[2], arguments[3], arguments[4:])
    else:
        raise Failure("the arguments are not understood: see --help")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        print(f"oci.py: {failure}", file=sys.stderr)
        sys.exit(1)
