#!/usr/bin/env python3
"""Runs the ebuild by portage: unpack, compile, install, all into a temporary image.

    walk_gentoo.py EBUILD BINARIES

EBUILD is portage's own program (make setup-tests). The repository around it holds this ebuild and stand-ins of
the eclasses that it inherits; `swift` is one that puts BINARIES where a build would. Only as root, in a mount
table of its own.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from support import FUNCTIONS, ROOT, clone, write_program

ECLASSES = {
    "tmpfiles": "tmpfiles_process() { :; }\n",
    "acct-user": "acct-user_add_deps() { :; }\n",
    "acct-group": "",
}

def main(arguments):
    program, binaries = (pathlib.Path(path).absolute() for path in arguments)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="redirector-gentoo-"))
    repository = folder / "repository"
    shutil.copytree(ROOT / "Deployment/gentoo", repository)
    repository_files = {
        "profiles/repo_name": "redirector\n",
        "profiles/categories": "acct-group\nacct-user\nnet-misc\n",
        "profiles/arch.list": "amd64\n",
        "profiles/profiles.desc": "amd64 plain stable\n",
        "profiles/plain/eapi": "8\n",
        "profiles/plain/make.defaults": 'ARCH="amd64"\nACCEPT_KEYWORDS="~amd64"\nCHOST="x86_64-pc-linux-gnu"\n',
        "metadata/layout.conf": "masters =\nthin-manifests = true\nsign-manifests = false\n",
        "licenses/MIT": "", "licenses/Apache-2.0": "",
    } | {f"eclass/{name}.eclass": text for name, text in ECLASSES.items()}
    for name, text in repository_files.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    configuration = folder / "etc/portage"
    configuration.mkdir(parents=True)
    (configuration / "make.profile").symlink_to(repository / "profiles/plain")
    (configuration / "repos.conf").write_text(
        f"[DEFAULT]\nmain-repo = redirector\n\n[redirector]\nlocation = {repository}\n"
    )
    distfiles = folder / "distfiles"
    distfiles.mkdir()
    place = folder / "clone"
    clone(place, binaries)
    shutil.rmtree(place / ".build")
    ebuild = next((repository / "net-misc/redirector").glob("*.ebuild"))
    archive = f"{ebuild.stem}.tar.gz"
    # What it tells the reader to do, for the sources as they are.
    subprocess.run(["git", "-C", place, "add", "--all"], check=True)
    tree = subprocess.run(["git", "-C", place, "write-tree"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    subprocess.run(["git", "-C", place, "archive", f"--prefix={ebuild.stem}/", "-o",
                    distfiles / archive, tree], check=True)
    tools = folder / "tools"
    tools.mkdir()
    write_program(tools / "swift", f"""#!/bin/sh
# swift build --configuration release --product NAME
[ "$*" = "build --configuration release --product $5" ] || exit 1
mkdir -p .build/release && cp {binaries}/"$5" .build/release/
""")
    # As portage calls GNU's programs where it was not told.
    for name in ("tar", "find", "sed", "xargs", "make", "patch"):
        if path := shutil.which(name):
            (tools / f"g{name}").symlink_to(path)
    environment = {
        "PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder),
        "PORTAGE_CONFIGROOT": str(folder), "ROOT": str(folder / "system"), "DISTDIR": str(distfiles),
        "PORTAGE_TMPDIR": str(folder), "PORTAGE_USERNAME": "root", "PORTAGE_GRPNAME": "root",
        "FEATURES": "-sandbox -usersandbox -userpriv -userfetch -network-sandbox -ipc-sandbox "
                    "-pid-sandbox -mount-sandbox -news -strict -xattr", "LANG": "C.UTF-8",
        "NOCOLOR": "1",
    }
    (folder / "system").mkdir()
    # The group that acct-group/redirector makes.
    group = folder / "group"
    group.write_text(pathlib.Path("/etc/group").read_text() + "redirector:x:997:\n")
    subprocess.run(["mount", "--bind", group, "/etc/group"], check=True)
    for phase in ("manifest", "unpack", "compile", "install"):
        result = subprocess.run([program, ebuild, phase], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(result.stdout)
        if result.returncode != 0:
            print(f"{phase}: {result.returncode}")
            return 1
    # A portage that pip installed takes the folder it is in for a prefix.
    image = folder / f"portage/net-misc/{ebuild.stem}/image{program.parents[1]}"
    wanted = [f"usr/lib/redirector/{function}" for function in FUNCTIONS] + [
        "etc/init.d/redirector", "etc/cron.d/redirector", "etc/redirector/redirector.conf",
        "usr/lib/systemd/system/redirector.socket", "usr/lib/tmpfiles.d/redirector.conf",
    ]
    lacking = [name for name in wanted if not (image / name).is_file()]
    secrets = (image / "etc/redirector/secrets").stat()
    if secrets.st_mode & 0o777 != 0o750:
        lacking.append(f"secrets have the mode {secrets.st_mode & 0o777:o}")
    print("\n".join(lacking) or "the ebuild compiles and installs")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
