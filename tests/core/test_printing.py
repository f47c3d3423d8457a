"""Printed sheets: drawn the same twice, and no character is lost without a word."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lms.core.printing import UndrawableError, draw_pages, missing_characters

AT = datetime(2025, 10, 8, 8, 30, tzinfo=UTC)
SHEET = """#let data = json(bytes(sys.inputs.data))
#set document(title: "签到表")
#set text(font: "Noto Sans SC", lang: "zh")
#data.name
"""
NO_FONT = "\U0003134f"  # a Han character of 2020


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A typst file that prints one name."""
    path = tmp_path / "sheet.typ"
    path.write_text(SHEET, encoding="utf-8")
    return path


def test_the_same_data_and_moment_give_the_same_bytes(sheet: Path) -> None:
    first = draw_pages(sheet, {"name": "张伟"}, at=AT)
    assert first.startswith(b"%PDF-")
    assert draw_pages(sheet, {"name": "张伟"}, at=AT) == first
    assert draw_pages(sheet, {"name": "张玮"}, at=AT) != first


def test_characters_without_a_glyph_are_named() -> None:
    assert missing_characters(["张伟", f"李{NO_FONT}", "㛃 A1"]) == {NO_FONT}


def test_a_sheet_with_such_a_character_is_refused_not_drawn_with_a_hole(sheet: Path) -> None:
    with pytest.raises(UndrawableError):
        draw_pages(sheet, {"name": f"李{NO_FONT}"}, at=AT)


def test_a_broken_typst_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.typ"
    path.write_text("#let", encoding="utf-8")
    with pytest.raises(UndrawableError):
        draw_pages(path, {}, at=AT)
