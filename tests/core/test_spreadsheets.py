"""What people wrote is never run as a formula by the spreadsheet that opens an export."""

import csv
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from openpyxl import Workbook
from wagtail.admin.views.mixins import SpreadsheetExportMixin

TEXTS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", " =1+1"]
QUIET = ["绩效考核", "王=伟", "-", "+8613900000000", -5, Decimal("-5.5"), None, ""]


def every_export(base: type[Any] = SpreadsheetExportMixin) -> set[type[Any]]:
    found = {base}
    for child in base.__subclasses__():
        found |= every_export(child)
    return found


class Named:
    """Something that is only written by its name, as a unit is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


def written(view: Any, value: Any) -> str:
    out = StringIO()
    view.write_csv_row(csv.DictWriter(out, ["x"]), {"x": value})
    return next(csv.reader(StringIO(out.getvalue(), newline="")))[0] if out.getvalue().strip() else ""


def views() -> list[Any]:
    """One of each view of ours and of Wagtail's that exports."""
    return [kind.__new__(kind) for kind in sorted(every_export(), key=lambda kind: f"{kind.__module__}{kind}")]


def test_there_are_exports_to_test() -> None:
    import config.urls  # noqa: F401

    assert sum(type(view).__module__.startswith("lms.") for view in views()) > 10


@pytest.mark.parametrize("text", TEXTS)
def test_no_csv_holds_a_formula(text: str) -> None:
    for view in views():
        for value in (text, Named(text)):
            assert written(view, value).startswith("'"), (view, value)


@pytest.mark.parametrize("value", QUIET)
def test_other_cells_stay_as_they_are(value: Any) -> None:
    for view in views():
        assert written(view, value) == ("" if value is None else str(value)), view


@pytest.mark.parametrize("text", ["=1+1", "=HYPERLINK(1)"])
def test_no_workbook_holds_a_formula(text: str) -> None:
    sheet = Workbook(write_only=True).create_sheet()
    for view in views():
        assert [cell.data_type for cell in view.generate_xlsx_row(sheet, {"x": text})] == ["s"]
