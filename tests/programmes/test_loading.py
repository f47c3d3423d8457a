"""Loading a file: all or nothing, idempotent, never against a decision already made."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from lms.core.exceptions import Refusal
from lms.programmes.enums import HourKind
from lms.programmes.models import ClassGroup, Course, Module, Programme, SubsidyRate, Term
from lms.programmes.selectors import flat_figures
from lms.programmes.services import load_programme, set_credit
from lms.programmes.signals import programme_loaded
from tests import factories

FILE = Path(__file__).parents[2] / "lms/programmes/data/xianyang-2025.toml"
TEXT = FILE.read_text()
LATER = datetime(2025, 3, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
BEFORE = datetime(2025, 1, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alone(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other app's gates and receivers: what the others do is tested with them."""
    settings.LMS_PROGRAMMES_CHANGE_GATES = []
    monkeypatch.setattr(programme_loaded, "receivers", [])
    programme_loaded.sender_receivers_cache.clear()


@pytest.fixture
def loaded() -> Programme:
    assert load_programme(TEXT, at=BEFORE).outcome == "created"
    return Programme.objects.get()


def changed(*changes: tuple[str, str]) -> str:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def codes(report: Any) -> list[str]:
    return [refusal.code for refusal in report.refusals]


def test_the_notice_becomes_exact_figures(loaded: Programme) -> None:
    assert loaded.class_hour_minutes == 45
    assert loaded.required_offline_minutes == 3240
    assert (loaded.certificate_minutes, loaded.certificate_online_minutes) == (4050, 810)
    assert loaded.absence_limit == Fraction(1, 3)
    assert loaded.fee_fen == 180_000
    assert loaded.pass_mark == Decimal(60)
    assert loaded.number_pattern == "XYJX-{year}-{serial:05d}"
    assert loaded.loaded_at == BEFORE
    rates = SubsidyRate.objects.values_list("authority", "numerator", "denominator")
    assert list(rates) == [("市直", 80, 100), ("区县", 0, 100)]
    assert Module.objects.count() == 3
    assert Course.objects.count() == 12
    assert sum(Course.objects.values_list("offline_minutes", flat=True)) == 3240
    spring = Term.objects.get(code="2025-spring")
    assert (spring.starts_on, spring.registration_closes_on) == (date(2025, 3, 1), date(2025, 2, 15))
    assert ClassGroup.objects.filter(term=spring).count() == 3


