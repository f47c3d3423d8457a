"""`make run` before it serves: folder, port and lock, each with one clear line; what a reset may delete."""

import fcntl
import socket
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from cms_pages.management.commands import load_demo
from config import serve
from config.starting import refuse_wrong_settings


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "the data"
    monkeypatch.setenv("LMS_DATA_DIR", str(folder))
    monkeypatch.setattr(serve.signal, "signal", lambda *_: None)
    return folder


def only_line(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    (line,) = (shown.err or shown.out).splitlines()
    return line


@pytest.mark.parametrize("port", ["abc", "0", "65536", "", "-1", "٨٠٨٠"])
def test_what_is_no_port(data: Path, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["--port", port]) == 1
    assert "is not a port" in only_line(capsys)
    assert not data.exists()


def test_a_port_that_is_taken_and_a_host_that_is_none(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serve.main(["--port", str(port)]) == 1
        assert f"127.0.0.1:{port} cannot be used (Address already in use)" in only_line(capsys)
    assert serve.main(["--host", "no such host"]) == 1
    assert "no such host:8000 cannot be used" in only_line(capsys)


@pytest.mark.parametrize("folder", ["/proc/nothing", "/etc/passwd", "/etc/passwd/x", " "])
def test_a_folder_that_cannot_be_one(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: Path
) -> None:
    monkeypatch.setenv("LMS_DATA_DIR", folder)
    monkeypatch.setattr(serve, "_port_problem", lambda *_: "")
    assert serve.main([]) == 1
    assert only_line(capsys).endswith("make run DATA=...")


def test_one_run_at_a_time_on_a_folder(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve, "_port_problem", lambda *_: "")
    data.mkdir()
    (data / "secrets.json").write_text("{}")
    with (data / "run.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert serve.main([]) == 1
        assert "Another `make run` uses" in only_line(capsys)
        assert serve.main(["--reset"]) == 1
        assert "nothing was deleted" in only_line(capsys)
    assert (data / "secrets.json").exists()


def test_a_reset_deletes_what_is_ours_and_nothing_else(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["--reset"]) == 0
    assert "Nothing to reset" in only_line(capsys)
    (data / "media/images").mkdir(parents=True)
    (data / "letters.txt").write_text("mine")
    assert serve.main(["--reset"]) == 1
    assert "does not look like" in only_line(capsys)
    assert (data / "media/images").is_dir()
    for name in ("secrets.json", "lms.sqlite3", "lms.sqlite3-wal"):
        (data / name).write_text("")
    assert serve.main(["--reset"]) == 0
    assert "1 other entries in it were left alone" in only_line(capsys)
    assert [entry.name for entry in data.iterdir()] == ["letters.txt"]
    (data / "letters.txt").rename(data / "secrets.json")
    assert serve.main(["--reset"]) == 0
    assert not data.exists()


def test_a_database_that_cannot_be_opened_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("no route\nmore")

    monkeypatch.setattr(connection, "ensure_connection", fail)
    with pytest.raises(CommandError, match=r"^The database cannot be opened \(no route\). Correct DATABASE_URL.$"):
        call_command("prepare_site")


@pytest.mark.django_db
def test_demo_accounts_appear_all_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last account says that the demo is complete: it must not stand when anything fails after it."""
    from tests import factories

    seat = factories.an_enrolment()
    before = seat.person.user.username

    def rename_then_fail(self: object, login: load_demo.LearnerLogin) -> None:
        if login is not load_demo.LEARNERS[0]:
            raise RuntimeError("stopped")
        seat.person.user.username = login.username
        seat.person.user.save()

    monkeypatch.setattr(load_demo.Command, "_open_learner", rename_then_fail)
    with pytest.raises(RuntimeError):
        load_demo.Command()._open_learners()
    seat.person.user.refresh_from_db()
    assert seat.person.user.username == before


def test_the_web_server_does_not_start_with_wrong_keys(settings: object) -> None:
    refuse_wrong_settings()
    settings.LMS_CODE_KEY = "short"  # type: ignore[attr-defined]
    with pytest.raises(SystemExit, match="LMS_CODE_KEY is missing or shorter"):
        refuse_wrong_settings()
