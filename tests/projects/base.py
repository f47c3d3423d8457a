"""What somebody else's Wagtail site with a single plug-in looks like: the base below it, and nothing beside it."""

from typing import Any

from config.settings import test as reference

BASE = ("core", "people", "files", "programmes", "appeals", "questions")
PLUGINS = ("admissions", "attendance", "community", "evaluation", "exams", "fees", "modules")


def only(plugin: str) -> dict[str, Any]:
    """The reference settings cut down to one plug-in and what it stands on; lists of dotted paths follow.

    The base alone is migrated once; the test database of each plug-in starts as a copy of that.
    """
    return _cut_down({f"lms.{name}" for name in (*BASE, plugin)}) | {"LMS_TEST_GROUND": "tests.projects.ground"}


def ground() -> dict[str, Any]:
    """The base and no plug-in."""
    return _cut_down({f"lms.{name}" for name in BASE})


def _cut_down(wanted: set[str]) -> dict[str, Any]:
    settings = {name: getattr(reference, name) for name in dir(reference) if name.isupper()}
    settings["INSTALLED_APPS"] = [
        name for name in reference.INSTALLED_APPS if name in wanted or not name.startswith(("lms.", "cms_pages"))
    ]
    for name, value in settings.items():
        if name.startswith("LMS_") and isinstance(value, list):
            settings[name] = [entry for entry in value if _stays(entry, wanted)]
    return settings


def _stays(entry: Any, wanted: set[str]) -> bool:
    return not str(entry).startswith("lms.") or ".".join(str(entry).split(".")[:2]) in wanted
