"""What every measurement begins and ends with: a database of its own, and a file with the figures."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.database import NoPostgres, server_version, temporary_database

RESULTS = Path(__file__).resolve().parent / "results"


def options_for(program: str, about: str | None, results: str) -> argparse.ArgumentParser:
    """A parser that knows where the figures go: the file `results` beside the others unless `--json` says otherwise."""
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("--json", type=Path, default=RESULTS / results, help="where the figures are written")
    return parser


def unknown_names(asked: list[str], known: Any, what: str) -> bool:
    """Whether one of the names asked for is not known; says so."""
    unknown = set(asked) - set(known)
    if unknown:
        print(f"There is no {what}{', '.join(sorted(unknown))}. Known: {', '.join(known)}.", file=sys.stderr)
    return bool(unknown)


def on_a_database(run: Callable[[str, Path], int]) -> int:
    """What `run` returns, given the address of a database and a folder, both gone afterwards; 1 without PostgreSQL."""
    try:
        with temporary_database() as url, tempfile.TemporaryDirectory(prefix="bench-") as folder:
            return run(url, Path(folder))
    except NoPostgres as problem:
        print(problem, file=sys.stderr)
        return 1


def set_up(url: str, folder: Path) -> None:
    """Django on that database, this process and the servers it starts."""
    os.environ |= {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "LMS_DATA_DIR": str(folder),
        "REDIS_URL": "",
    }
    import django

    django.setup()


def migrate() -> None:
    """All tables, empty."""
    from django.core.management import call_command

    print("Preparing the database …", flush=True)
    call_command("migrate", verbosity=0)


def analyze() -> None:
    """As autovacuum would have done by the time people come."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def write_figures(path: Path, url: str, **found: Any) -> None:
    """`found` with the moment and the machine, as JSON."""
    import django

    machine = {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgresql": server_version(url),
    }
    document = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, **found}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
