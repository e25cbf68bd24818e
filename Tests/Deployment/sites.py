"""Web servers of the tests: a site answers requests, and a port has sites by their host names."""
import base64
import dataclasses
import hashlib
import http.client
import http.server
import json
import re
import ssl
import sys
import threading
import traceback
import urllib.parse


@dataclasses.dataclass
class Request:
    method: str
    # As the client wrote it.
    target: str
    headers: http.client.HTTPMessage
    body: bytes
    peer: str

    @property
    def path(self):
        return self.target.split("?")[0]

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.target).query))


@dataclasses.dataclass
class Response:
    status: int
    body: bytes = b""
    headers: list = dataclasses.field(default_factory=list)


def serve(sites, address="127.0.0.1", port=0, tls=None):
    """A server of the sites, a function or a table of them by host name; a site returns a response."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            request = Request(self.command, self.path, self.headers, self.read_body(),
                              self.client_address[0])
            site = sites
            if isinstance(sites, dict):
                site = sites.get((self.headers.get("Host") or "").split(":")[0])
            response = site(request) if site else Response(421, b"no such host here\n")
            self.send_response(response.status)
            for name, value in response.headers:
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name, _ in response.headers):
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

        def read_body(self):
            if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, request, client_address):
            # A client that goes is none.
            if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
                traceback.print_exc()

    server = Server((address, port), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def files(root):
    """A site of a folder's files, as a mirror serves them."""

    def answer(request):
        path = (root / urllib.parse.unquote(request.path).lstrip("/")).resolve()
        if not path.is_relative_to(root.resolve()) or not path.is_file():
            return Response(404, b"not found\n")
        return Response(200, path.read_bytes())

    return answer


def forward(port):
    """A site behind: what comes goes to the port of this machine as it is."""

    def answer(request):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.putrequest(request.method, request.target, skip_host=True,
                                  skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name.lower() not in ("connection", "content-length", "transfer-encoding", "expect"):
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        headers = [
            (name, value) for name, value in response.getheaders()
            if name.lower() not in ("connection", "transfer-encoding", "date", "server")
        ]
        return Response(response.status, body, headers)

    return answer


class Registry:
    """As much of a registry as images need: everybody pulls, and who has the password pushes.

    `realm` is where it has tokens given out; without one it takes the password itself.
    """

    credentials = "Basic " + base64.b64encode(b"user:pass").decode()

    def __init__(self, realm=None):
        self.realm = realm
        # By digest; manifests by repository and then by tag or digest.
        self.blobs, self.manifests, self.uploads = {}, {}, []

    def manifest(self, repository, reference):
        """The bytes and the media type of a manifest, or None."""
        return self.manifests.get(repository, {}).get(reference)

    def __call__(self, request):
        if request.path == "/token":
            if request.headers.get("Authorization") != self.credentials:
                return Response(401)
            return Response(200, json.dumps({"token": "granted"}).encode())
        match = re.fullmatch(r"/v2/(.+)/(manifests|blobs|blobs/uploads)/([^/]*)", request.path)
        if not match:
            return Response(404)
        repository, kind, reference = match.groups()
        if request.method in ("GET", "HEAD"):
            return self.pull(kind, repository, reference)
        wanted = "Bearer granted" if self.realm else self.credentials
        if request.headers.get("Authorization") != wanted:
            challenge = f'Bearer realm="{self.realm}",service="registry",scope="push"'
            return Response(401, b"", [
                ("WWW-Authenticate", challenge if self.realm else 'Basic realm="test"'),
            ])
        return self.push(request, kind, repository, reference)

    def pull(self, kind, repository, reference):
        if kind == "blobs" and reference in self.blobs:
            return Response(200, self.blobs[reference])
        if kind == "manifests" and (found := self.manifest(repository, reference)):
            data, media_type = found
            return Response(200, data, [("Content-Type", media_type)])
        return Response(404)

    def push(self, request, kind, repository, reference):
        digest = "sha256:" + hashlib.sha256(request.body).hexdigest()
        if kind == "manifests":
            media_type = request.headers["Content-Type"]
            document = json.loads(request.body)
            known = self.manifests.setdefault(repository, {})
            parts = document.get("layers", []) + [document["config"]] if "config" in document else []
            lacking = [part for part in parts if part["digest"] not in self.blobs]
            lacking += [part for part in document.get("manifests", []) if part["digest"] not in known]
            if lacking:
                return Response(400, f"unknown: {lacking}".encode())
            known[reference] = known[digest] = (request.body, media_type)
            return Response(201)
        if request.method == "POST":
            return Response(202, b"", [("Location", f"{request.path}1?state=x")])
        if request.query.get("state") != "x" or request.query.get("digest") != digest:
            return Response(400, b"another digest")
        self.blobs[digest] = request.body
        self.uploads.append(digest)
        return Response(201)
