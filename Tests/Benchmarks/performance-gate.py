#!/usr/bin/env python3
"""Holds what an answer, a look at storage, an idle server and a start cost to limits: instructions, allocations and
system calls, never times.

    performance-gate.py BUILD [--write]

BUILD is .build/release, with redirector, redirector-fixture and answer-bench (`make test-performance` builds them).
A figure may exceed the one in performance-figures.json by MARGIN. `--write` (`make measure-performance`) measures
and writes that file instead: do so when a change is meant to cost more, and when one made something cheaper.

callgrind counts instructions and calls of malloc(3) and its kin, strace counts system calls. Neither depends on the
load of the machine. A figure of one request is the difference of a long and a short run, over the requests between.
"""

import collections
import contextlib
import json
import os
import pathlib
import platform
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

MARGIN = 0.12
FIGURES = pathlib.Path(__file__).with_name("performance-figures.json")
PATH = "/distfiles/4c/package-name-76-1.2.3.tar.xz"
UNKNOWN = "/unknown/path-of-the-same-length.tar.xz"
ALLOCATORS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"}
PATIENCE = 600


class Missing(Exception):
    """A tool that is needed and not there, or not permitted."""


def run(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=PATIENCE, **options)


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"performance-gate: waited {PATIENCE} s for {what}")
        time.sleep(0.05)


# --- instructions and allocations


class Cost(collections.namedtuple("Cost", "instructions allocations")):
    def __sub__(self, other):
        return Cost(*(mine - its for mine, its in zip(self, other)))

    def figures(self, count=1):
        return {"instructions": round(self.instructions / count),
                "allocations": round(self.allocations / count, 2)}


def read_callgrind(path):
    """The totals of a callgrind.out file; a function's name is written out where it is used first."""
    names, callee, allocations, instructions = {}, "", 0, 0
    for line in path.read_text(errors="replace").splitlines():
        if match := re.match(r"(c?)fn=\((\d+)\)(?: (.*))?", line):
            if match[3]:
                names[match[2]] = match[3].split("'")[0]
            if match[1]:
                callee = names.get(match[2], "")
        elif line.startswith("calls=") and callee in ALLOCATORS:
            allocations += int(line[6:].split()[0])
        elif line.startswith(("summary:", "totals:")):
            instructions = int(line.split()[1])
    return Cost(instructions, allocations)


class Callgrind:
    def __init__(self, folder):
        self.out = folder / "callgrind.out"
        self.command = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={self.out}"]

    def cost(self, command, **options):
        run(self.command + [str(word) for word in command], **options)
        return read_callgrind(self.out)


# --- system calls


class Trace:
    """The lines of strace -f -ttt: a call is counted where it begins."""

    CALL = re.compile(r"(?:\d+ +)?(\d+\.\d+) (\w+)\((.*)")

    def __init__(self, path):
        self.path = path

    def calls(self):
        found = (self.CALL.match(line) for line in self.path.read_text(errors="replace").splitlines())
        return [(float(match[1]), match[2], match[3]) for match in found if match]

    def until(self, name):
        calls = self.calls()
        return calls[:next(index for index, call in enumerate(calls) if call[1] == name)]

    def between(self, first, last):
        """The calls from the receipt of a request with one mark to that of another."""
        calls = self.calls()

        def place(mark):
            return next(index for index, call in enumerate(calls) if call[1].startswith("recv") and mark in call[2])

        return calls[place(first):place(last)]

    def idle(self, start, end):
        """The calls of an idle time, and their seconds: from the first wake-up to the last."""
        calls = [call for call in self.calls() if start <= call[0] <= end]
        wakes = [index for index, call in enumerate(calls) if call[1].startswith("epoll")]
        if len(wakes) < 2:
            return calls, end - start
        calls = calls[wakes[0]:wakes[-1] + 1]
        return calls[:-1], calls[-1][0] - calls[0][0]


def check_strace():
    try:
        result = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, timeout=PATIENCE)
    except FileNotFoundError:
        sys.exit("performance-gate: strace is not installed: make setup-tests")
    if result.returncode != 0:
        raise Missing(f"ptrace(2) is not permitted here ({result.stderr.strip().splitlines()[-1]})")


# --- the redirector


