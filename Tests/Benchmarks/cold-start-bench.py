#!/usr/bin/env python3
"""Cold starts of a redirector whose map is in a bucket: first answers, times, round trips.

    cold-start-bench.py [--starts N] [--round-trips MS,MS] [--store FOLDER] [BINARIES]

SeaweedFS stands behind a line with round trips of 0 and 50 ms; the map is that of redirector-fixture, with 149,000
paths. Each start has an empty cache and one client, who asks as soon as the port is open. A start is right if
the first answer leads to a mirror. "Beyond" is the time from exec to the answer less 8 round trips. Then the
same with a copy of the map in the cache, and what a server asks of the bucket while nobody asks it.

`--check` asserts what does not depend on the machine: right answers, connections and requests. Only root; the
network is one of its own.
"""
import argparse
import http.client
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Deployment"))

import distance  # noqa: E402
import lab  # noqa: E402

PATH = "/distfiles/4c/package-name-76-1.2.3.tar.xz"
FALLBACK = "https://fallback.example.org"
PORT = 18084


def first_answer(program, environment):
    """The milliseconds from exec to the first answer, and where it leads."""
    start = time.monotonic()
    child = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    try:
        while time.monotonic() < start + 30:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
            try:
                connection.request("HEAD", PATH)
                response = connection.getresponse()
                return (time.monotonic() - start) * 1000, response.getheader("Location") or ""
            except ConnectionRefusedError:
                time.sleep(0.0002)
            finally:
                connection.close()
        return 30_000, ""
    finally:
        child.kill()
        log = child.communicate()[1].decode()
        if "warning" in log or "error" in log:
            print(log, file=sys.stderr)


def while_nobody_asks(program, environment, places):
    """Connections and requests of a server that has answered once, in five of its refresh intervals."""
    child = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        lab.eventually(lambda: lab.accepts(PORT))
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        connection.request("HEAD", PATH)
        connection.getresponse().read()
        connection.close()
        # The look that the request began ends; then it is counted.
        time.sleep(2)
        places.counts()
        time.sleep(5)
        return places.counts()
    finally:
        child.kill()
        child.wait()


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--round-trips", default="0,50")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--inside", action="store_true")
    parser.add_argument("binaries", nargs="?", default=".build/release")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    if not options.inside:
        os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation", "private", "--",
                              sys.executable, *sys.argv, "--inside"])
    binaries = pathlib.Path(options.binaries).resolve()
    work = pathlib.Path(tempfile.mkdtemp(prefix="cold-start-"))
    # What is shipped is stripped: a program with all its symbols takes longer to start.
    for name in ("redirector", "storage"):
        subprocess.run(["strip", "-o", work / name, binaries / name], check=True)
    subprocess.run([binaries / "redirector-fixture", work / "store"], check=True,
                   stdout=subprocess.DEVNULL)
    size = (work / "store/maps/bench.map").stat().st_size
    places = distance.Distance(lambda: seaweed(work))
    port, server = map(int, (work / "server").read_text().split())
    endpoint = f"http://{distance.FAR}:{port}"
    subprocess.run([binaries / "storage", "copy", f"file://{work}/store", "s3://redirector"],
                   env=os.environ | lab.Bucket.environment("writer", endpoint), check=True)
    environment = lab.Bucket.environment("reader", endpoint) | {
        "REGION": "bench", "FALLBACK_URL": FALLBACK, "LISTEN": "127.0.0.1", "PORT": str(PORT),
        "LOG_LEVEL": "warning", "MAP_REFRESH_SECONDS": "3600", "DRAIN_SECONDS": "0",
    }
    if options.check:
        # Right is right on a machine that is busy, too.
        environment["STORAGE_PATIENCE_MS"] = "60000"
    failures = []
    print(f"a map of {size // 1000} KB, {options.starts} starts each")
    print(f"{'':24} {'right':>9} {'median':>10} {'90 %':>10} {'beyond':>10}   a start")
    try:
        rows = [(float(text), False) for text in options.round_trips.split(",")]
        for round_trip, isCached in rows + [(0, True)]:
            places.delay.value = round_trip / 1000
            times, right = [], 0
            cache = work / "cache"
            if isCached:
                cache.mkdir()
                first_answer(work / "redirector", environment | {"CACHE_DIR": str(cache)})
            places.counts()
            for _ in range(options.starts):
                if not isCached:
                    cache.mkdir()
                taken, location = first_answer(work / "redirector",
                                               environment | {"CACHE_DIR": str(cache)})
                times.append(taken)
                right += bool(location) and not location.startswith(FALLBACK)
                if not isCached:
                    shutil.rmtree(cache)
            connections, requests = (count / options.starts for count in places.counts())
            median = statistics.median(times)
            tail = statistics.quantiles(times, n=10)[-1]
            name = "a cached copy" if isCached else f"round trip {round_trip:g} ms"
            print(f"{name:24} {right:>4} of {options.starts:<3}{median:>7.1f} ms {tail:>7.1f} ms "
                  f"{median - (0 if isCached else 8 * round_trip):>7.1f} ms   "
                  f"{connections:.2f} connections, {requests:.2f} requests", flush=True)
            if right != options.starts:
                failures.append(f"{name}: {options.starts - right} first answers to the fallback")
            # Map and health, side by side.
            bound = (0, 0) if isCached else (2, 2)
            if connections > bound[0] or requests > bound[1]:
                failures.append(f"{name}: more than {bound[0]} connections, {bound[1]} requests")
        cache.mkdir(exist_ok=True)
        idle = environment | {"CACHE_DIR": str(cache), "MAP_REFRESH_SECONDS": "1"}
        connections, requests = while_nobody_asks(work / "redirector", idle, places)
        print(f"{'5 s without a client':24} {'':>43}   {connections} connections, {requests} requests")
        if connections or requests:
            failures.append("storage is asked while nobody asks")
    finally:
        places.stop()
        os.kill(server, signal.SIGKILL)
        shutil.rmtree(work, ignore_errors=True)
    if options.check and failures:
        print("\n".join(failures))
        return 1
    return 0


def seaweed(work):
    bucket = lab.Bucket(work / "bucket", distance.FAR)
    (work / "server").write_text(f"{bucket.port} {bucket.child.pid}")
    return bucket


if __name__ == "__main__":
    sys.exit(main())
