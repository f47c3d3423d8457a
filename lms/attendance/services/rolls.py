"""Drawing the paper roll as PDF; nothing is stored here."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lms.attendance.models import PaperRoll
from lms.attendance.rules import shown_code
from lms.core.printing import draw_pages, missing_characters, spelled_out
from lms.core.qr import draw_qr
from lms.core.templatetags.lms_ui import clock_time, day, when, who
from lms.programmes.models import Enrolment

TEMPLATE = Path(__file__).resolve().parent.parent / "data" / "roll.typ"


def draw_roll(roll: PaperRoll, seats: Sequence[Enrolment], *, origin: str) -> bytes:
    """A4 pages with a line for each learner; `origin` ("https://host") begins the address in the QR.

    A character that no font has is printed as its code point in brackets, and the first page asks for these names to
    be written by hand. In the site's own language, whoever prints it. The same roll and seats give the same bytes.
    """
    with override(settings.LANGUAGE_CODE):
        data = {**_data(roll, seats, origin), "rare": _say_rare(rare_names(seats))}
    return draw_pages(TEMPLATE, spelled_out(data), at=roll.printed_at)


def rare_names(seats: Iterable[Enrolment]) -> list[Enrolment]:
    """Learners whose name cannot be printed in full: it is to be written by hand."""
    held = list(seats)
    missing = missing_characters(seat.person.name for seat in held)
    return [seat for seat in held if not missing.isdisjoint(seat.person.name)]


def _data(roll: PaperRoll, seats: Sequence[Enrolment], origin: str) -> dict[str, Any]:
    session = roll.session
    groups = [str(group) for group in session.groups.all()]
    address = origin.rstrip("/") + reverse("lms_attendance_admin:paper_roll", args=[roll.code])
    facts = [
        (_("Term"), f"{session.term.programme.name} · {session.term.name}"),
        (_("Session"), session.course.title),
        (_("When"), f"{day(session.starts_at, 'year')} {clock_time(session.starts_at)}–{clock_time(session.ends_at)}"),
        (_("Where"), session.room or "—"),
        (_("Class"), " · ".join(groups) or _("everybody")),
        (_("Learners"), str(len(seats))),
    ]
    return {
        "title": f"{session.course.title} · {roll.code}",
        "heading": _("Attendance roll"),
        "facts": facts,
        "code": shown_code(roll.code),
        "qr": draw_qr(address, robust=True),
        "heads": [
            _("No."),
            pgettext("person", "Name"),
            _("Unit"),
            _("Class"),
            _("Signature (coming)"),
            pgettext("of signing", "Time"),
            _("Signature (leaving)"),
            pgettext("of signing", "Time"),
        ],
        "rows": [_row(seat) for seat in seats],
        "advice": [
            _("Everybody signs with her own hand, once when coming and once when leaving, and writes the time."),
            _("Enter the roll under the code above; a second person confirms it."),
        ],
        "sign": [_("Class assistant (signature):"), _("Date:")],
        "printed": _("Printed on %(moment)s by %(name)s")
        % {"moment": when(roll.printed_at, "year"), "name": who(roll.printed_by)},
        "page": pgettext("printed sheet", "Page {page} of {pages}"),
    }


def _row(seat: Enrolment) -> list[str]:
    return [str(seat.number), seat.person.name, str(seat.person.unit or ""), str(seat.group or "")]


def _say_rare(rare: Sequence[Enrolment]) -> str:
    if not rare:
        return ""
    numbers = ", ".join(str(seat.number) for seat in rare)
    return _("No font has a character of these names; please write them by hand: No. %(numbers)s.") % {
        "numbers": numbers
    }