class Redirector:
    """A redirector on a port of its own, under a tool, and a client's connections to it."""

    def __init__(self, build, store, tool, **settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            tool + [str(build / "redirector")],
            env=environment(store, LISTEN="127.0.0.1", PORT=str(self.port), DRAIN_SECONDS="0", **settings),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(self.is_listening, "the redirector's port")
        except BaseException:
            self.process.kill()
            raise

    def is_listening(self):
        # Asked of the kernel, not by a connection: that would be one of the calls that are counted.
        mark = f":{self.port:04X} 00000000:0000 0A"
        return mark in pathlib.Path("/proc/net/tcp").read_text()

    def stop(self):
        """Ends the server itself: a tool would end without it."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        os.kill(int(children[0]) if children else self.process.pid, signal.SIGTERM)
        self.process.wait(PATIENCE)

    @contextlib.contextmanager
    def connection(self):
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as client:
            yield client

    def ask(self, client, mark, batch=1, close=False):
        end = "Connection: close\r\n" if close else ""
        one = f"GET {PATH}?{mark} HTTP/1.1\r\nHost: h\r\n{end}\r\n".encode()
        client.sendall(one * batch)
        seen, length = b"", None
        while length is None or len(seen) < length * batch:
            part = client.recv(65536)
            if not part:
                break
            seen += part
            head, separator, _ = seen.partition(b"\r\n\r\n")
            if length is None and separator:
                # All answers of a batch are equally long.
                body = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
                length = len(head + separator) + int(body[1])
        if seen.count(b"\r\nRedirector: mirror\r\n") != batch:
            sys.exit(f"performance-gate: expected a redirect to a mirror, not {seen[:300]!r}")


def environment(store, **settings):
    return {"PATH": os.environ["PATH"], "STORAGE_URL": f"file://{store}", "REGION": "bench", "LOG_LEVEL": "error",
            "FALLBACK_URL": "https://fallback.example.org/", **settings}


# --- what is measured


def measure_answers(build, store, callgrind):
    """From the bytes of a request to those of its answer, without a socket."""
    def cost(requests, target):
        # Twenty rounds each.
        return callgrind.cost([build / "answer-bench", store / "maps/bench.map", requests, target])

    for name, target in [("answer, known path", PATH), ("answer, unknown path", UNKNOWN),
                         ("answer, client's country known", "country"), ("answer, client's place known", "place"),
                         ("look-up of a path", "look-up")]:
        yield name, (cost(60, target) - cost(10, target)).figures(20 * 50)


def measure_loop(build, store, callgrind):
    """The same with the sockets and the loop around, which has a thread of its own.

    The first thread is left out: it starts the server, and frees more or less in the end.
    """
    def cost(count):
        command = callgrind.command + ["--separate-threads=yes"]
        server = Redirector(build, store, command, MAP_REFRESH_SECONDS="86400")
        try:
            with server.connection() as client:
                for _ in range(count):
                    server.ask(client, "kept-alive")
        finally:
            server.stop()
        threads = sorted(callgrind.out.parent.glob(callgrind.out.name + "-*"))
        costs = [read_callgrind(thread) for thread in threads if not thread.name.endswith("-01")]
        for thread in threads:
            thread.unlink()
        return Cost(*(sum(column) for column in zip(*costs)))

    yield "request, connection kept alive", (cost(450) - cost(50)).figures(400)


def measure_start(build, store, callgrind):
    cgi = environment(store, GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", PATH_INFO=PATH)
    yield "one request by CGI, start to exit", callgrind.cost([build / "redirector"], env=cgi).figures()


def measure_calls(build, store, folder, histograms):
    """System calls; those of each figure go to `histograms`."""
    check_strace()

    def figure(name, calls, count=1):
        histograms[name] = collections.Counter(call[1] for call in calls)
        return name, {"system calls": round(len(calls) / count, 2)}

    def strace(file):
        return ["strace", "-f", "-ttt", "-s", "128", "-o", str(folder / file)]

    cgi = environment(store, GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", PATH_INFO=PATH)
    run(strace("cgi") + [str(build / "redirector")], env=cgi)
    yield figure("one request by CGI, start to exit", Trace(folder / "cgi").calls())

    server = Redirector(build, store, strace("busy"), MAP_REFRESH_SECONDS="86400")
    try:
        with server.connection() as client:
            for number in range(51):
                server.ask(client, f"kept-alive-{number:02}")
            for number in range(6):
                server.ask(client, f"pipelined-{number}", batch=16)
            idle = time.time()
            time.sleep(3.5)
            connected = (idle, time.time())
        for number in range(101):
            with server.connection() as client:
                server.ask(client, f"new-{number:03}", close=True)
        # The last connection's second.
        time.sleep(1.5)
        idle = time.time()
        time.sleep(2)
        alone = (idle, time.time())
    finally:
        server.stop()
    trace = Trace(folder / "busy")
    yield figure("start of the server", trace.until("accept4"))
    yield figure("request, connection kept alive", trace.between("kept-alive-00", "kept-alive-50"), 50)
    yield figure("request, pipelined by 16", trace.between("pipelined-0", "pipelined-5"), 5 * 16)
    # On a busy machine a request comes later than its connection, which takes two more calls: the
    # round that was disturbed least counts.
    rounds = [trace.between(f"new-{first:03}", f"new-{first + 20:03}") for first in range(0, 100, 20)]
    yield figure("request, new connection", min(rounds, key=len), 20)
    yield figure("idle second, one connection", *trace.idle(*connected))
    yield figure("idle second, no connection", *trace.idle(*alone))

    server = Redirector(build, store, strace("looks"), MAP_REFRESH_SECONDS="1")
    try:
        for number in range(3):
            # The pause after which storage is looked at.
            time.sleep(1.2)
            with server.connection() as client:
                server.ask(client, f"look-{number}", close=True)
    finally:
        server.stop()
    yield figure("request, new connection, storage looked at", Trace(folder / "looks").between("look-0", "look-2"), 2)


def measure(build, folder, histograms):
    """The figures by name, and what could not be measured, with the reason."""
    store = folder / "store"
    run([str(build / "redirector-fixture"), str(store)])
    callgrind = Callgrind(folder)
    figures, skipped = {}, []
    try:
        for part in (measure_answers, measure_loop, measure_start):
            for name, values in part(build, store, callgrind):
                figures.setdefault(name, {}).update(values)
    except FileNotFoundError:
        sys.exit("performance-gate: valgrind is not installed: make setup-tests")
    try:
        for name, values in measure_calls(build, store, folder, histograms):
            figures.setdefault(name, {}).update(values)
    except Missing as reason:
        skipped.append(f"system calls: {reason}")
    return figures, skipped


# --- judgement


def judge(measured, known, histograms):
    """Prints the table; what exceeds its limit."""
    faults = []
    for name, values in measured.items():
        for unit, value in values.items():
            before = known.get(name, {}).get(unit)
            if before is None:
                faults.append(f"{name}: {unit} has no figure yet")
                continue
            # A hundredth is what rounding makes of a difference.
            limit = before * (1 + MARGIN) + 0.01
            print(f"{name:44} {unit:13} {value:>12,} of {limit:>12,.2f}")
            if value > limit:
                faults.append(f"{name}: {value:,} {unit}, limit {limit:,.2f} ({before:,} and {MARGIN:.0%})")
                if unit == "system calls":
                    faults.append(f"    {dict(histograms[name].most_common())}")
            elif value < before * (1 - MARGIN):
                print(f"    less than {before:,} by more than {MARGIN:.0%}: make measure-performance keeps the gain")
    return faults


def main():
    arguments = sys.argv[1:]
    write = "--write" in arguments
    if write:
        arguments.remove("--write")
    if len(arguments) != 1:
        sys.exit("usage: performance-gate.py BUILD [--write]")
    machine, build = platform.machine(), pathlib.Path(arguments[0]).resolve()
    all_known = json.loads(FIGURES.read_text())
    histograms = {}
    with tempfile.TemporaryDirectory() as folder:
        measured, skipped = measure(build, pathlib.Path(folder), histograms)
    if write:
        for reason in skipped:
            sys.exit(f"performance-gate: not all could be measured: {reason}")
        all_known[machine] = measured
        FIGURES.write_text(json.dumps(all_known, indent=2) + "\n")
        print(f"performance-gate: wrote {FIGURES}")
        return
    if machine not in all_known:
        print(json.dumps(measured, indent=2))
        print(f"performance-gate: skipped: no figures for {machine} yet; make measure-performance writes them")
        return
    faults = judge(measured, all_known[machine], histograms)
    for reason in skipped:
        print(f"performance-gate: skipped: {reason}")
    if faults:
        print("performance-gate: more than before:\n  " + "\n  ".join(faults), file=sys.stderr)
        sys.exit(
            "Instructions by function: valgrind --tool=callgrind, as in this script, then callgrind_annotate\n"
            "--inclusive=yes. If the change is worth its cost, run make measure-performance and say why in the commit.")
    print("performance-gate: nothing costs more than before")


if __name__ == "__main__":
    main()
