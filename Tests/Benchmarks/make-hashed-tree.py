#!/usr/bin/env python3
"""Makes a tree of ENTRIES paths below ROOT, as Gentoo's distfiles: files in 256 folders by the hash
of their names, and as many links to them beside the folders; sparse, of all lengths.

    make-hashed-tree.py ROOT ENTRIES
"""
import hashlib, os, sys

root, entries = sys.argv[1], int(sys.argv[2])
folders = {f"{number:02x}" for number in range(256)}
for folder in folders: os.makedirs(f"{root}/distfiles/{folder}")
for number in range((entries - len(folders)) // 2):
    name = f"package-name-{number}-1.{number % 97}.{number % 11}.tar.xz"
    folder = hashlib.blake2b(name.encode()).hexdigest()[:2]
    with open(f"{root}/distfiles/{folder}/{name}", "wb") as file: file.truncate(number * 7 + 1)
    os.symlink(f"{folder}/{name}", f"{root}/distfiles/{name}")
