"""Each plug-in alone, with the base it stands on: it starts, migrates, and passes its own tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects.base import PLUGINS

ROOT = Path(__file__).resolve().parent.parent.parent


def run(plugin: str, *command: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "LMS_"))} | {
        "DJANGO_SETTINGS_MODULE": f"tests.projects.{plugin}.settings"
    }
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_starts_and_has_all_its_migrations(plugin: str) -> None:
    """One process: `makemigrations` runs the system checks before it looks for changes."""
    run(plugin, "-m", "django", "makemigrations", "--check", "--dry-run")


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_migrates_and_passes_its_own_tests(plugin: str) -> None:
    shown = run(plugin, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{plugin}")
    assert " passed" in shown
