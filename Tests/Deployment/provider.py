"""An OpenFaaS gateway and provider with its functions, as far as a deployment meets them.

It takes what faas-cli sends, refuses what the community edition refuses, pulls images from the registry, and
runs each function in the root of its image: read-only but for /tmp, without rights, by the contract of the
classic watchdog (one process a call, 200 or 500) or, where the image has none, as a server on port 8080.
"""
import base64
import http.client
import io
import json
import os
import pathlib
import queue
import subprocess
import tarfile
import threading
import time
import urllib.parse

from sites import Response

GATEWAY_ADDRESS = "10.77.0.1"
SCALING = "com.openfaas.scale."


class Pod:
    """An image's root, mounted as the provider mounts it, for one function."""

    def __init__(self, folder, registry, service, secrets):
        self.service = service
        self.root = folder / "root"
        self.root.mkdir(parents=True)
        host, _, rest = service["image"].partition("/")
        repository, _, tag = rest.rpartition(":")
        manifest = json.loads(registry.manifest(repository, tag)[0])
        if "manifests" in manifest:
            manifest = json.loads(registry.manifest(repository, manifest["manifests"][0]["digest"])[0])
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=io.BytesIO(registry.blobs[layer["digest"]])) as archive:
                archive.extractall(self.root)
        self.config = json.loads(registry.blobs[manifest["config"]["digest"]])["config"]
        folder = self.root / "var/openfaas/secrets"
        folder.mkdir(parents=True, exist_ok=True)
        for name in service.get("secrets") or []:
            (folder / name).write_bytes(secrets[name])
        (self.root / "etc/hosts").write_text(pathlib.Path("/etc/hosts").read_text())
        for name in ("proc", "dev"):
            (self.root / name).mkdir(exist_ok=True)
        subprocess.run(
            ["sh", "-c",
             'mount --bind "$0" "$0" && mount --bind /proc "$0/proc" && mount --bind /dev "$0/dev" && '
             'mount -t tmpfs -o mode=1777 tmpfs "$0/tmp"', self.root],
            check=True,
        )
        if service.get("readOnlyRootFilesystem"):
            subprocess.run(["mount", "-o", "remount,ro,bind", self.root], check=True)

    def environment(self, more=()):
        image = dict(line.split("=", 1) for line in self.config.get("Env", []))
        given = self.service.get("envVars") or {}
        process = {"fprocess": self.service["envProcess"]} if self.service.get("envProcess") else {}
        return image | process | given | dict(more)

    def command(self, words):
        user = self.config["User"]
        return ["/usr/sbin/chroot", f"--userspec={user}", self.root, *words]

    @property
    def is_watched(self):
        return self.config.get("Cmd") == ["/usr/bin/fwatchdog"]


class Watched:
    """A function behind the classic watchdog: a process for each call."""

    def __init__(self, pod, log):
        self.pod, self.log = pod, log
        limit = pod.environment().get("max_inflight")
        self.room = threading.Semaphore(int(limit)) if limit else None

    def call(self, request, path):
        if request.method not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            return Response(405)
        if self.room and not self.room.acquire(blocking=False):
            return Response(429, b"", [("X-OpenFaaS-Internal", "faas-middleware")])
        try:
            return self.run(request, path)
        finally:
            if self.room:
                self.room.release()

    def run(self, request, path):
        more = {f"Http_{name.title().replace('-', '_')}": value
                for name, value in request.headers.items()}
        more |= {"Http_Method": request.method, "Http_Path": path,
                 "Http_Content_Length": str(len(request.body))}
        environment = self.pod.environment(more)
        limit = environment.get("exec_timeout", "").removesuffix("s")
        try:
            result = subprocess.run(
                self.pod.command(environment["fprocess"].split(" ")), env=environment,
                input=request.body, capture_output=True, timeout=float(limit) if limit else None,
            )
        except subprocess.TimeoutExpired:
            return Response(408, b"Killed process.")
        name = self.pod.service["service"]
        self.log(f"{name}: exit status {result.returncode}: {result.stdout.decode()[:2000]}")
        for line in result.stderr.decode(errors="replace").splitlines():
            self.log(f"{name}: {line}")
        type = [("Content-Type", environment.get("content_type", "text/plain"))]
        if result.returncode != 0:
            return Response(500, f"exit status {result.returncode}\n".encode() + result.stdout)
        return Response(200, result.stdout, type)


