"""What the tests of deployment share."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The folder of the release binaries.
BINARIES = pathlib.Path(os.environ.get("BINARIES") or ROOT / ".build/release").resolve()
TOOLS = ROOT / ".build-tools"
FUNCTIONS = ["leader", "checker", "builder", "redirector", "storage", "status"]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}


def run(*command, status=0, input=None, timeout=300, **variables):
    """What a program prints; it has to end with the status."""
    words = [str(word) for word in command]
    source = {"stdin": subprocess.DEVNULL} if input is None else {"input": input}
    result = subprocess.run(
        words, cwd=ROOT, env=os.environ | variables, text=True, timeout=timeout,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **source,
    )
    if status is not None and result.returncode != status:
        raise AssertionError(f"{' '.join(words)}: {result.returncode}\n{result.stdout}")
    return result.stdout


def in_namespaces(*command, timeout=600, **variables):
    """The same in a network, a mount table and processes of its own.

    The machine's are not touched, and all of them end with it.
    """
    return run("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
               "--propagation", "private", "--",
               # The first process buries the others, which a shell does.
               "sh", "-c", '"$@"; exit $?', "sh", *command, timeout=timeout, **variables)


def obstacle_to_namespaces():
    """Why nothing can be entered or mounted here, or None."""
    if os.geteuid() != 0:
        return "only root enters roots and networks of its own"
    result = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, text=True)
    return None if result.returncode == 0 else result.stderr.strip()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="redirector-deployment-"))
        self.addCleanup(shutil.rmtree, self.folder)


def write_program(path, text):
    path.write_text(text)
    path.chmod(0o755)


def make_wrapper(folder):
    """A make for clones: the release binaries are there, and what they need."""
    write_program(folder / "make", f"""#!/bin/sh
exec {shutil.which("make")} --no-print-directory -o build -o setup-stage "$@"
""")


def clone(place, binaries):
    """A clone of the sources as they are here, with what was built of them."""
    if not place.exists():
        subprocess.run(["git", "-c", "safe.directory=*", "clone", "--quiet", ROOT, place], check=True)
    changed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "-mo", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    for name in filter(None, changed.split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    # What a build writes.
    if (ROOT / "Package.resolved").is_file():
        shutil.copy2(ROOT / "Package.resolved", place)
    (place / ".build").mkdir(exist_ok=True)
    (place / ".build/release").symlink_to(binaries)
