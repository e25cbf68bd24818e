#!/usr/bin/env python3
"""Publishes one tree from every source, at full size, and compares the catalogs.

    Tests/Benchmarks/compare-sources.py DATA [NAMES]

DATA is the folder with make-tree and gentoo-distfiles.tsv.gz; NAMES how many distfiles (73,000). It needs
.build/release/leader (or BIN), rsync, find, and some gigabytes of nothing: the files are sparse. The catalogs
are read here by FORMAT.md alone. What may differ: times (Manifests know none) and digests (only they do).
"""
import gzip, os, socket, struct, subprocess, sys, tempfile, time, zlib


def catalog(storage):
    """The files of the newest catalog as {path: (kind, byte count, time, target, digests)}."""
    folder = f"{storage}/catalog"
    name = sorted(n for n in os.listdir(folder) if n.endswith(".catalog"))[-1]
    blob = open(f"{folder}/{name}", "rb").read()
    magic, version, flags = struct.unpack("<4sHH", blob[:8])
    assert (magic, version, flags) == (b"RCAT", 1, 1), (magic, version, flags)
    data, at = zlib.decompress(blob[28:]), 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def signed():
        value = varint()
        return value >> 1 ^ -(value & 1)

    def take(count):
        nonlocal at
        at += count
        return data[at - count:at]

    def differences(count):
        value, values = 0, []
        for _ in range(count):
            value += signed()
            values.append(value)
        return values

    varint(), signed()
    count = varint()
    kinds = take(count)
    lengths = [varint() for _ in range(count)]
    times = differences(count)
    differences(count)
    for _ in range(varint()):
        varint(), signed()
    for _ in range(count):
        varint()
    paths, path = [], b""
    for _ in range(count):
        path = path[:varint()] + take(varint())
        paths.append(path)
    targets = [None] * count
    for index in range(count):
        if kinds[index] in (2, 4):
            shared = varint()
            targets[index] = take(varint()) + (paths[index][-shared:] if shared else b"")
    masks = take(varint())
    sets = [None] + [take(sum(n for b, n in ((1, 32), (2, 64), (4, 64)) if m & b)) for m in masks]
    number, digests = 0, []
    for _ in range(count):
        code = varint()
        if code:
            number += (code - 1) >> 1 ^ -((code - 1) & 1)
        digests.append(sets[number] if code else None)
    for _ in range(varint()):
        varint(), varint(), signed(), varint(), signed()
    assert at == len(data), "bytes behind the end"
    return {p: (kinds[i], lengths[i], times[i], targets[i], digests[i]) for i, p in enumerate(paths)}


def main():
    data, names = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 73000
    leader = os.environ.get("BIN", ".build/release") + "/leader"
    with tempfile.TemporaryDirectory(prefix="compare-sources.") as work:
        os.chmod(work, 0o755)
        tree, repository = f"{work}/tree", f"{work}/repository"
        subprocess.run([f"{data}/make-tree", tree, "--objects", str(names), "--no-releases", "--quiet"],
                       check=True)
        for folder, _, files in os.walk(tree):
            for name in files:
                # No Manifest names them.
                if name.startswith("timestamp."):
                    os.unlink(f"{folder}/{name}")
        here = {n for n in os.listdir(f"{tree}/distfiles") if os.path.islink(f"{tree}/distfiles/{n}")}
        for line in gzip.open(f"{data}/gentoo-distfiles.tsv.gz", "rt"):
            name, size, digest = line.rstrip("\n").split("\t")
            if name in here:
                package = f"{repository}/category/{name[:2].encode().hex()}"
                os.makedirs(package, exist_ok=True)
                with open(f"{package}/Manifest", "a") as manifest:
                    manifest.write(f"DIST {name} {size} BLAKE2B {digest}\n")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(f"{work}/rsyncd.conf", "w") as conf:
            conf.write(f"use chroot = no\n[tree]\npath = {tree}\n")
        daemon = subprocess.Popen(["rsync", "--daemon", "--no-detach", "--address=127.0.0.1",
                                   f"--port={port}", f"--config={work}/rsyncd.conf"])
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert daemon.poll() is None
            time.sleep(0.05)
        listing = subprocess.run(
            ["find", ".", "-type", "f", "-printf", r"%P\t%s\t%T@\n", "-o", "-type", "l", "-printf",
             r"%P\t->\t%l\n"], cwd=tree, check=True, stdout=subprocess.PIPE).stdout
        layout = f"{tree}/distfiles/layout.conf"
        requests = {
            "tree": (f'{{"tree":"{tree}"}}', b""),
            "rsync": (f'{{"rsync":"rsync://127.0.0.1:{port}/tree/"}}', b""),
            "listing": ('{"listing":"-"}', listing),
            "manifests": (f'{{"manifests":["{repository}"],"layout":"{layout}"}}', b""),
        }
        catalogs = {}
        for source, (request, text) in requests.items():
            storage = f"{work}/storage-{source}"
            os.mkdir(storage)
            started = time.time()
            subprocess.run([leader, "--request", request], input=text, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env={"STORAGE_URL": f"file://{storage}", "PATH": os.environ["PATH"]})
            seconds = time.time() - started
            catalogs[source] = catalog(storage)
            print(f"{source}: {len(catalogs[source])} paths in {seconds:.1f} s")
        daemon.terminate()
        daemon.wait()
    base, failed = catalogs["tree"], False
    for source, other in catalogs.items():
        known = [0, 1, 3] if source == "manifests" else [0, 1, 2, 3]
        wrong = [p for p in base.keys() | other.keys()
                 if p not in base or p not in other or any(base[p][k] != other[p][k] for k in known)]
        digests = sum(1 for entry in other.values() if entry[4])
        print(f"{source}: {len(wrong)} differ in what the source can know; {digests} with digests")
        failed |= bool(wrong) or list(base) != list(other)
        for path in wrong[:5]:
            print("   ", path, base.get(path), other.get(path))
    sys.exit(failed)


main()