def test_a_second_load_changes_nothing(loaded: Programme, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(15):
        report = load_programme(TEXT, at=LATER)
    assert (report.outcome, report.changes, report.refusals) == ("unchanged", (), ())
    assert Programme.objects.get().loaded_at == BEFORE
    assert ModelLogEntry.objects.filter(action="lms_programmes.load").count() == 1


def test_what_is_stored_compares_equal_to_its_file(loaded: Programme) -> None:
    assert flat_figures(loaded)["fee.subsidies.市直.rate"] == Fraction(4, 5)
    assert load_programme(TEXT.replace('"80/100"', '"4/5"'), at=LATER).outcome == "unchanged"


def test_a_change_is_named_and_written_to_the_trail(loaded: Programme) -> None:
    report = load_programme(changed(("capacity = 300", "capacity = 280"), ('"1800.00"', '"1750.50"')), at=LATER)
    assert report.outcome == "changed"
    assert [(change.key, str(change.old), str(change.new)) for change in report.changes] == [
        ("fee.amount_yuan", "1800.00", "1750.50"),
        ("terms.2025-spring.capacity", "300", "280"),
    ]
    assert Programme.objects.get().fee_fen == 175_050
    entry = ModelLogEntry.objects.filter(action="lms_programmes.load").latest("pk")
    assert entry.data["before"] == {"fee.amount_yuan": "1800.00", "terms.2025-spring.capacity": "300"}


def test_a_dry_run_writes_and_sends_nothing(loaded: Programme) -> None:
    sent: list[Any] = []
    programme_loaded.connect(lambda **kwargs: sent.append(kwargs), weak=False)
    report = load_programme(changed(("capacity = 300", "capacity = 280")), at=LATER, dry_run=True)
    assert report.outcome == "changed"
    assert Term.objects.get(code="2025-spring").capacity == 300
    assert sent == []


def test_the_signal_stands_or_falls_with_the_load(loaded: Programme) -> None:
    def fail(**kwargs: Any) -> None:
        raise RuntimeError("a receiver broke")

    programme_loaded.connect(fail, weak=False)
    with pytest.raises(RuntimeError):
        load_programme(changed(("capacity = 300", "capacity = 280")), at=LATER)
    assert Term.objects.get(code="2025-spring").capacity == 300


def test_an_invalid_file_writes_nothing() -> None:
    report = load_programme(changed(("theory = 40", "theory = 41")), at=LATER)
    assert report.outcome == "invalid"
    assert not Programme.objects.exists()


def test_terms_and_classes_that_are_not_in_the_file_stay(loaded: Programme) -> None:
    factories.a_term(loaded, "demo")
    factories.a_group(Term.objects.get(code="2025-summer"), "Z")
    report = load_programme(TEXT, at=LATER)
    assert report.outcome == "unchanged"
    assert set(report.kept) == {"terms.demo", "terms.2025-summer.groups.Z"}
    assert Term.objects.count() == 4


def test_a_course_is_never_taken_away(loaded: Programme) -> None:
    report = load_programme(changed(('code = "P1"', 'code = "P9"')), at=LATER)
    assert (report.outcome, codes(report)) == ("refused", ["course_gone"])
    assert Course.objects.filter(code="P1").exists()


def test_a_course_may_move_to_another_module(loaded: Programme) -> None:
    swapped = TEXT.replace('code = "T4"', 'code = "X"').replace('code = "P4"', 'code = "T4"')
    swapped = swapped.replace('code = "X"', 'code = "P4"')
    assert load_programme(swapped, at=LATER).outcome == "changed"
    assert Course.objects.get(code="T4").module.kind == "practice"
    assert Course.objects.count() == 12


def test_dates_of_a_begun_term_with_learners_stay(loaded: Programme) -> None:
    factories.an_enrolment(Term.objects.get(code="2025-spring"))
    moved = changed(("ends_on = 2025-03-31", "ends_on = 2025-03-30"))
    report = load_programme(moved, at=LATER)
    assert (report.outcome, codes(report)) == ("refused", ["term_begun"])
    assert load_programme(moved, at=BEFORE, dry_run=True).outcome == "changed"


def test_dates_of_a_begun_term_without_learners_may_move(loaded: Programme) -> None:
    assert load_programme(changed(("ends_on = 2025-03-31", "ends_on = 2025-03-30")), at=LATER).outcome == "changed"


def test_a_term_with_learners_keeps_its_code(loaded: Programme) -> None:
    factories.an_enrolment(Term.objects.get(code="2025-spring"))
    report = load_programme(changed(("2025-spring", "2025-chun")), at=BEFORE)
    assert (report.outcome, codes(report)) == ("refused", ["term_code_lost"])
    assert not Term.objects.filter(code="2025-chun").exists()


def test_seats_do_not_shrink_below_those_taken(loaded: Programme) -> None:
    term = Term.objects.get(code="2025-spring")
    group = term.groups.get(code="A")
    for _place in range(2):
        factories.an_enrolment(term, group=group)
    fewer = changed(("capacity = 300", "capacity = 1"), ("capacity = 100", "capacity = 1"))
    report = load_programme(fewer, at=BEFORE)
    assert codes(report) == ["seats_taken", "seats_taken"]
    assert [refusal.figures["taken"] for refusal in report.refusals] == [2, 2]
    enough = changed(("capacity = 300", "capacity = 2"), ("capacity = 100", "capacity = 2"))
    assert load_programme(enough, at=BEFORE).outcome == "changed"


def test_the_class_hour_keeps_its_length_once_hours_are_credited(loaded: Programme) -> None:
    enrolment = factories.an_enrolment(Term.objects.get(code="2025-spring"))
    set_credit(enrolment, 45, kind=HourKind.OFFLINE, source="test", reference="1", earned_on=date(2025, 3, 3), at=LATER)
    report = load_programme(changed(("class_hour_minutes = 45", "class_hour_minutes = 50")), at=LATER)
    assert codes(report) == ["hours_given"]


def test_the_period_to_appeal_stands_from_the_first_day_on(loaded: Programme) -> None:
    shorter = changed(("working_days = 5", "working_days = 3"))
    assert load_programme(shorter, at=LATER, dry_run=True).outcome == "changed"
    factories.an_enrolment(Term.objects.get(code="2025-spring"))
    assert load_programme(shorter, at=BEFORE, dry_run=True).outcome == "changed"
    report = load_programme(shorter, at=LATER)
    assert (report.outcome, codes(report)) == ("refused", ["appeals_running"])


def test_no_two_programmes_number_their_certificates_alike(loaded: Programme) -> None:
    other = re.sub(r"2025-(spring|summer|autumn)", r"x-\1", TEXT).replace('"xianyang-2025"', '"other"')
    assert codes(load_programme(other, at=LATER)) == ["number_pattern_taken"]
    assert Programme.objects.count() == 1
    assert load_programme(other.replace("XYJX-", "QT-"), at=LATER).outcome == "created"
    report = load_programme(changed(("XYJX-{year}", "QT-{year}")), at=LATER)
    assert (report.outcome, codes(report)) == ("refused", ["number_pattern_taken"])


def test_another_programme_keeps_its_term_codes(loaded: Programme) -> None:
    report = load_programme(changed(('slug = "xianyang-2025"', 'slug = "other"'), ("XYJX-", "QT-")), at=LATER)
    assert (report.outcome, set(codes(report))) == ("refused", {"term_code_taken"})
    assert Programme.objects.count() == 1


def refuse_pass_mark(programme: Programme, changed_keys: frozenset[str]) -> Refusal | None:
    return Refusal("released", "Results are released.") if "assessment.pass_mark" in changed_keys else None


def test_gates_of_other_apps_are_asked_with_the_changed_keys(loaded: Programme, settings: Any) -> None:
    settings.LMS_PROGRAMMES_CHANGE_GATES = [f"{__name__}.refuse_pass_mark"]
    report = load_programme(changed(("pass_mark = 60", "pass_mark = 55")), at=LATER)
    assert (report.outcome, codes(report)) == ("refused", ["released"])
    assert Programme.objects.get().pass_mark == 60
    assert load_programme(changed(("capacity = 300", "capacity = 299")), at=LATER).outcome == "changed"


def test_subsidies_are_added_changed_and_dropped(loaded: Programme) -> None:
    text = changed(('authority = "区县"', 'authority = "秦都区"'), ('rate = "80/100"', 'rate = "1/3"'))
    assert load_programme(text, at=LATER).outcome == "changed"
    rates = SubsidyRate.objects.values_list("authority", "numerator", "denominator")
    assert set(rates) == {("市直", 1, 3), ("秦都区", 0, 100)}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, TEXT.count("\n") - 1), act=st.sampled_from(["drop", "double", "one"]))
