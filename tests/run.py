"""`python -m tests.run [STAGE …]`: every stage of `make test` in order, fast ones first, and a summary at the end."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

# One order of the tests for everybody, so that a failure can be repeated; pytest alone shuffles them anew each time.
ORDER = "--randomly-seed=2025"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ORDER)
SPREAD = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
UNIT = (*PYTEST, *SPREAD, "--ignore=tests/e2e", "--ignore=tests/faults", "--ignore=tests/projects", "tests")
E2E = (*PYTEST, "-n", "4", "--dist", "loadgroup", "tests/e2e")
JOBS = (*PYTEST, "-n", "2", "--dist", "loadgroup", "tests/e2e/test_lesson.py", "tests/e2e/test_main_job.py")
POSTGRESQL_URL = "postgres://postgres@127.0.0.1:5432/postgres"


@dataclass(frozen=True)
class Stage:
    """A command with its extra environment; `database` stages are skipped with a line where none answers."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    needs_postgresql: bool = False


STAGES = {
    "lint": Stage((sys.executable, "-m", "tests.lint")),
    "unit-sqlite": Stage(UNIT, {"LMS_TEST_DB": "sqlite"}),
    "unit-postgresql": Stage(UNIT, {"LMS_TEST_DB": "postgresql"}, needs_postgresql=True),
    "projects": Stage((*PYTEST, "-n", "2", "tests/projects")),
    "faults": Stage((*PYTEST, "tests/faults"), {"LMS_TEST_DB": "postgresql"}, needs_postgresql=True),
    "e2e-sqlite": Stage(E2E, {"LMS_TEST_DB": "sqlite"}),
    "e2e-postgresql": Stage(JOBS, {"LMS_TEST_DB": "postgresql"}, needs_postgresql=True),
}


# Stages that wait for clocks more than they work run beside one that works; nothing else is done at the same time.
BESIDE = {"projects": ("e2e-postgresql",)}


def main(names: Sequence[str]) -> int:
    """All stages run even when one fails; the exit code is 0 only when every one passed."""
    wanted = list(names or STAGES)
    outcomes: dict[str, str] = dict.fromkeys(wanted, "")
    for name in wanted:
        if not outcomes[name]:
            together = [name, *(other for other in BESIDE.get(name, ()) if other in wanted)]
            with ThreadPoolExecutor(len(together)) as pool:
                outcomes |= zip(together, pool.map(_run, together), strict=True)
    print("\n" + "\n".join(f"{outcome:>8}  {name}" for name, outcome in outcomes.items()))
    return 1 if any(outcome.startswith("FAILED") for outcome in outcomes.values()) else 0


def _run(name: str) -> str:
    stage = STAGES[name]
    if stage.needs_postgresql and not postgresql_answers():
        if os.environ.get("CI") == "true":
            print(f"{name}: no PostgreSQL answers at {_url()}; with CI=true that is an error.", file=sys.stderr)
            return "FAILED"
        print(f"{name}: skipped, no PostgreSQL answers at {_url()} (set LMS_TEST_POSTGRESQL_URL).")
        return "skipped"
    print(f"== {name}", flush=True)
    started = time.monotonic()
    done = _quietly(name, stage) if any(name in others for others in BESIDE.values()) else _aloud(stage)
    return f"{'FAILED' if done else 'passed'} {time.monotonic() - started:4.0f} s"


def _aloud(stage: Stage) -> int:
    return subprocess.run(stage.command, env=os.environ | stage.environment, check=False).returncode


def _quietly(name: str, stage: Stage) -> int:
    """What it prints is shown as a whole at its end, so that it does not mix with the stage beside it."""
    with tempfile.TemporaryFile() as said:
        environment = os.environ | stage.environment
        code = subprocess.run(
            stage.command, env=environment, stdout=said, stderr=subprocess.STDOUT, check=False
        ).returncode
        said.seek(0)
        print(f"== {name} said:\n{said.read().decode(errors='replace')}", flush=True)
    return code


def postgresql_answers() -> bool:
    """Whether a server takes a connection within two seconds."""
    import psycopg

    try:
        psycopg.connect(_url(), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _url() -> str:
    return os.environ.get("LMS_TEST_POSTGRESQL_URL", POSTGRESQL_URL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
