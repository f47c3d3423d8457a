"""`python -m tests.machine`: install what the tests need beyond Python packages, and say what is missing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

WANTED = {"chromium": "chromium", "msgfmt": "gettext"}
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


def main() -> int:
    """Exit code 1 with the command to run when something cannot be installed from here."""
    packages = [package for program, package in WANTED.items() if not shutil.which(program)]
    if not os.path.exists(FONT):
        packages.append("fonts-noto-cjk")
    return _install(packages) if packages else 0


def _install(packages: Sequence[str]) -> int:
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"The browser tests need: {' '.join(packages)}. Run: sudo {' '.join(install)}", file=sys.stderr)
        return 1
    print(f"Installing {' '.join(packages)} …", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
