#!/usr/bin/env python3
"""page-clients.py REDIRECTOR STORE [REQUESTS]: what pages cost a redirector whose clients keep a connection.

Prints for each page its length, the process's microseconds of CPU for one (the least of five rounds), and what
the client waited. STORE is that of redirector-fixture."""
import os
import re
import socket
import subprocess
import sys
import time

redirector, store, count = sys.argv[1], os.path.abspath(sys.argv[2]), int((sys.argv + ["100"])[3])
path = "/distfiles/4c/package-name-76-1.2.3.tar.xz"
pages = [("/", "/", "*/*"), ("?mirrorlist", path + "?mirrorlist", "text/html"),
         ("?mirrorlist, JSON", path + "?mirrorlist", "application/json"), ("?explain", path + "?explain", "*/*"),
         (".meta4", path + ".meta4", "*/*")]
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
process = subprocess.Popen([redirector], env={
    "STORAGE_URL": f"file://{store}", "REGION": "bench", "FALLBACK_URL": "https://fallback.example/",
    "PORT": str(port), "LISTEN": "127.0.0.1", "LOG_LEVEL": "error"})


def connected():
    for _ in range(500):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.01)
    sys.exit("page-clients: the redirector does not listen")


def cpu_microseconds():
    tasks = f"/proc/{process.pid}/task"
    return sum(int(open(f"{tasks}/{task}/schedstat").read().split()[0]) for task in os.listdir(tasks)) / 1000


def get(client, target, accept):
    client.sendall(f"GET {target} HTTP/1.1\r\nHost: h\r\nAccept: {accept}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += client.recv(65536) or sys.exit("page-clients: the connection ended")
    head, body = answer.split(b"\r\n\r\n", 1)
    length, received = int(re.search(rb"Content-Length: (\d+)", head)[1]), len(body)
    while received < length:
        received += len(client.recv(65536)) or sys.exit("page-clients: the connection ended")
    return length


try:
    client = connected()
    for name, target, accept in pages:
        for _ in range(20):
            length = get(client, target, accept)
        least, waits = float("inf"), []
        for _ in range(5):
            start = cpu_microseconds()
            for _ in range(count):
                begin = time.perf_counter()
                get(client, target, accept)
                waits.append((time.perf_counter() - begin) * 1e6)
            least = min(least, (cpu_microseconds() - start) / count)
        waits.sort()
        print(f"{least:4.0f} us CPU through a socket, {waits[len(waits) // 2]:5.0f} us p50, "
              f"{waits[len(waits) * 99 // 100]:6.0f} us p99  {length} bytes  {name}")
finally:
    process.terminate()
    process.wait()
