#!/usr/bin/env python3
"""lambda-bench.py EMULATOR REDIRECTOR STORE: what AWS's Runtime Interface Emulator reports of the native redirector.

Prints the times of its initialisation and of an invocation as the emulator reports them: the least of the sandboxes,
since other load only adds to them, and for invocations of each sandbox's median."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

emulator, redirector, store = sys.argv[1], os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
event = json.dumps({
    "version": "2.0", "rawPath": "/distfiles/4c/package-name-76-1.2.3.tar.xz", "rawQueryString": "",
    "headers": {"host": "h", "x-forwarded-proto": "https", "cloudfront-viewer-country": "DE"},
    "requestContext": {"http": {"method": "GET", "path": "/", "sourceIp": "192.0.2.7"}}, "isBase64Encoded": False,
}).encode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def run(invocations, folder):
    """What the emulator reports of one sandbox: of its initialisation, and of each invocation."""
    port = free_port()
    log = open(f"{folder}/log", "w+")
    process = subprocess.Popen(
        [emulator, "--runtime-interface-emulator-address", f"127.0.0.1:{port}", "--runtime-api-address",
         f"127.0.0.1:{free_port()}", f"{folder}/bootstrap", "handler"],
        stdout=log, stderr=log,
        env={"PATH": "/usr/bin:/bin", "STORAGE_URL": f"file://{store}", "REGION": "bench",
             "FALLBACK_URL": "https://fallback.example/", "TMPDIR": folder})
    try:
        url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        for _ in range(invocations):
            for attempt in range(200):
                try:
                    answer = json.load(urllib.request.urlopen(urllib.request.Request(url, event), timeout=20))
                    break
                except OSError:
                    time.sleep(0.02)
            assert answer.get("statusCode") == 302, answer
    finally:
        process.terminate()
        process.wait()
    log.seek(0)
    text = log.read()
    return (float(re.search(r"INIT REPORT\(durationMs: ([\d.]+)\)", text)[1]),
            [float(value) for value in re.findall(r"(?<!Init )(?<!Billed )Duration: ([\d.]+) ms", text)])


def median(values):
    return sorted(values)[len(values) // 2]


with tempfile.TemporaryDirectory() as folder:
    # What Deployment/aws/pack.sh makes of it: no shell before it, and no symbols.
    subprocess.run(["strip", "-o", f"{folder}/bootstrap", redirector], check=True)
    runs = [run(30, folder) for _ in range(9)]
rows = [("Lambda, native: init, ms", min(init for init, _ in runs), 2),
        ("Lambda, native: an invocation, ms", min(median(values[1:]) for _, values in runs), 1)]
for name, value, bar in rows:
    print(f"{name:46} {value:10.2f}   bar {bar}")
