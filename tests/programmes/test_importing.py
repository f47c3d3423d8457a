"""A class list from Excel: refused row by row, imported as a whole or not at all."""

import io
import time
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.exceptions import DomainError
from lms.people.models import Person, Unit
from lms.people.selectors import sheet_rows
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import ClassGroup, Enrolment
from lms.programmes.rules.class_list import column_letter, read_rows
from lms.programmes.services.class_list_sheets import write_annotated, write_template
from lms.programmes.services.importing import (
    SENTENCES,
    import_class_list,
    judge_class_list,
    read_class_list,
    refusals_of,
    sentence_of,
)
from tests import factories

TODAY = date(2025, 3, 10)
HEADINGS = ["姓名", "身份证号", "单位", "手机号", "职务"]
GOOD = factories.an_id_number(1)


def a_row(serial: int = 1, name: str = "李静", **changes: Any) -> list[Any]:
    values = {
        "姓名": name,
        "身份证号": factories.an_id_number(serial % 1000, born_on=date(1980, 1, 1 + serial // 1000)),
        "单位": "咸阳市某局",
        "手机号": f"138{serial:08d}",
        "职务": "科员",
    }
    return list({**values, **changes}.values())


def id_of(serial: int) -> str:
    """The ID number in `a_row(serial)`."""
    return str(a_row(serial)[1])


def a_list(*rows: list[Any], headings: list[Any] = HEADINGS) -> io.BytesIO:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(headings)
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out


def codes_of(table: list[list[Any]]) -> list[tuple[str, str]]:
    reading = read_rows(table, today=TODAY)
    return [(refusal.code, refusal.cell) for row in reading.rows for refusal in row.refusals]


@pytest.mark.parametrize(
    ("changes", "refusals"),
    [
        ({}, []),
        ({"姓名": None}, [("missing", "A2")]),
        ({"身份证号": "", "手机号": " "}, [("missing", "B2"), ("missing", "D2")]),
        ({"职务": None}, []),
        ({"身份证号": GOOD[:17] + ("1" if GOOD[17] != "1" else "2")}, [("id_checksum", "B2")]),
        ({"身份证号": "99999919850230001X"}, [("id_checksum", "B2")]),
        ({"身份证号": "6.1E+17"}, [("id_spreadsheet", "B2")]),
        ({"身份证号": 6.10404198506e17}, [("id_is_number", "B2")]),
        ({"身份证号": int(factories.an_id_number(7))}, [("id_is_number", "B2")]),
        ({"身份证号": "6104041985"}, [("id_length", "B2")]),
        ({"身份证号": "6104041985O6150011"}, [("id_characters", "B2")]),
        ({"身份证号": factories.an_id_number(1, born_on=date(2031, 1, 1))}, [("id_birth_date", "B2")]),
        ({"身份证号": f" {GOOD.lower()} "}, []),
        ({"手机号": 13800000001.0}, []),
        ({"手机号": 13800000001}, []),
        ({"手机号": "029-88880000"}, [("phone_wrong", "D2")]),
        ({"姓名": "长" * 61}, [("too_long", "A2")]),
        ({"单位": "#N/A"}, [("error_value", "C2")]),
    ],
)
def test_a_row_is_refused_at_its_cell(changes: dict[str, Any], refusals: list[tuple[str, str]]) -> None:
    assert codes_of([HEADINGS, a_row(**changes)]) == refusals


def test_the_second_row_with_the_same_id_or_phone_names_the_first() -> None:
    twin = a_row(1, "王芳")
    reading = read_rows([HEADINGS, a_row(1), [], twin], today=TODAY)
    assert [(row.number, row.verdict) for row in reading.rows] == [(2, "new"), (4, "refused")]
    assert [(refusal.code, refusal.figures["row"]) for refusal in reading.rows[1].refusals] == [
        ("id_twice", 2),
        ("phone_twice", 2),
    ]


@pytest.mark.parametrize(
    ("headings", "problems"),
    [
        ([*HEADINGS, "备注"], [("unknown_column", "F")]),
        (["姓名", "身份证号", "单位"], [("missing_column", "")]),
        (["姓名", "姓名", "身份证号", "单位", "手机号"], [("column_twice", "B")]),
        (["Name", "ID number", "Unit", "Mobile"], []),
        (["姓 名", "身份证号码", "工作单位", "手机号码", None], []),
    ],
)
def test_headings_are_checked_first(headings: list[Any], problems: list[tuple[str, str]]) -> None:
    reading = read_rows([[None], headings, a_row()[: len(headings)]], today=TODAY)
    assert [(problem.code, problem.cell) for problem in reading.problems] == problems


def test_an_empty_list_and_an_endless_one_are_refused() -> None:
    assert [problem.code for problem in read_rows([], today=TODAY).problems] == ["no_headings"]
    assert [problem.code for problem in read_rows([HEADINGS], today=TODAY).problems] == ["no_rows"]
    many = [HEADINGS, *([a_row()] * 5001)]
    assert [problem.code for problem in read_rows(many, today=TODAY).problems] == ["too_many_rows"]
    gap = (row for table in ([HEADINGS], [[None]] * 20_001) for row in table)
    assert [problem.code for problem in read_rows(gap, today=TODAY).problems] == ["too_many_rows"]


cells = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates())


@given(st.lists(st.lists(cells, max_size=7), max_size=6))
def test_any_cells_are_read_without_an_error_and_every_refusal_has_words(table: list[list[Any]]) -> None:
    reading = read_rows([HEADINGS, *table], today=TODAY)
    for row in reading.rows:
        assert row.verdict in {"new", "refused"}
        for refusal in row.refusals:
            assert refusal.cell[1:] == str(row.number)
            assert sentence_of(refusal)
    assert all(refusal.sentence for refusal in refusals_of(reading))


def test_letters_of_columns() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 51, 702)] == ["A", "Z", "AA", "AZ", "AAA"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not a workbook", "zip_broken"),
        (b"x" * (5 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        read_class_list(io.BytesIO(content), today=TODAY)
    assert refusal.value.code == code


def test_other_archives_and_bombs_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(DomainError) as refusal:
        read_class_list(out, today=TODAY)
    assert refusal.value.code == "not_a_workbook"
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 5_000_000)
    with pytest.raises(DomainError) as refusal:
        read_class_list(bomb, today=TODAY)
    assert refusal.value.code == "zip_bomb"


def test_an_xml_entity_bomb_does_not_unfold() -> None:
    good = a_list(a_row())
    out = io.BytesIO()
    with zipfile.ZipFile(good) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + data.partition(b"?>")[2]
            after.writestr(name, data)
    with pytest.raises(DomainError) as refusal:
        read_class_list(out, today=TODAY)
    assert refusal.value.code == "not_a_workbook"


@pytest.fixture
def group(db: None) -> ClassGroup:
    return factories.a_group(factories.a_term(capacity=10), capacity=5)


def imported(group: ClassGroup, *rows: list[Any], at: datetime, actor: Any = None) -> Any:
    reading = read_class_list(a_list(*rows), today=TODAY)
    return import_class_list(reading, group=group, at=at, actor=actor or factories.a_user())


def judged(group: ClassGroup, *rows: list[Any]) -> list[tuple[str, list[str]]]:
    reading = judge_class_list(read_class_list(a_list(*rows), today=TODAY), group=group)
    problems = [("list", [problem.code for problem in reading.problems])] if reading.problems else []
    return problems or [(row.verdict, [refusal.code for refusal in row.refusals]) for row in reading.rows]


def test_a_list_gives_everybody_a_person_a_unit_a_seat_and_a_code(group: ClassGroup, noon: datetime) -> None:
    held = factories.a_unit("咸阳市某局")
    outcome = imported(group, a_row(1, "李静"), a_row(2, "王芳", 单位="新单位"), at=noon)
    assert (outcome.new, outcome.known) == (2, 0)
    assert [(seat.person.name, seat.number, seat.group) for seat in outcome.enrolments] == [
        ("李静", 1, group),
        ("王芳", 2, group),
    ]
    assert [person.unit.name for person in Person.objects.order_by("pk")] == ["咸阳市某局", "新单位"]
    assert Unit.objects.filter(name="咸阳市某局").get() == held
    assert Person.objects.get(name="李静").position == "科员"
    rows = sheet_rows(outcome.sheet, at=noon)
    assert [(row.name, row.phone, len(row.code)) for row in rows] == [
        ("李静", "13800000001", 8),
        ("王芳", "13800000002", 8),
    ]


@pytest.mark.django_db
def test_one_refused_row_leaves_nothing_half_imported(group: ClassGroup, noon: datetime) -> None:
    with pytest.raises(DomainError) as refusal:
        imported(group, a_row(1), a_row(2, 身份证号="6.1E+17", 手机号="1"), a_row(3, 姓名=None), at=noon)
    assert [(one.code, one.figures["row"], one.figures["cell"]) for one in refusal.value.refusals] == [
        ("id_spreadsheet", 3, "B3"),
        ("phone_wrong", 3, "D3"),
        ("missing", 4, "A4"),
    ]
    assert not Person.objects.exists()
    assert not Enrolment.objects.exists()
    assert not Unit.objects.exists()


def test_known_people_are_used_again_with_the_phone_they_have(group: ClassGroup, noon: datetime) -> None:
    known = factories.a_person("李静", id_number=id_of(1), phone="13900000009")
    reading = judge_class_list(read_class_list(a_list(a_row(1, "李静")), today=TODAY), group=group)
    assert [(row.verdict, len(row.notes)) for row in reading.rows] == [("known", 1)]
    outcome = imported(group, a_row(1, "李静"), at=noon)
    assert (outcome.new, outcome.known, outcome.sheet) == (0, 1, None)
    assert outcome.enrolments[0].person == known
    known.refresh_from_db()
    assert known.phone == "13900000009"


def test_what_is_recorded_decides_too(group: ClassGroup, noon: datetime) -> None:
    factories.a_person("李静", id_number=id_of(1), phone="13900000001")
    seated = factories.a_person("王芳", id_number=id_of(2), phone="13800000002")
    factories.an_enrolment(group.term, seated)
    gone = factories.a_person("赵强", id_number=id_of(3), phone="13800000003")
    factories.an_enrolment(group.term, gone, state=EnrolmentState.WITHDRAWN)
    assert judged(
        group,
        a_row(1, "李敬"),
        a_row(2, "王芳"),
        a_row(3, "赵强"),
        a_row(4, "孙丽", 手机号="13900000001"),
    ) == [
        ("refused", ["other_name"]),
        ("refused", ["already_in_term"]),
        ("known", []),
        ("refused", ["phone_taken"]),
    ]


def test_a_list_longer_than_the_free_seats_is_refused_with_the_figures(group: ClassGroup, noon: datetime) -> None:
    rows = [a_row(serial) for serial in range(1, 7)]
    assert judged(group, *rows) == [("list", ["group_full"])]
    reading = judge_class_list(read_class_list(a_list(*rows), today=TODAY), group=group)
    assert dict(reading.problems[0].figures) == {"free": 5, "wanted": 6}
    ClassGroup.objects.update(capacity=100)
    group.refresh_from_db()
    group.term.capacity = 5
    group.term.save()
    assert judged(group, *rows) == [("list", ["term_full"])]


def test_the_second_import_of_a_list_refuses_every_row(group: ClassGroup, noon: datetime) -> None:
    imported(group, a_row(1), at=noon)
    with pytest.raises(DomainError) as refusal:
        imported(group, a_row(1), at=noon)
    assert refusal.value.code == "already_in_term"


def test_judging_costs_the_same_for_3_rows_and_for_200(group: ClassGroup, django_assert_num_queries: Any) -> None:
    ClassGroup.objects.update(capacity=1000)
    group.refresh_from_db()
    for count in (3, 200):
        reading = read_class_list(a_list(*(a_row(serial) for serial in range(count))), today=TODAY)
        group.term.capacity = 1000
        with django_assert_num_queries(4):
            assert judge_class_list(reading, group=group).stands


@pytest.mark.slow
def test_a_thousand_rows_take_less_than_ten_seconds(noon: datetime, db: None) -> None:
    group = factories.a_group(factories.a_term(capacity=1000), capacity=1000)
    rows = [a_row(serial, 单位=f"单位{serial % 40}") for serial in range(1000)]
    content = a_list(*rows)
    started = time.process_time()
    reading = read_class_list(content, today=TODAY)
    outcome = import_class_list(reading, group=group, at=noon, actor=factories.a_user())
    assert outcome.new == 1000
    assert time.process_time() - started < 10


def test_the_template_is_text_and_reads_back_as_an_empty_list() -> None:
    content = io.BytesIO(write_template())
    sheet = openpyxl.load_workbook(content).worksheets[0]
    assert [cell.value for cell in sheet[1]] == HEADINGS
    assert sheet.column_dimensions["B"].width > 18
    assert [problem.code for problem in read_class_list(content, today=TODAY).problems] == ["no_rows"]


def test_the_annotated_list_keeps_every_value_as_text_and_adds_the_verdict() -> None:
    content = a_list(a_row(1, "=1+1"), a_row(2, 身份证号="6.1E+17", 单位="@cmd"))
    reading = read_class_list(content, today=TODAY)
    book = openpyxl.load_workbook(io.BytesIO(write_annotated(content, reading)))
    table = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert table[0][:5] == HEADINGS
    assert table[2][1:3] == ["6.1E+17", "@cmd"]
    assert "B3" in table[2][6]
    types = {cell.data_type for row in book.worksheets[0].iter_rows(min_row=2) for cell in row if cell.value}
    assert types == {"s"}


def test_every_code_has_a_sentence() -> None:
    assert all(words() for words in SENTENCES.values())
