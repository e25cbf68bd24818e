#!/usr/bin/env python3
"""zip.py EPOCH FOLDER ZIP: a zip of what is in FOLDER whose bytes depend on the contents alone."""
import os
import sys
import time
import zipfile

epoch, folder, target = int(sys.argv[1]), sys.argv[2], sys.argv[3]
# A zip knows no time before 1980.
stamp = time.gmtime(max(epoch, 315532800))[:6]
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for parent, folders, names in sorted(os.walk(folder)):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            entry = zipfile.ZipInfo(os.path.relpath(path, folder), stamp)
            entry.external_attr = (0o100755 if os.access(path, os.X_OK) else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(path, "rb") as file:
                archive.writestr(entry, file.read())
