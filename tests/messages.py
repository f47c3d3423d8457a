"""`python -m tests.messages`: collect every app's messages into its catalogue and compile it."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """msgid ""
msgstr ""
"Project-Id-Version: lms\\n"
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
""".rstrip("\n")


def main() -> int:
    """Runs Django's makemessages in each app, keeps fuzzy guesses out, compiles."""
    for app in sorted([*(ROOT / "lms").iterdir(), ROOT / "cms_pages"]):
        if (app / "apps.py").exists():
            _collect(app)
            catalogue = app / "locale/zh_Hans/LC_MESSAGES/django.po"
            if catalogue.exists():
                _tidy(catalogue)
                compiled = catalogue.with_suffix(".mo")
                subprocess.run(["msgfmt", "--check-format", "-o", str(compiled), str(catalogue)], check=True)
    return 0


def _collect(app: Path) -> None:
    # The program, not `python -m django`: that puts the app's folder first on the path, and an app's `selectors.py`
    # would stand in for the standard library's.
    program = str(Path(sys.executable).parent / "django-admin")
    command = [program, "makemessages", "-l", "zh_Hans", "--no-location", "--no-obsolete", "-v", "0"]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, cwd=app, env=environment, check=True)


def _tidy(catalogue: Path) -> None:
    """A guess taken from another message is emptied; the head is the same everywhere and holds no date."""
    _head, *blocks = catalogue.read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    catalogue.write_text("\n\n".join([HEAD, *map(_without_guess, blocks)]) + "\n", encoding="utf-8")


def _without_guess(block: str) -> str:
    if not re.search(r"^#,.*\bfuzzy\b", block, flags=re.MULTILINE):
        return block
    block = re.sub(r"^#\|.*\n", "", block, flags=re.MULTILINE)
    block = re.sub(r"^#, fuzzy(?:, (.*))?\n", lambda found: f"#, {found[1]}\n" if found[1] else "", block, flags=re.M)
    return re.sub(r'^(msgstr(?:\[\d+\])?) ".*"(?:\n".*")*', r'\1 ""', block, flags=re.MULTILINE)


if __name__ == "__main__":
    sys.exit(main())
