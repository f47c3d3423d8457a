"""Settings from the environment: every wrong variable in one sentence, no secret in any, and a table that is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.environment import Environment
from config.secrets import NAMES, load_secrets

ROOT = Path(settings.BASE_DIR)
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}


def read_all(env: Environment) -> None:
    """Every kind of read that the settings do, under the names they do it."""
    env.database("DATABASE_URL", SQLITE)
    env.whole("LMS_DB_POOL", 16, least=2, most=1000)
    env.redis("REDIS_URL")
    env.mail("EMAIL_URL", "consolemail://")
    env.sender("LMS_FROM_EMAIL", "no-reply@localhost")
    env.origin("LMS_PUBLIC_ORIGIN")
    env.origins("LMS_TRUSTED_ORIGINS")
    env.hosts("LMS_ALLOWED_HOSTS", ["*"])
    env.secret("LMS_CODE_KEY", 22)
    env.flag("LMS_DEBUG", default=False)
    env.choice("LMS_LOG_LEVEL", "INFO", ("DEBUG", "INFO"))
    env.folder("LMS_DATA_DIR", Path("data"))


WRONG = [
    *(("DATABASE_URL", value) for value in ("garbage", "foo://x/y", "mysql://u:p@h/n", "postgres://u:p@h:abc/n")),
    *(("DATABASE_URL", value) for value in ("postgres://u:p@h", "postgres://", "sqlite://")),
    *(("LMS_DB_POOL", value) for value in ("abc", "0", "-1", "1.5", "٣٣")),
    *(("REDIS_URL", value) for value in ("garbage", "http://x", "redis://", "redis://h:abc")),
    *(("EMAIL_URL", value) for value in ("garbage", "smtp://", "smtp+tls://u:p@h:x", "fax://h")),
    *(("LMS_FROM_EMAIL", value) for value in ("nobody", "a b@c d", "Name <nobody>")),
    *(("LMS_PUBLIC_ORIGIN", value) for value in ("example.org", "ftp://x", "https://", "https://x/y", "https://x:0")),
    *(("LMS_TRUSTED_ORIGINS", value) for value in ("example.org", "https://a,b")),
    *(("LMS_ALLOWED_HOSTS", value) for value in ("http://x", "a.org/path", "a.org:80", "a b")),
    ("LMS_CODE_KEY", "short"),
    ("LMS_DEBUG", "maybe"),
    ("LMS_LOG_LEVEL", "loud"),
    ("LMS_DATA_DIR", " "),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_sentence_that_names_its_variable(name: str, value: str) -> None:
    env = Environment({name: value})
    read_all(env)
    assert list(env.problems) == [name]
    with pytest.raises(SystemExit) as stop:
        env.stop_if_wrong()
    assert str(stop.value).startswith(f"{name}: ")
    assert "\n" not in str(stop.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://u:p%40@h:5432/n"),
        ("DATABASE_URL", "sqlite:////tmp/a.sqlite3"),
        ("REDIS_URL", "redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("EMAIL_URL", "smtp+tls://user:word@mail.example.org:587"),
        ("LMS_FROM_EMAIL", "培训中心 <no-reply@example.org>"),
        ("LMS_PUBLIC_ORIGIN", "https://training.example.org:8443/"),
        ("LMS_PUBLIC_ORIGIN", "http://[::1]:8000"),
        ("LMS_ALLOWED_HOSTS", "a.org, .b.org,[::1],127.0.0.1,*"),
        ("LMS_DEBUG", "True"),
        ("LMS_LOG_LEVEL", "debug"),
    ],
)
def test_right_and_empty_values_are_taken(name: str, value: str) -> None:
    for given in ({name: value}, {name: ""}, {}):
        env = Environment(given)
        read_all(env)
        env.stop_if_wrong()


def test_everything_wrong_is_said_at_once_and_no_secret_with_it() -> None:
    env = Environment(
        {
            "DATABASE_URL": "postgres://u:topsecret@h:abc/n",
            "REDIS_URL": "tcp://:topsecret@h",
            "EMAIL_URL": "smtp://u:topsecret@h:x",
            "LMS_CODE_KEY": "topsecret",
            "LMS_DB_POOL": "abc",
        }
    )
    read_all(env)
    with pytest.raises(SystemExit) as stop:
        env.stop_if_wrong()
    lines = str(stop.value).splitlines()
    assert len(lines) == 5
    assert "topsecret" not in str(stop.value)


def test_a_password_that_begins_with_a_dollar_is_no_reference() -> None:
    assert Environment({"LMS_CODE_KEY": "$" + "a" * 40}).secret("LMS_CODE_KEY", 22) == "$" + "a" * 40


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = load_secrets(Environment({}), tmp_path / "new")
    assert load_secrets(Environment({}), tmp_path / "new") == first
    assert len({first.secret_key, first.index_key, first.code_key}) == 3
    assert (tmp_path / "new/secrets.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"LMS_SECRET_KEY": 5}'])
def test_damaged_secrets_are_named_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(SystemExit, match="is damaged"):
        load_secrets(Environment({}), tmp_path)
    assert (tmp_path / "secrets.json").read_text() == content


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", Path("/proc/nothing")):
        with pytest.raises(SystemExit, match="cannot be used"):
            load_secrets(Environment({}), folder)


def test_a_command_says_it_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"LMS_DATA_DIR": str(tmp_path), "DATABASE_URL": "garbage", "LMS_DB_POOL": "abc", "LMS_LOG_LEVEL": "loud"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "DATABASE_URL",
        "LMS_DB_POOL",
        "LMS_LOG_LEVEL",
    ]


READ = re.compile(
    r"""(?:env\.\w+\(\s*|os\.environ\.get\(\s*|os\.environ\.setdefault\(\s*|environ\[)["']([A-Z_]+)["']"""
)
OF_THE_SYSTEM = {"CI", "PYTEST_XDIST_WORKER", "DJANGO_SETTINGS_MODULE", "LMS_TEMPLATE_URL", "LMS_WALK"}


def test_the_table_lists_what_is_read_and_nothing_else() -> None:
    table = (ROOT / "docs/operations/settings.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)} - {"HOST", "PORT", "DATA"}
    sources = [path for folder in ("config", "tests", "bench") for path in (ROOT / folder).rglob("*.py")]
    read = {name for path in sources for name in READ.findall(path.read_text(encoding="utf-8"))} | set(NAMES)
    assert listed == read - OF_THE_SYSTEM
