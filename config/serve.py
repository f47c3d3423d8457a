"""`make run`: prepare the data folder, then one web server and one task worker until interrupted."""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 10
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: What this program puts into a data folder; nothing else is ever deleted.
OWN = ("lms.sqlite3", "lms.sqlite3-wal", "lms.sqlite3-shm", "media", "private", "static", "secrets.json", "run.lock")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 after an orderly stop, 1 with one clear line when it cannot start."""
    options = _options(arguments)
    given = os.environ.get("LMS_DATA_DIR", "data").strip()
    if not given:
        return _complain("DATA is empty. Name a folder: make run DATA=...")
    data = Path(given).expanduser().resolve()
    os.environ["LMS_DATA_DIR"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    if options.reset:
        return _reset(data)
    for name in STOPPING:
        signal.signal(name, lambda *_: sys.exit(0))
    problem = _port_problem(options.host, options.port) or _folder_problem(data)
    if problem:
        return _complain(problem)
    lock = _lock(data)
    if lock is None:
        return _complain(f"Another `make run` uses {data}. Stop it first, or choose another folder: make run DATA=...")
    with lock:
        return _run(options.host, int(options.port))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="8000")
    parser.add_argument("--reset", action="store_true", help="empty the data folder and stop")
    return parser.parse_args(arguments)


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _reset(data: Path) -> int:
    """Only what this program made is deleted, and only in a folder it made, while nothing runs on it."""
    if not data.exists() or (data.is_dir() and not any(data.iterdir())):
        print(f"Nothing to reset: {data} is empty.")
        return 0
    if not (data / "secrets.json").is_file():
        return _complain(f"{data} does not look like a data folder of this site; nothing was deleted.")
    if _lock(data) is None:
        return _complain(f"A `make run` uses {data}. Stop it first; nothing was deleted.")
    for name in OWN:
        _delete(data / name)
    others = sum(1 for _entry in data.iterdir())
    if others:
        print(f"{data} is reset; {others} other entries in it were left alone. `make run` starts over.")
        return 0
    data.rmdir()
    print(f"{data} is gone; `make run` starts over.")
    return 0


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _folder_problem(data: Path) -> str:
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as problem:
        return f"The data folder {data} cannot be written ({problem.strerror}). Choose another: make run DATA=..."
    return ""


def _port_problem(host: str, port: str) -> str:
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        return f"{port or 'An empty text'} is not a port. Choose a number from 1 to 65535: make run PORT=..."
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
    except (OSError, UnicodeError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        return f"{host}:{port} cannot be used ({reason}). Choose another: make run PORT=... or HOST=..."
    return ""


def _lock(data: Path) -> Any:
    """The open lock of the folder, which ends with this process, or None while another one holds it."""
    file = (data / "run.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _shown_host(host: str) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{shown}]" if ":" in shown else shown


def _run(host: str, port: int) -> int:
    address = f"http://{_shown_host(host)}:{port}"
    os.environ.setdefault("LMS_PUBLIC_ORIGIN", address)
    return _manage(["prepare_site"]) or _serve(host, port, address)


def _manage(command: Sequence[str]) -> int:
    return subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=False).returncode  # noqa: S603


def _serve(host: str, port: int, address: str) -> int:
    """One process with threads writes to SQLite one at a time: short waits, no lock errors."""
    server = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
        *("--host", host, "--port", str(port), "--workers", "1", "--blocking-threads", "16"),
        *("--log-level", "error", "--no-ws", "--backpressure", "64"),
    ]
    worker = [sys.executable, "manage.py", "qcluster"]
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in (("web server", server), ("task worker", worker)):
            running[name] = subprocess.Popen(command, cwd=ROOT, start_new_session=True)  # noqa: S603
        if _manage(["demo_signins", "--address", address]):
            return 1
        while all(process.poll() is None for process in running.values()):
            time.sleep(0.5)
        ended = next(name for name, process in running.items() if process.poll() is not None)
        return _complain(f"The {ended} has stopped by itself; the lines above say why.")
    finally:
        _stop(list(running.values()))


def _stop(running: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask each to end, then end what is left of its session; a second Ctrl-C changes nothing."""
    for name in STOPPING:
        signal.signal(name, signal.SIG_IGN)
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        finally:
            _end_session(process)


def _end_session(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