class Server:
    """A function that is a server itself, started with the first call."""

    def __init__(self, pod, address, log):
        self.pod, self.address, self.log, self.child = pod, address, log, None
        self.lock = threading.Lock()

    def start(self):
        # Each pod has an address of its own, which stands for its network.
        environment = self.pod.environment({"LISTEN": self.address})
        self.child = subprocess.Popen(
            self.pod.command(self.pod.config["Entrypoint"]), env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        threading.Thread(target=self.read_log, daemon=True).start()
        path = self.pod.service["annotations"]["com.openfaas.health.http.path"]
        for _ in range(600):
            try:
                if self.ask("GET", path, {})[0].status == 200:
                    return
            except OSError:
                time.sleep(0.05)
            if self.child.poll() is not None:
                raise RuntimeError(f"{self.pod.service['service']} ended")
        raise RuntimeError(f"{self.pod.service['service']} is not healthy")

    def read_log(self):
        for line in self.child.stderr:
            self.log(f"{self.pod.service['service']}: {line.rstrip()}")

    def ask(self, method, target, headers):
        connection = http.client.HTTPConnection(
            self.address, 8080, timeout=60, source_address=(GATEWAY_ADDRESS, 0)
        )
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        return response, response.read()

    def call(self, request, path):
        with self.lock:
            if self.child is None:
                self.start()
        # As gateway and provider do: the path is decoded and encoded anew, and the host is lost.
        query = request.target.partition("?")[2]
        target = urllib.parse.quote(path or "/") + (f"?{query}" if query else "")
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        headers.setdefault("X-Forwarded-For", f"{request.peer}:50000")
        headers["X-Forwarded-Host"] = request.headers["Host"]
        response, body = self.ask(request.method, target, headers)
        kept = [(name, value) for name, value in response.getheaders()
                if name.lower() not in ("connection", "transfer-encoding", "date")]
        return Response(response.status, body, kept)

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()


class Provider:
    """The gateway's site."""

    def __init__(self, folder, registry, registry_host, address, log, password="secret"):
        self.folder, self.registry, self.registry_host = folder, registry, registry_host
        self.address, self.log = address, log
        self.credentials = ("admin", password)
        self.secrets, self.functions, self.calls = {}, {}, []
        self.waiting = queue.Queue()
        self.locks = {}
        threading.Thread(target=self.work, daemon=True).start()

    def __call__(self, request):
        path = urllib.parse.unquote(request.path)
        if path.startswith("/function/"):
            name, slash, rest = path.removeprefix("/function/").partition("/")
            return self.invoke(name, request, slash + rest)
        if path.startswith("/async-function/") and request.method == "POST":
            name = path.removeprefix("/async-function/").partition("/")[0]
            if name not in self.functions:
                return Response(404)
            self.waiting.put((name, request))
            return Response(202, b"", [("X-Call-Id", "1")])
        if not self.is_admin(request):
            return Response(401, b"invalid credentials")
        if path == "/system/secrets" and request.method == "POST":
            secret = json.loads(request.body)
            value = secret.get("value") or ""
            self.secrets[secret["name"]] = value.encode()
            return Response(202)
        if path == "/system/functions":
            return self.manage(request)
        if path == "/system/info":
            return Response(200, json.dumps({"arch": "x86_64", "provider": {
                "provider": "faas-netes", "orchestration": "kubernetes"}}).encode())
        return Response(404)

    def is_admin(self, request):
        expected = base64.b64encode(":".join(self.credentials).encode()).decode()
        return request.headers.get("Authorization") == f"Basic {expected}"

    def manage(self, request):
        if request.method == "GET":
            listing = [
                {"name": name, "image": function["image"], "invocationCount": 0, "replicas": 1,
                 "availableReplicas": 1, "namespace": "openfaas-fn"}
                for name, (function, _) in sorted(self.functions.items())
            ]
            return Response(200, json.dumps(listing).encode(),
                            [("Content-Type", "application/json")])
        service = json.loads(request.body)
        name = service["service"]
        if request.method == "PUT" and name not in self.functions:
            return Response(404)
        if problem := self.problem(service):
            return Response(400, problem.encode())
        if request.method in ("POST", "PUT"):
            pod = Pod(self.folder / f"{name}-{len(self.calls)}-{time.monotonic_ns()}", self.registry,
                      service, self.secrets)
            kind = Watched(pod, self.log) if pod.is_watched else Server(pod, self.address, self.log)
            self.functions[name] = (service, kind)
            self.locks[name] = threading.Lock()
            return Response(202)
        return Response(405)

    def problem(self, service):
        """What the community edition has against a function."""
        for secret in service.get("secrets") or []:
            if secret not in self.secrets:
                return f"secret {secret} was not found"
        labels = service.get("labels") or {}
        if labels.get(f"{SCALING}zero") == "true":
            return "scale to zero is not available in the community edition"
        if any(name in labels for name in (f"{SCALING}target", f"{SCALING}type")):
            return "autoscaling by type is not available in the community edition"
        if any(int(labels.get(f"{SCALING}{end}", 1)) > 5 for end in ("min", "max")):
            return "more than 5 replicas are not available in the community edition"
        host, _, rest = service["image"].partition("/")
        repository, _, tag = rest.rpartition(":")
        if host != self.registry_host or not self.registry.manifest(repository, tag):
            return f"image {service['image']} is not public, or not there"
        return None

    def invoke(self, name, request, path):
        if name not in self.functions:
            return Response(404)
        function = self.functions[name][1]
        self.calls.append(name)
        if isinstance(function, Server):
            return function.call(request, path)
        # The lab's cron waits for what is called by hand, so that one run sees what the last one
        # did.
        with self.locks[name]:
            return function.call(request, path)

    def work(self):
        """The queue worker of the community edition: one call at a time."""
        while True:
            name, request = self.waiting.get()
            self.invoke(name, request, "")
            self.waiting.task_done()

    def stop(self):
        for _, function in self.functions.values():
            if isinstance(function, Server):
                function.stop()
