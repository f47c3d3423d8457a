"""The ground under every page: headers, cookies, production settings, static files, logs."""

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.test import Client

from config.logging import configure, mask_text, mask_value
from lms.people.enums import Role
from tests import factories

ROOT = Path(settings.BASE_DIR)
PAGES = ["/", "/accounts/login/", "/me/activate/", "/certificates/verify/", "/health/", "/no-such-page/"]
LEARNER_PAGES = [
    "/desk/",
    "/courses/",
    "/attendance/",
    "/exams/",
    "/exchange/forum/",
    "/exchange/library/",
    "/exchange/consulting/",
    "/results/",
    "/certificates/",
    "/messages/",
    "/apply/",
    "/fees/",
    "/appeals/",
    "/evaluation/",
    "/me/",
    "/accounts/2fa/",
    "/accounts/password/change/",
]
NUMBER = factories.an_id_number(321)
PHONE = "13900007321"


def directives(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    return {part[0]: part[1:] for part in parts if part}


def assert_strict(answer: Any) -> None:
    policy = directives(answer)
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert "microphone=()" in answer.headers["Permissions-Policy"]


class Inline(HTMLParser):
    """Collects what a strict policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        data = held.get("type") in {"application/json", "application/ld+json"}
        if tag == "style" or (tag == "script" and not held.get("src") and not data):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in held if name == "style" or name.startswith("on")]
        target = held.get("src") or held.get("action") or ""
        if target.startswith(("http:", "https:", "//", "javascript:")):
            self.found.append(f"{tag} {target}")


def inline_in(answer: Any) -> list[str]:
    reader = Inline()
    if "html" in answer.headers.get("Content-Type", ""):
        reader.feed(answer.content.decode())
    return reader.found


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_public_pages_are_strict(client: Client, path: str) -> None:
    answer = client.get(path)
    assert_strict(answer)
    assert inline_in(answer) == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", LEARNER_PAGES)
def test_learner_pages_are_strict(signed_in: Any, path: str) -> None:
    answer = signed_in(factories.an_enrolment().person.user).get(path, follow=True)
    assert_strict(answer)
    assert inline_in(answer) == []


@pytest.mark.django_db
def test_the_policy_is_relaxed_in_the_back_office_only(signed_in: Any, administrator: Any) -> None:
    answer = signed_in(administrator).get("/admin/", follow=True)
    assert answer.status_code == 200
    assert "Content-Security-Policy" not in answer.headers
    assert answer.headers["X-Frame-Options"] in {"DENY", "SAMEORIGIN"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_a_refusal_and_an_error_are_strict_too(signed_in: Any, outsider: Any) -> None:
    refused = signed_in(outsider).get("/attendance/board/1/")
    assert refused.status_code == 403
    assert_strict(refused)
    forged = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x", "password": "y"})
    assert forged.status_code == 403
    assert_strict(forged)


@pytest.mark.django_db
def test_cookies_are_closed_to_scripts_and_other_sites() -> None:
    user = factories.a_user("cookie", password="right-password-1")
    answer = Client().post("/accounts/login/", {"login": user.username, "password": "right-password-1"})
    session = answer.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    language = Client().post("/i18n/setlang/", {"language": "en"}).cookies["django_language"]
    assert language["samesite"] == "Lax"


PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "LMS_SECRET_KEY": "a-long-secret-key-of-a-test-with-many-different-letters-0123456789",
    "LMS_FIELD_KEYS": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODkrLw==",
    "LMS_INDEX_KEY": "index-key-of-a-test-0123456789",
    "LMS_CODE_KEY": "code-key-of-a-test-0123456789",
    "LMS_PUBLIC_ORIGIN": "https://training.example.org",
    "LMS_ALLOWED_HOSTS": "training.example.org",
    "EMAIL_URL": "smtp+tls://user:word@mail.example.org:587",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "LMS_SMS_BACKEND": "",
}


def run_manage(tmp_path: Path, *arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LMS_") and name != "DATABASE_URL"}
    given = {**kept, **PRODUCTION, "LMS_DATA_DIR": str(tmp_path), **changes}
    environment = {name: value for name, value in given.items() if value is not None}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_deployment_check_finds_nothing(tmp_path: Path) -> None:
    done = run_manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("missing", ["LMS_SECRET_KEY", "LMS_FIELD_KEYS", "LMS_INDEX_KEY", "LMS_CODE_KEY"])
def test_production_does_not_start_without_its_secrets(tmp_path: Path, missing: str) -> None:
    done = run_manage(tmp_path, "check", **{missing: None})
    assert done.returncode != 0
    assert done.stderr.strip() == f"Set these variables before starting in production: {missing}"
    assert not (tmp_path / "secrets.json").exists()


def test_production_cookies_and_headers(tmp_path: Path) -> None:
    script = (
        "from django.conf import settings as s; import json;"
        "print(json.dumps([s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        "s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_HTTPONLY, s.SESSION_COOKIE_PATH, s.SESSION_COOKIE_DOMAIN,"
        "s.CSRF_COOKIE_PATH, s.CSRF_COOKIE_DOMAIN, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 31535999,"
        "s.LMS_STAFF_SECOND_FACTOR, s.DEBUG]))"
    )
    done = run_manage(tmp_path, "shell", "-v", "0", "-c", script)
    named = ["__Host-sessionid", "__Host-csrftoken"]
    expected = [*named, True, True, True, True, "/", None, "/", None, True, True, True, False]
    assert json.loads(done.stdout.strip().splitlines()[-1]) == expected


def test_no_script_of_ours_reads_a_cookie() -> None:
    """Both cookies are closed to scripts in production, so a module that reads one would break there only."""
    scripts = [path for folder in ("lms", "cms_pages") for path in (ROOT / folder).rglob("*.js")]
    assert scripts
    assert [path.name for path in scripts if "document.cookie" in path.read_text(encoding="utf-8")] == []


def test_every_static_file_a_template_names_is_in_the_manifest(tmp_path: Path) -> None:
    done = run_manage(tmp_path, "collectstatic", "--noinput", "-v", "0", LMS_STATIC_ROOT=str(tmp_path / "static"))
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "static" / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    named = set()
    for folder in ("lms", "cms_pages"):
        for template in (ROOT / folder).rglob("*.html"):
            text = template.read_text(encoding="utf-8")
            named |= {found[1] for found in re.finditer(r"""\{%\s*static\s+["']([^"']+)["']""", text)}
    assert len(named) > 10
    assert sorted(named - manifest.keys()) == []
    modules = [name for name in manifest if name.startswith(("lms", "cms_pages")) and name.endswith(".js")]
    for name in modules:
        text = (tmp_path / "static" / manifest[name]).read_text(encoding="utf-8")
        for target in re.findall(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""", text):
            there = ((tmp_path / "static" / name).parent / target).resolve()
            assert there.exists(), f"{name} imports {target}"


@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        (f"no {NUMBER}.", f"no {NUMBER[:4]}**********{NUMBER[-4:]}."),
        ("61012119850615001x", "6101**********001x"),
        (f"q={PHONE}&x=1", "q=139****7321&x=1"),
        ("+8613900007321", "+86139****7321"),
        ("serial 20250310120000123456", "serial 20250310120000123456"),
    ],
)
def test_masking_of_text(plain: str, masked: str) -> None:
    assert mask_text(plain) == masked


