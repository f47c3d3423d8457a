"""`python -m tests.lint`: style, types, layers, migrations, translations, and what must not be committed."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SOURCES = ("lms", "cms_pages", "config", "tests", "bench")
OUTSIDE = re.compile(r"https?://(?!(127\.0\.0\.1|localhost|www\.w3\.org|testserver|example\.(com|org)|\[|\{|%|\$))")
CMS_CATALOGUE = "cms_pages/locale/zh_Hans/LC_MESSAGES/django.po"
SITE_CATALOGUE = "config/locale/zh_Hans/LC_MESSAGES/django.po"
FORBIDDEN_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(application/(ld\+)?json)\")|\sstyle=\"|\son[a-z]+=\""
)


def main() -> int:
    """Run every check; exit code 1 when one of them found something."""
    checks: dict[str, Callable[[], Sequence[str]]] = {
        "style": lambda: (
            _tool("ruff", "check", "--quiet", *SOURCES) + _tool("ruff", "format", "--check", "-q", *SOURCES)
        ),
        "layers": lambda: _tool("lint-imports", "--no-logo") if (BIN / "lint-imports").exists() else [],
        "types": lambda: _tool("mypy", "--no-error-summary", "lms", "cms_pages", "config"),
        "migrations": lambda: _manage("makemigrations", "--check", "--dry-run"),
        "settings": lambda: _manage("check", "--fail-level", "WARNING"),
        "translations": lambda: [*untranslated_messages(), *colliding_messages()],
        "templates": lambda: [*inline_code()],
        "file sizes": lambda: [*long_files()],
        "documents": lambda: [*missing_documents()],
    }
    failed = 0
    for name, check in checks.items():
        found = check()
        print(f"{'ok' if not found else 'NOT OK':>8}  {name}", flush=True)
        if found:
            failed += 1
            print("\n".join(found))
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


def untranslated_messages() -> Iterator[str]:
    """Every source string stands in its app's catalogue, translated and not fuzzy; the .mo is compiled from it."""
    for app in sorted([*(ROOT / "lms").iterdir(), ROOT / "cms_pages"]):
        if (app / "apps.py").exists():
            yield from _catalogue_problems(app)
    yield from _stale_compiled(ROOT / SITE_CATALOGUE)


def colliding_messages() -> Iterator[str]:
    """All apps' catalogues become one at run time: a message (same context) must read the same in each of them."""
    wordings: dict[str, dict[str, list[str]]] = {}
    catalogues = [*ROOT.glob("lms/*/locale/zh_Hans/LC_MESSAGES/django.po"), *ROOT.glob(CMS_CATALOGUE)]
    for catalogue in sorted([*catalogues, *ROOT.glob(SITE_CATALOGUE)]):
        for identity, (text, _fuzzy) in _messages(catalogue.read_text(encoding="utf-8")).items():
            if identity:
                wordings.setdefault(identity, {}).setdefault(text, []).append(catalogue.parents[3].name)
    for identity, found in wordings.items():
        if len(found) > 1:
            said = "; ".join(f"{text} ({', '.join(apps)})" for text, apps in found.items())
            yield f"translated differently: {identity[:80]!r}: {said}"


def _catalogue_problems(app: Path) -> Iterator[str]:
    catalogue = app / "locale/zh_Hans/LC_MESSAGES/django.po"
    known = _messages(catalogue.read_text(encoding="utf-8")) if catalogue.exists() else {}
    name = app.relative_to(ROOT)
    for identity, (text, fuzzy) in known.items():
        if identity and (fuzzy or not text):
            yield f"{name}: {'fuzzy' if fuzzy else 'untranslated'}: {identity[:80]!r}"
    for identity in sorted(_used_messages(app) - set(known)):
        yield f"{name}: not in the catalogue: {identity[:80]!r}"
    if catalogue.exists():
        yield from _stale_compiled(catalogue)


