#!/usr/bin/env python3
"""A tree of Debian's size through all functions: leader, checker, builder, redirector, as a table.

    Tests/Benchmarks/scale-bench.py BIN          BIN has release builds of these and of state-bench

Names and sizes are those of the packages that apt knows on a Debian machine (`apt-cache dumpavail`, after
`apt-get update`), each for every architecture and in several versions, until there are FILES (1,600,000). MIRRORS
(400) are a server on addresses of loopback that answers each name with its size, in SERVERS (1) processes. The
checker first runs for SECONDS (120) on mirrors that nobody has asked; then state-bench writes what it would know
of all of them after a week, and the checker runs once more. Memory is the most that the process had.
"""
import asyncio, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time
import urllib.request

FILES = int(os.environ.get("FILES", 1_600_000))
MIRRORS = int(os.environ.get("MIRRORS", 400))
SECONDS = int(os.environ.get("SECONDS", 120))
ARCHITECTURES = ["amd64", "arm64", "armel", "armhf", "i386", "loong64", "mips64el", "ppc64el", "riscv64", "s390x"]


def packages():
    """Path without architecture, architecture and size of each package that apt knows."""
    found, stem = [], None
    apt = subprocess.Popen(["apt-cache", "dumpavail"], stdout=subprocess.PIPE, text=True)
    for line in apt.stdout:
        if line.startswith("Filename: "):
            stem, _, arch = line[10:-5].rpartition("_")
        elif line.startswith("Size: ") and stem and arch in ("amd64", "all"):
            found.append((stem, arch, int(line[6:])))
            stem = None
    apt.wait()
    if len(found) < 10_000:
        sys.exit("scale-bench: apt knows too few packages: apt-get update, on Debian")
    return found


def tree():
    """Paths and sizes: a package for all architectures, in more and more versions."""
    known = packages()
    count = version = 0
    while True:
        for stem, arch, size in known:
            suffix = f"+deb{version}u1" if version else ""
            for number, name in enumerate(ARCHITECTURES if arch == "amd64" else ["all"]):
                # Builds for other architectures are a little smaller or larger.
                yield f"{stem}{suffix}_{name}.deb", size + size * (7 * number + version) % 997
                count += 1
                if count == FILES:
                    return
        version += 1


class Mirror(asyncio.Protocol):
    """Answers HEAD for names of `sizes`, as many as come at once."""

    sizes = {}

    def connection_made(self, transport):
        self.transport, self.rest = transport, b""

    def data_received(self, data):
        *heads, self.rest = (self.rest + data).split(b"\r\n\r\n")
        out = []
        for head in heads:
            size = self.sizes.get(head.split(b" ", 2)[1])
            if size is None:
                out.append(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            else:
                out.append(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        self.transport.write(b"".join(out))


def serve(port, ready):
    for line in open(ready):
        path, size, _ = line.split("\t")
        Mirror.sizes[b"/" + urllib.request.quote(path).encode()] = int(size)

    async def run():
        server = await asyncio.get_running_loop().create_server(Mirror, "0.0.0.0", port, reuse_port=True)
        print("up", flush=True)
        await server.serve_forever()

    asyncio.run(run())


class Run:
    """A program that ran to its end."""

    def __init__(self, *arguments, request=None, **environment):
        start = time.monotonic()
        process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment}
        )
        process.stdin.write(json.dumps(request or {}).encode())
        process.stdin.close()
        self.output = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.mebibytes = usage.ru_maxrss / 1024
        if process.returncode:
            sys.exit(f"scale-bench: {arguments[0]} ended with {process.returncode}: {self.output[-500:]}")


def row(what, *figures):
    print(f"| {what} | " + " | ".join(figures) + " |", flush=True)


def figures(run):
    return f"{run.seconds:.1f} s", f"{run.cpu:.1f} s", f"{run.mebibytes:.0f} MiB"