def test_masking_reaches_every_depth() -> None:
    held = {"rows": [{"id": NUMBER, "phone": int(PHONE)}, (NUMBER,)], PHONE: ValueError(f"bad {NUMBER}"), "n": 3}
    assert NUMBER not in repr(mask_value(held))
    assert PHONE not in repr(mask_value(held))
    assert mask_value({"n": 3, "flag": True, "none": None}) == {"n": 3, "flag": True, "none": None}


@pytest.fixture(params=[True, False], ids=["json", "console"])
def written(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """`written()` -> what the site's own handler wrote."""
    root, paper = logging.getLogger(), io.StringIO()
    level, handlers = root.level, list(root.handlers)
    configure({"json": request.param, "level": "INFO"})
    root.handlers[0].setStream(paper)  # type: ignore[attr-defined]
    yield paper.getvalue
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.mark.django_db
def test_no_identifier_of_a_request_is_logged(written: Callable[[], str], signed_in: Any) -> None:
    client = signed_in(factories.staff(Role.ADMINISTRATOR))
    client.get("/admin/people/", {"q": NUMBER, "phone": PHONE})
    client.get(f"/desk/{NUMBER}/{PHONE}/")
    client.post("/accounts/login/", {"login": NUMBER, "password": PHONE})
    text = written()
    assert "/admin/people/" in text
    assert NUMBER not in text
    assert PHONE not in text


def test_no_identifier_of_an_exception_or_event_is_logged(written: Callable[[], str]) -> None:
    log = structlog.get_logger("tests.security")
    try:
        raise ValueError(f"duplicate key {NUMBER} of {PHONE}")
    except ValueError:
        log.exception("broke", row={"cells": [NUMBER, {"phone": PHONE}]}, numbers=(int(PHONE),), seen={NUMBER})
        logging.getLogger("tests.plain").exception("plain %s %r", NUMBER, {"phone": PHONE})
    text = written()
    assert "duplicate key" in text
    assert NUMBER not in text
    assert PHONE not in text


def test_a_broken_log_does_not_print_what_it_could_not_write(
    written: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger().handlers[0].stream.close()  # type: ignore[attr-defined]
    logging.getLogger("tests.plain").warning("plain %s", NUMBER)
    assert NUMBER not in capsys.readouterr().err