def _stale_compiled(catalogue: Path) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(suffix=".mo") as fresh:
        subprocess.run(["msgfmt", "--check-format", "-o", fresh.name, str(catalogue)], check=True)
        compiled = catalogue.with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != Path(fresh.name).read_bytes():
            yield f"{compiled.relative_to(ROOT)} is not compiled from its catalogue (make messages)"


def _used_messages(app: Path) -> set[str]:
    """What xgettext finds in the app's Python and templates (templates through Django's own translation of them)."""
    from django.utils.translation.template import templatize

    with tempfile.TemporaryDirectory() as folder:
        files = [str(path) for path in app.rglob("*.py") if "migrations" not in path.parts]
        for number, template in enumerate([*app.rglob("templates/**/*.html"), *app.rglob("templates/**/*.txt")]):
            code = Path(folder) / f"template{number}.py"
            code.write_text(templatize(template.read_text(encoding="utf-8"), origin=str(template)), encoding="utf-8")
            files.append(str(code))
        keywords = (
            "gettext_noop",
            "gettext_lazy",
            "ngettext_lazy:1,2",
            "pgettext:1c,2",
            "npgettext:1c,2,3",
            "pgettext_lazy:1c,2",
        )
        command = ["xgettext", "-d", "x", "-L", "Python", "--from-code=UTF-8", "-o", "-", "--no-location", "--no-wrap"]
        command += [*(f"--keyword={word}" for word in keywords), "--files-from=-"]
        found = subprocess.run(command, input="\n".join(files), capture_output=True, text=True, check=True)
    return {identity for identity in _messages(found.stdout) if identity}


def _messages(catalogue: str) -> dict[str, tuple[str, bool]]:
    """Message id (with context) -> (translation, fuzzy) of a .po text; obsolete entries are left out."""
    found: dict[str, tuple[str, bool]] = {}
    for block in re.split(r"\n\s*\n", catalogue):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        fields = _fields(lines)
        if "msgid" in fields:
            translations = [value for key, value in fields.items() if key.startswith("msgstr")]
            identity = fields.get("msgctxt", "") + ("\x04" if "msgctxt" in fields else "") + fields["msgid"]
            found[identity] = ("" if "" in translations else "".join(translations), fuzzy)
    return found


def _fields(lines: Sequence[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    current = ""
    for line in lines:
        if match := re.match(r"(msg\w+(?:\[\d+\])?) \"(.*)\"$", line):
            current = match[1]
            fields[current] = match[2]
        elif current and (match := re.match(r"\"(.*)\"$", line)):
            fields[current] += match[1]
    return fields


def inline_code() -> Iterator[str]:
    """Learner and public templates hold no inline script, style or handler, and name no other host (strict CSP)."""
    for path in sorted([*ROOT.glob("lms/*/templates/**/*.html"), *ROOT.glob("cms_pages/templates/**/*.html")]):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if FORBIDDEN_INLINE.search(line) or OUTSIDE.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"


def long_files() -> Iterator[str]:
    """Past 400 lines a file wants to be a folder."""
    for path in sorted([*ROOT.glob("lms/**/*.py"), *ROOT.glob("cms_pages/**/*.py"), *ROOT.glob("config/**/*.py")]):
        if "migrations" not in path.parts and len(path.read_text(encoding="utf-8").splitlines()) > 400:
            yield f"{path.relative_to(ROOT)} has more than 400 lines"


def missing_documents() -> Iterator[str]:
    """Every app has a README, and what a document links to exists."""
    for app in sorted([*(ROOT / "lms").iterdir(), ROOT / "cms_pages"]):
        if (app / "apps.py").exists() and not (app / "README.md").exists():
            yield f"{app.relative_to(ROOT)} has no README.md"
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("lms/*/README.md")]):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)} links to {target}, which does not exist"


def _tool(name: str, *arguments: str) -> list[str]:
    return _output([str(BIN / name), *arguments])


def _manage(*arguments: str) -> list[str]:
    return _output([sys.executable, "manage.py", *arguments])


def _output(command: Sequence[str]) -> list[str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines() if done.returncode else []


if __name__ == "__main__":
    sys.exit(main())