def main(binaries):
    binary = lambda name: os.path.join(os.path.realpath(binaries), name)
    work = tempfile.mkdtemp(prefix="scale-bench.")
    children = []
    try:
        run(binary, work, children)
    finally:
        for child in children:
            child.send_signal(signal.SIGTERM)
            child.wait()
        shutil.rmtree(work)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(binary, work, children):
    listing, port = f"{work}/listing", free_port()
    with open(listing, "w") as file:
        for number, (path, size) in enumerate(tree()):
            file.write(f"{path}\t{size}\t{1_600_000_000 + number * 97 % 99_999_999}\n")
    countries = ["DE", "FR", "US", "JP", "BR", "ZA", "AU", "GB", "CN", "IN"]
    mirrors = {"mirrors": [
        {"name": f"Mirror {n}", "country": countries[n % len(countries)],
         "urls": [{"url": f"http://127.{1 + n // 250}.{n % 250}.1:{port}/", "ipv4": True}]}
        for n in range(MIRRORS)]}
    with open(f"{work}/mirrors.json", "w") as file:
        json.dump(mirrors, file)
    environment = dict(
        STORAGE_URL=f"file://{work}/storage", PROFILE="debian", CHECK_RATE="0",
        CHECK_CONTACT="https://example.org/", LOG_LEVEL="error",
    )
    os.mkdir(f"{work}/storage")
    print("| | time | CPU | peak memory | |\n|---|---|---|---|---|")

    publication = {"listing": listing, "mirrors": f"file://{work}/mirrors.json"}
    leader = Run(binary("leader"), request=publication, **environment)
    catalogs = [f"{work}/storage/catalog/{name}" for name in os.listdir(f"{work}/storage/catalog")]
    catalog = max(os.path.getsize(path) for path in catalogs)
    row(f"leader, {FILES:,} files, first", *figures(leader), f"catalog {catalog / FILES:.1f} bytes a file")
    leader = Run(binary("leader"), request=publication, **environment)
    row("leader, unchanged", *figures(leader), "")

    for _ in range(int(os.environ.get("SERVERS", 1))):
        server = subprocess.Popen([sys.executable, __file__, "serve", str(port), listing], stdout=subprocess.PIPE)
        children.append(server)
        server.stdout.readline()
    request = {"mode": "check", "budgetSeconds": SECONDS}
    checker = Run(binary("checker"), request=request, **environment)
    result = json.loads(checker.output.strip().splitlines()[-1])
    row(f"checker, {MIRRORS} new mirrors", *figures(checker), summary(result))

    fill = Run(binary("state-bench"), "fill", f"{work}/storage")
    states = sorted(os.path.getsize(f"{work}/storage/checks/{name}")
                    for name in os.listdir(f"{work}/storage/checks") if name.endswith(".state"))
    row("(writing check states of a week)", *figures(fill),
        f"state {states[len(states) // 2] / FILES:.2f} bytes a file")
    checker = Run(binary("checker"), request=request, **environment)
    result = json.loads(checker.output.strip().splitlines()[-1])
    row("checker, the same after a week", *figures(checker), summary(result))

    builder = Run(binary("builder"), **environment)
    regions = json.loads(builder.output.strip().splitlines()[-1])["regions"]
    largest = max(region["bytes"] / region["paths"] for region in regions.values())
    row(f"builder, {len(regions)} regions", *figures(builder), f"map at most {largest:.2f} bytes a path")

    port = free_port()
    redirector = subprocess.Popen(
        [binary("redirector")], stdout=subprocess.DEVNULL,
        env={**os.environ, **environment, "PORT": str(port), "REGION": "europe",
             "FALLBACK_URL": "https://fallback.example/"},
    )
    children.append(redirector)
    print_redirector(redirector.pid, port, listing)


def print_redirector(pid, port, listing):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    opener = urllib.request.build_opener(Stay)
    start, asked, mirrored = time.monotonic(), 0, 0
    with open(listing) as file:
        for number, line in enumerate(file):
            if number % 997:
                continue
            path = urllib.request.quote(line.split("\t")[0])
            while True:
                try:
                    opener.open(f"http://127.0.0.1:{port}/{path}")
                except urllib.error.HTTPError as answer:
                    asked += 1
                    mirrored += "fallback.example" not in answer.headers["Location"]
                    break
                except OSError:
                    # It is not up yet.
                    if time.monotonic() - start > 60:
                        raise
                    time.sleep(0.05)
    status = open(f"/proc/{pid}/status").read()
    memory = {key: int(value) / 1024 for key, value in re.findall(r"(VmHWM|RssAnon|RssFile):\s+(\d+)", status)}
    row("redirector", "", "", f"{memory['VmHWM']:.0f} MiB",
        f"{memory['RssAnon']:.0f} MiB of its own, {memory['RssFile']:.0f} MiB of files; "
        f"{mirrored} of {asked} to mirrors")


def summary(result):
    return ", ".join(f"{key} {value:,}" for key, value in result.items() if isinstance(value, int))


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "serve":
        serve(int(sys.argv[2]), sys.argv[3])
    elif len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        sys.exit(__doc__)
