"""Both languages are complete."""

from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext

from lms.attendance.enums import Status

CATALOGUE = Path(__file__).parents[2] / "lms/attendance/locale/zh_Hans/LC_MESSAGES/django.po"


def test_nothing_is_untranslated_or_fuzzy() -> None:
    entries = CATALOGUE.read_text(encoding="utf-8").split("\n\n")[1:]
    assert len(entries) > 250
    assert not [entry for entry in entries if "fuzzy" in entry or entry.rstrip().endswith('msgstr ""')]


@pytest.mark.parametrize(
    ("status", "word"), [(Status.LATE, "迟到"), (Status.LEFT_EARLY, "早退"), (Status.LEAVE, "请假")]
)
def test_words_of_the_sheet(status: Status, word: str) -> None:
    with translation.override("zh-hans"):
        assert str(status.label) == word
        assert gettext("class hours") == "学时"
