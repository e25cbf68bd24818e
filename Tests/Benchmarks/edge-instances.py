#!/usr/bin/env python3
"""edge-instances.py WASM STATE REGION [COUNT]: redirector.wasm in wasmtime, an instance for each request.

That is how Fastly Compute and Spin run a module. Prints what compiling takes, what loading the compiled module
takes, and a request: a fresh instance, configuration, map and health copied in, one answer. Needs PyPI's wasmtime."""
import json
import os
import sys
import tempfile
import time

import wasmtime

path, state, region, count = sys.argv[1], sys.argv[2], sys.argv[3], int((sys.argv + ["300"])[4])
now = float(int(os.stat(f"{state}/health").st_mtime))
configuration = json.dumps({"FALLBACK_URL": "https://fallback.example/", "REGION": region}).encode()
key = f"maps/{region}.map"
blobs = [(key.encode(), open(f"{state}/{key}", "rb").read()), (b"health", open(f"{state}/health", "rb").read())]
head = (b"GET /distfiles/4c/package-name-76-1.2.3.tar.xz HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.7\r\n"
        b"CloudFront-Viewer-Country: DE\r\n\r\n")
engine = wasmtime.Engine()


def milliseconds(work, rounds):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[len(times) // 2], result


def request(module, verifies):
    store = wasmtime.Store(engine)
    exports = wasmtime.Instance(store, module, []).exports(store)
    memory = exports["memory"]

    def put(data):
        start = exports["edge_allocate"](store, len(data)) & 0xFFFFFFFF
        memory.write(store, data, start)
        return start, len(data)

    assert exports["edge_configure"](store, *put(configuration)) == 0
    for name, data in blobs:
        assert exports["edge_take"](store, *put(name), *put(data), now, 0 if verifies else 1) == 0
    start = exports["edge_head"](store)
    memory.write(store, head, start)
    length = exports["edge_answer"](store, len(head), now, 0)
    text = exports["edge_text"](store)
    return bytes(memory.read(store, text, text + length))


compile_time, module = milliseconds(lambda: wasmtime.Module.from_file(engine, path), 3)
with tempfile.NamedTemporaryFile(suffix=".cwasm") as file:
    compiled = module.serialize()
    file.write(compiled)
    file.flush()
    load_time, module = milliseconds(lambda: wasmtime.Module.deserialize_file(engine, file.name), 20)
    print(f"compiled in {compile_time:.0f} ms to {len(compiled)} bytes, loaded in {load_time:.2f} ms")
    for verifies in [False, True]:
        for _ in range(20):
            request(module, verifies)
        taken, answer = milliseconds(lambda: request(module, verifies), count)
        assert answer.startswith(b"HTTP/1.1 302") and b"Redirector: mirror" in answer, answer
        print(f"a request with an instance of its own, map of {len(blobs[0][1])} bytes, "
              f"{'with' if verifies else 'without'} its checksum: {taken:.2f} ms p50")
