"""The screen where a paper roll is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.attendance.enums import EvidenceKind
from lms.attendance.forms.evidence import EvidenceForm
from lms.attendance.models import Session
from lms.attendance.rules import Pair, read_clock
from lms.core.audit import listed
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import clock_time
from lms.programmes.models import Enrolment


@dataclass
class RollRow:
    """One learner's line as it was typed: `present` the whole time, else the times; `error` says what is wrong."""

    seat: Enrolment
    present: bool = False
    arrived: str = ""
    left: str = ""
    error: str = ""


class CodeForm(forms.Form):
    """The code that stands on the paper."""

    code = forms.CharField(
        label=gettext_lazy("Code on the roll"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class RollForm(EvidenceForm):
    """Lines of a roll beside the photo of it. A tick fills in what is not typed: a typed time goes before."""

    kind = EvidenceKind.PAPER

    def __init__(
        self, *args: Any, session: Session, seats: Sequence[Enrolment], typed: Mapping[int, Pair], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        self.rows = [self._row(seat, typed.get(seat.pk, Pair())) for seat in seats]
        self.pairs: dict[int, Pair] = {}

    def clean(self) -> dict[str, Any]:
        """Every line as moments of the session's day."""
        data = super().clean()
        for row in self.rows:
            try:
                self.pairs[row.seat.pk] = self._pair(row)
            except ValueError:
                row.error = _("Write the time like 8:05 or 0805.")
        self._say_wrong_lines()
        return data

    def take_refusals(self, problem: DomainError) -> None:
        """Each refusal to the line it is about, the rest to the top."""
        rows = {row.seat.pk: row for row in self.rows}
        for refusal in problem.refusals:
            row = rows.get(refusal.figures.get("seat", 0))
            if row is not None:
                row.error = str(refusal.figures.get("sentence", refusal.sentence))
            else:
                self.add_error(None, " ".join(filter(None, (str(refusal.sentence), str(refusal.explanation)))))
        self._say_wrong_lines()

    def _row(self, seat: Enrolment, typed: Pair) -> RollRow:
        if self.is_bound:
            return RollRow(
                seat,
                f"p{seat.pk}" in self.data,
                str(self.data.get(f"i{seat.pk}", "")).strip()[:10],
                str(self.data.get(f"o{seat.pk}", "")).strip()[:10],
            )
        if typed == self._whole():
            return RollRow(seat, True)
        return RollRow(seat, False, clock_time(typed.arrived), clock_time(typed.left))

    def _pair(self, row: RollRow) -> Pair:
        whole = self._whole() if row.present else Pair()
        return Pair(self._moment(row.arrived) or whole.arrived, self._moment(row.left) or whole.left)

    def _whole(self) -> Pair:
        session = self.session
        return Pair(session.starts_at, session.ends_at if session.check_out_required else None)

    def _moment(self, typed: str) -> datetime | None:
        """The clock on the day of the session, or after midnight where the session goes on."""
        clock = read_clock(typed)
        if clock is None:
            return None
        start = localtime(self.session.starts_at)
        moment = datetime.combine(start.date(), clock, tzinfo=start.tzinfo)
        after = moment + timedelta(days=1)
        return after if moment < self.session.check_in_from and after <= self.session.check_out_until else moment

    def _say_wrong_lines(self) -> None:
        wrong = [f"{row.seat.number} {row.seat.person.name}" for row in self.rows if row.error]
        if wrong:
            said = _("Nothing was saved yet. Please look at these lines: %(names)s.")
            self.add_error(None, said % {"names": listed(wrong)})
