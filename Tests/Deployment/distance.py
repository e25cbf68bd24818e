"""A server far away: a second network, and a line to it that takes its time.

The kernel's own TCP runs over it, so that what a connection costs in round trips shows. Only root, in a network
of its own (support.in_namespaces), can make one.
"""
import collections
import ctypes
import fcntl
import multiprocessing
import os
import select
import struct
import subprocess
import time

NEAR, FAR = "10.88.0.1", "10.88.0.2"


def tun(address):
    """A device of this network whose packets are read and written here."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    # TUNSETIFF: IFF_TUN | IFF_NO_PI
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", b"w0", 0x1001))
    for words in (["address", "add", f"{address}/24", "dev", "w0"],
                  ["link", "set", "w0", "mtu", "1500", "txqueuelen", "20000", "up"],
                  ["link", "set", "lo", "up"]):
        subprocess.run(["ip", *words], check=True)
    return device


class Distance:
    """`start` runs in the far network, and what it returns is kept there until the end."""

    def __init__(self, start):
        self.delay = multiprocessing.Value("d", 0)
        self.connections = multiprocessing.Value("i", 0)
        self.requests = multiprocessing.Value("i", 0)
        self.near = tun(NEAR)
        ready, failed = multiprocessing.Event(), multiprocessing.Event()
        self.process = multiprocessing.get_context("fork").Process(
            target=self.run, args=(start, ready, failed)
        )
        self.process.start()
        while not ready.wait(0.1):
            if failed.is_set() or not self.process.is_alive():
                raise RuntimeError("the far network cannot be made")

    def run(self, start, ready, failed):
        try:
            # CLONE_NEWNET
            if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            far = tun(FAR)
            self.kept = start()
            ready.set()
        except BaseException:
            failed.set()
            raise
        self.carry(far)

    def carry(self, far):
        lines = {self.near: (far, collections.deque()), far: (self.near, collections.deque())}
        poll = select.poll()
        for device in lines:
            poll.register(device, select.POLLIN)
        while True:
            due = [line[1][0][0] for line in lines.values() if line[1]]
            wait = max(0, min(due) - time.monotonic()) * 1000 if due else None
            # poll takes whole milliseconds; the last of them is spent looking.
            events = poll.poll(int(wait) if wait is not None else None)
            for device, _ in events:
                for _ in range(64):
                    try:
                        packet = os.read(device, 2000)
                    except BlockingIOError:
                        break
                    if device == self.near:
                        self.count(packet)
                    lines[device][1].append((time.monotonic() + self.delay.value / 2, packet))
            now = time.monotonic()
            for other, waiting in lines.values():
                while waiting and waiting[0][0] <= now:
                    try:
                        os.write(other, waiting.popleft()[1])
                    except OSError:
                        pass

    def count(self, packet):
        """Counts what leads to a round trip: connections that begin, and requests."""
        if packet[0] >> 4 != 4 or packet[9] != 6:
            return
        segment = packet[(packet[0] & 15) * 4:]
        flags = segment[13]
        if flags & 0x12 == 0x02:
            self.connections.value += 1
        if segment[(segment[12] >> 4) * 4:].startswith((b"GET ", b"HEAD ")):
            self.requests.value += 1

    def counts(self):
        """Connections and requests since the last call."""
        result = (self.connections.value, self.requests.value)
        self.connections.value = self.requests.value = 0
        return result

    def stop(self):
        self.process.kill()
        self.process.join()