def test_all_or_nothing_whatever_the_file(place: int, act: str) -> None:
    load_programme(TEXT, at=BEFORE)
    before = flat_figures(Programme.objects.get(slug="xianyang-2025"))
    lines = TEXT.splitlines()
    lines[place : place + 1] = {
        "drop": [],
        "double": [lines[place]] * 2,
        "one": [lines[place].split("=")[0] + "= 1" if "=" in lines[place] else lines[place]],
    }[act]
    report = load_programme("\n".join(lines), at=LATER)
    after = flat_figures(Programme.objects.get(slug="xianyang-2025"))
    assert report.stands or before == after
    assert load_programme(TEXT, at=LATER).stands


def test_the_command_prints_json_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_programme", str(FILE), "--json")
    assert json.loads(capsys.readouterr().out)["outcome"] == "created"
    broken = tmp_path / "broken.toml"
    broken.write_text(changed(("theory = 40", "theory = 41")))
    with pytest.raises(SystemExit) as stop:
        call_command("load_programme", str(broken), "--json")
    assert stop.value.code == 1
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert (error["key"], error["code"]) == ("assessment.regular", "weights_100")
    assert error["line"] == TEXT.splitlines().index("regular = 30") + 1


def test_the_command_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, content in ((tmp_path / "none.toml", None), (tmp_path / "latin.toml", b"\xff\xfe")):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(CommandError) as stop:
            call_command("load_programme", str(path))
        assert stop.value.returncode == 2


def test_json_is_there_for_a_file_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "latin.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "empty.toml").write_bytes(b"")
    for name, code in (("none.toml", "unreadable"), (".", "unreadable"), ("latin.toml", "not_utf8")):
        with pytest.raises(CommandError):
            call_command("load_programme", str(tmp_path / name), "--json")
        found = json.loads(capsys.readouterr().out)
        assert (found["outcome"], found["errors"][0]["code"]) == ("invalid", code)
        assert found.keys() == {"outcome", "programme", "changes", "kept", "errors", "refusals"}
    with pytest.raises(SystemExit):
        call_command("load_programme", str(tmp_path / "empty.toml"), "--json")
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert {error["key"] for error in errors} >= {"format", "programme", "hours", "fee", "modules", "terms"}


def test_demo_terms_keep_the_dates_they_were_opened_with(loaded: Programme) -> None:
    call_command("open_demo_term", today=date(2026, 11, 24), verbosity=0)
    call_command("open_demo_term", today=date(2026, 12, 24), verbosity=0)
    demo, following = Term.objects.filter(code__startswith="demo").order_by("code")
    assert (demo.starts_on, demo.ends_on) == (date(2026, 11, 4), date(2026, 12, 4))
    assert following.registration_opens_on <= date(2026, 11, 24) <= following.registration_closes_on
    assert following.starts_on == date(2026, 12, 14)
    assert [term.groups.count() for term in (demo, following)] == [2, 2]
