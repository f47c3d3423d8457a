"""Finding what does not fit together, and what a person makes of it. Nothing here changes anybody's hours."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import FlagAct, SessionState
from lms.attendance.models import Flag, FlagDecision, Session
from lms.attendance.rules.suspicion import find_suspicions
from lms.attendance.selectors.evidence import read_journals, read_limits
from lms.core.audit import record_act
from lms.core.exceptions import refuse


@transaction.atomic
def find_flags(session: Session, *, at: datetime) -> int:
    """Look at the journals of a closed session and keep what is new; how many flags were added.

    Looking again adds only what was not flagged before: one flag for each learner and kind. Refuses `sheet_open`:
    before the sheet is closed, phones are still approved and names still called.
    """
    if session.state != SessionState.CLOSED:
        raise refuse("sheet_open", _("Flags are looked for when the sheet is closed."))
    known = set(Flag.objects.filter(session=session).values_list("enrolment_id", "kind"))
    found = find_suspicions(read_journals(session, at=at), attendance_settings.LAYERS, read_limits())
    fresh = [
        Flag(session=session, enrolment_id=row.learner, kind=row.kind, evidence=dict(row.evidence), at=at)
        for row in found
        if (row.learner, row.kind) not in known
    ]
    Flag.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


@transaction.atomic
def decide_flags(flags: Sequence[Flag], act: FlagAct, *, reason: str, at: datetime, actor: Any) -> int:
    """What a person makes of these flags, as new rows with a reason; how many decisions were written.

    A flag decided the same way already is left alone; another decision is another row, and the latest counts. It
    changes no attendance: an upheld flag only says what to look at next. Refuses `reason_missing`.
    """
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    locked = Flag.objects.select_for_update(of=("self",)).filter(pk__in=[flag.pk for flag in flags]).order_by("pk")
    rows = list(locked.select_related("enrolment__person").prefetch_related("decisions"))
    written = 0
    for flag in rows:
        held = max(flag.decisions.all(), key=lambda row: row.revision, default=None)
        if held is not None and held.act == act:
            continue
        FlagDecision.objects.create(
            flag=flag,
            revision=(held.revision if held else 0) + 1,
            act=act,
            reason=reason.strip(),
            actor=actor,
            at=at,
        )
        record_act(
            "lms_attendance.decide_flag",
            flag,
            actor=actor,
            reason=reason,
            before={"act": str(held.act)} if held else None,
            after={"act": str(act), "kind": str(flag.kind)},
        )
        written += 1
    return written
