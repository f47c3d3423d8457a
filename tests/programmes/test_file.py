"""Reading a programme file: every problem, with its key and its line; never a traceback."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.programmes.rules import Problem, flatten, read_programme_file
from lms.programmes.rules.figures import Change, differences, show_figure
from lms.programmes.rules.toml_lines import line_of, lines_of_keys
from lms.programmes.services.file_sentences import SENTENCES, sentence_of

TEXT = (Path(__file__).parents[2] / "lms/programmes/data/xianyang-2025.toml").read_text()
LINES = TEXT.splitlines()


def line_with(part: str, nth: int = 1) -> int:
    """Line number of the nth line that begins with `part`."""
    return [place for place, line in enumerate(LINES, 1) if line.startswith(part)][nth - 1]


def problems_of(*changes: tuple[str, str], text: str = TEXT) -> list[tuple[str, int, str]]:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file, problems = read_programme_file(text)
    assert (file is None) == bool(problems)
    assert all(sentence_of(problem) for problem in problems)
    return [(problem.key, problem.line, problem.code) for problem in problems]


def test_the_notice_stands() -> None:
    file, problems = read_programme_file(TEXT)
    assert problems == ()
    assert file is not None
    figures = file.figures
    assert figures["absence.limit"] == Fraction(1, 3)
    assert (figures["assessment.regular"], figures["assessment.theory"], figures["assessment.practical"]) == (
        30,
        40,
        30,
    )
    assert show_figure(figures["fee.amount_yuan"]) == "1800.00"
    assert figures["fee.subsidies.市直.rate"] == Fraction(4, 5)
    assert figures["terms.2025-spring.groups.A.capacity"] == 100
    assert figures["modules.order"] == ("theory", "practice", "case")


ONE_WRONG_LINE = [
    ("theory = 40", "theory = 41", "assessment.regular", "regular = 30", "weights_100"),
    ("_classroom = 20", "_classroom = 21", "assessment.regular_attendance", "regular_att", "regular_weights_100"),
    ("offline_hours = 4", "offline_hours = 3", "hours.required_offline", "required_offline", "course_hours"),
    ("_total = 90", "_total = 91", "hours.certificate_total", "certificate_total", "certificate_hours"),
    ('limit = "1/3"', 'limit = "4/3"', "absence.limit", "limit", "not_fraction"),
    ('limit = "1/3"', 'limit = "1/0"', "absence.limit", "limit", "not_fraction"),
    ('limit = "1/3"', "limit = 0.33", "absence.limit", "limit", "not_fraction"),
    ('amount_yuan = "1800.00"', "amount_yuan = 1800.5", "fee.amount_yuan", "amount_yuan", "not_yuan"),
    ('amount_yuan = "1800.00"', 'amount_yuan = "1800.005"', "fee.amount_yuan", "amount_yuan", "not_yuan"),
    ('amount_yuan = "1800.00"', 'amount_yuan = "-1"', "fee.amount_yuan", "amount_yuan", "not_yuan"),
    ("leave_counts = true", 'leave_counts = "yes"', "absence.leave_counts", "leave_counts", "not_flag"),
    ("opens_before = 30", "opens_before = -1", "check_in.opens_before", "opens_before", "range"),
    ("refresh_years = 3", "refresh_years = true", "certificate.refresh_years", "refresh_years", "not_whole"),
    ('slug = "xianyang-2025"', 'slug = "咸阳"', "programme.slug", "slug", "not_slug"),
    ('slug = "xianyang-2025"', "slug = 5", "programme.slug", "slug", "not_text"),
    ('slug = "xianyang-2025"', 'slug = ""', "programme.slug", "slug", "length"),
    ("{serial:05d}", "00001", "certificate.number_pattern", "number_pattern", "bad_pattern"),
    ("{year}-", "{month}-", "certificate.number_pattern", "number_pattern", "bad_pattern"),
    ("{serial:05d}", "{serial.real}", "certificate.number_pattern", "number_pattern", "bad_pattern"),
    ("{serial:05d}", "{serial", "certificate.number_pattern", "number_pattern", "bad_pattern"),
    ('between_default = "refuse"', 'between_default = "maybe"', "fee.between_default", "between_default", "choice"),
    ("pass_mark = 60", "pass_mark = 101", "assessment.pass_mark", "pass_mark", "not_mark"),
    ("pass_mark = 60", "pass_marks = 60\npass_mark = 60", "assessment.pass_marks", "pass_mark", "unknown_key"),
    ("format = 1", "format = 2", "format", "format", "format_unknown"),
    ('code = "T2"', 'code = "T1"', "modules[0].courses[1].code", 'code = "T2"', "repeated"),
    ('kind = "case"', 'kind = "cases"', "modules[2].kind", 'kind = "case"', "choice"),
    ("ends_on = 2025-03-31", "ends_on = 2025-02-28", "terms[0].ends_on", "ends_on", "term_reversed"),
    ("starts_on = 2025-03-01", 'starts_on = "2025-03-01"', "terms[0].starts_on", "starts_on", "not_date"),
    ("starts_on = 2025-03-01", "starts_on = 2025-03-01T08:00:00", "terms[0].starts_on", "starts_on", "not_date"),
    ("ends_on = 2025-03-31", "ends_on = 2025-07-01", "terms[1].starts_on", "starts_on = 2025-07", "terms_overlap"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "line", "code"), ONE_WRONG_LINE)
def test_each_fault_is_named_with_key_and_line(old: str, new: str, key: str, line: str, code: str) -> None:
    assert problems_of((old, new)) == [(key, line_with(line), code)]


def test_reversed_registration_window() -> None:
    found = problems_of(("registration_closes_on = 2025-02-15", "registration_closes_on = 2025-01-01"))
    line = line_with("registration_closes_on")
    assert found == [("terms[0].registration_closes_on", line, "registration_reversed")]


def test_registration_that_outlasts_the_start() -> None:
    found = problems_of(("registration_closes_on = 2025-02-15", "registration_closes_on = 2025-03-01"))
    line = line_with("registration_closes_on")
    assert found == [("terms[0].registration_closes_on", line, "registration_after_start")]


def test_overlapping_registration_windows_share_a_single_day() -> None:
    found = problems_of(("registration_opens_on = 2025-08-15", "registration_opens_on = 2025-06-15"))
    line = line_with("registration_opens_on", 3)
    assert found == [("terms[2].registration_opens_on", line, "registrations_overlap")]


def test_a_curriculum_may_have_other_modules_but_not_too_few_hours() -> None:
    start = TEXT.index('[[modules]]\nkind = "case"')
    text = TEXT[:start] + TEXT[TEXT.index("[[terms]]") :]
    assert [code for _key, _line, code in problems_of(text=text)] == ["course_hours"]
    fewer = (("required_offline = 72", "required_offline = 48"), ("certificate_online = 18", "certificate_online = 42"))
    assert problems_of(*fewer, text=text) == []
    without = text[: text.index("[[modules]]")] + text[text.index("[[terms]]") :]
    assert problems_of(*fewer, text=without) == [("modules", 1, "no_rows")]


def test_courses_may_plan_more_hours_than_are_required() -> None:
    assert problems_of(("offline_hours = 6", "offline_hours = 10")) == []


def test_missing_key_missing_table_and_wrong_shape() -> None:
    table = TEXT[TEXT.index("[appeal]") : TEXT.index("# R15、R16")]
    found = problems_of(("year = 2025", ""), (table, ""), ("[absence]", "[[absence]]"))
    assert {(key, code) for key, _line, code in found} == {
        ("programme.year", "missing_key"),
        ("appeal", "missing_table"),
        ("absence", "not_table"),
    }


def test_every_fault_is_reported_at_once_in_the_order_of_lines() -> None:
    found = problems_of(
        ("theory = 40", "theory = 41"), ("leave_counts = true", "leave_counts = 1"), ("capacity = 300", "capacity = 0")
    )
    assert [code for _key, _line, code in found] == ["weights_100", "not_flag", "range"]
    assert [line for _key, line, _code in found] == sorted(line for _key, line, _code in found)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = = 2\n", 2), ("a = 1\na = 2\n", 2), ('a = "open\n', 1), ("d = 2025-02-30\n", 1), ("x = [1,\n", 2)],
)
def test_a_syntax_error_has_its_line(text: str, line: int) -> None:
    file, (problem,) = read_programme_file(text)
    assert file is None
    assert (problem.line, problem.code) == (line, "syntax")


@pytest.mark.parametrize("text", ["", "x = " + "9" * 5000, "x = " + "[" * 5000 + "]" * 5000, "\x00"])
def test_odd_files_are_reported_too(text: str) -> None:
    file, problems = read_programme_file(text)
    assert file is None
    assert problems


def test_lines_of_keys_in_odd_layouts() -> None:
    text = (
        'a.b = 1\n"c d" = """\nx = 1\n[no]\n"""\n[[r]]\nk = [\n  "]",\n  "#",\n]\nz = 1\n'
        "[[r]]\n[r.s]\nt = '''x'''\n"
    )
    assert lines_of_keys(text) == {
        "a.b": 1,
        "c d": 2,
        "r[0]": 6,
        "r[0].k": 7,
        "r[0].z": 11,
        "r[1]": 12,
        "r[1].s": 13,
        "r[1].s.t": 14,
    }
    assert line_of("r[1].missing", lines_of_keys(text)) == 12
    assert line_of("nowhere.at.all", lines_of_keys(text)) == 1


def test_every_code_has_a_sentence() -> None:
    assert sentence_of(Problem("k", 1, "repeated", {"value": "T1"}))
    assert "weights_100" in SENTENCES


def test_differences_name_old_and_new() -> None:
    before = flatten({"a": {"x": 1, "gone": 2}, "terms": [{"code": "t", "capacity": 3}]})
    after = flatten({"a": {"x": 5}, "terms": [{"code": "t", "capacity": 3}, {"code": "u", "capacity": 4}]})
    assert differences(before, after) == (
        Change("a.x", 1, 5),
        Change("terms.u.code", None, "u"),
        Change("terms.u.capacity", None, 4),
        Change("a.gone", 2, None),
    )


VALUES = st.sampled_from(
    [
        *("0", "1", "-1", "99999999999", "1.5", "nan", "true", "[]", "{}", "[[1]]", '["a"]', '""', '"x"', '"1/3"'),
        *('"0/0"', '"１/３"', "2025-03-01", "2025-03-01T00:00:00Z", '"\\u0000"', '"{serial:>99999999}"'),
        '"' + "长" * 3000 + '"',
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, len(LINES) - 1), value=VALUES, act=st.sampled_from(["value", "drop", "double", "swap"]))
def test_any_mutation_is_accepted_or_reported(place: int, value: str, act: str) -> None:
    lines = list(LINES)
    if act == "value" and "=" in lines[place]:
        lines[place] = f"{lines[place].split('=')[0]}= {value}"
    elif act == "drop":
        del lines[place]
    elif act == "double":
        lines.insert(place, lines[place])
    else:
        lines[place], lines[place - 1] = lines[place - 1], lines[place]
    file, problems = read_programme_file("\n".join(lines))
    assert (file is None) == bool(problems)
    for problem in problems:
        assert 1 <= problem.line <= len(lines) + 1
        assert sentence_of(problem)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_reported(text: str) -> None:
    file, problems = read_programme_file(text)
    assert file is None
    assert problems
