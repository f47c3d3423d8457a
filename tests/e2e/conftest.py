"""The site, the browser and guarded screens for browser tests."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from cms_pages.demo import DEMO_PASSWORD
from tests.database import TestDatabase
from tests.e2e.screen import DESKTOP, Screen
from tests.e2e.site import Site, drop_postgresql_database, postgresql_database
from tests.e2e.walk import Walker, summed_up

ARTIFACTS = Path(__file__).resolve().parent.parent.parent / "test-artifacts"
ON_POSTGRESQL = os.environ.get("LMS_TEST_DB") == "postgresql"
LIVED, READY = "lived", "ready"
CHROMIUM = os.environ.get("LMS_CHROMIUM", "/usr/bin/chromium")
# One process for each of these groups, each with a site of its own: the main job ends the term that the others stand
# in, and waits for clocks more than it works, so it begins at once beside the walks.
GROUPS = {"test_main_job.py": "main job", "test_walk_staff.py": "staff", "test_walk_learners.py": "learners"}
OTHERS = "jobs"
ORDER = ("main job", "staff", "learners", OTHERS)
# How long a screen may take where a test names no time of its own: four browsers and four servers share the machine.
expect.set_options(timeout=20_000)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker("e2e")
            item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items.sort(key=lambda item: ORDER.index(group_of(item)))


def group_of(item: pytest.Item) -> str:
    return GROUPS.get(item.path.name, OTHERS)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Site]:
    """The demo site with a small class, as `make run` would prepare it: lived once a run, copied for each process."""
    folder = tmp_path_factory.mktemp("site") / "data"
    own = tmp_path_factory.getbasetemp()
    lived = (own if worker_id == "master" else own.parent) / LIVED
    with locked(lived.with_suffix(".lock")):
        if not (lived / READY).exists():
            prepare(Site(lived, database_of(lived, migrated=TestDatabase(worker_id).template())))
            (lived / READY).touch()
        shutil.copytree(lived, folder)
        url = database_of(folder, migrated=name_of(lived))
    installation = Site(folder, url)
    installation.start()
    yield installation
    installation.stop()
    if ON_POSTGRESQL:
        drop_postgresql_database(name_of(folder))


def prepare(installation: Site) -> None:
    installation.manage("migrate", "--verbosity", "0")
    installation.manage("createcachetable")
    installation.manage("load_demo", "--learners", "30", "--terms", "2025-autumn")


def database_of(folder: Path, *, migrated: str) -> str:
    """The address of the folder's database: a copy of the `migrated` one, or the file that stands there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if ON_POSTGRESQL:
        return postgresql_database(name_of(folder), like=migrated)
    if not (folder / "lms.sqlite3").exists():
        shutil.copy(migrated, folder / "lms.sqlite3")
    return f"sqlite:///{folder / 'lms.sqlite3'}"


def name_of(folder: Path) -> str:
    return f"lms_e2e_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The process that started the others removes what they copied from."""
    if ON_POSTGRESQL and not hasattr(session.config, "workerinput"):
        drop_postgresql_database(name_of(session.config._tmp_path_factory.getbasetemp() / LIVED))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def new_screen(site: Site, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Screen]]:
    """`new_screen(size=PHONE, language="en")` -> a guarded screen; every fault on any of them fails the test."""
    screens: list[Screen] = []

    def make(*, size: dict[str, int] = DESKTOP, language: str = "", **options: Any) -> Screen:
        screens.append(Screen(browser, site.address, size=size, language=language, **options))
        return screens[-1]

    yield make
    faults: list[str] = []
    for number, screen in enumerate(screens):
        if request.node.stash.get(FAILED, False) and not screen.page.is_closed():
            ARTIFACTS.mkdir(exist_ok=True)
            screen.page.screenshot(path=ARTIFACTS / f"{request.node.name}-{number}.png", full_page=True)
        faults.extend(screen.close())
    assert not faults, "\n".join(faults)


@pytest.fixture
def new_walker(site: Site, browser: Browser) -> Iterator[Callable[..., Walker]]:
    """`new_walker(size, "learner", language="en")`; an empty name stays signed out."""
    walkers: list[Walker] = []

    def make(size: dict[str, int], username: str = "", language: str = "") -> Walker:
        walkers.append(Walker(browser, site.address, size=size, language=language))
        if username:
            walkers[-1].sign_in(username, DEMO_PASSWORD)
        return walkers[-1]

    yield make
    faults = [fault for walker in walkers for fault in walker.close()]
    assert not faults, summed_up(faults)


FAILED: pytest.StashKey[bool] = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    outcome: Any = yield
    if call.when == "call":
        item.stash[FAILED] = outcome.get_result().failed
