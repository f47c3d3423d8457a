"""What the journals say of one session, as the plain values that `rules.suspicion` reads. No name, no address."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckMethod, DeviceState
from lms.attendance.models import (
    CheckEntry,
    CheckRefusal,
    DeviceChange,
    LearnerKey,
    PlaceHint,
    Prompt,
    RollCall,
    Session,
)
from lms.attendance.rules.suspicion import (
    Check,
    Journals,
    Limits,
    Meeting,
    PlaceSign,
    Refused,
    own_phones,
)
from lms.core.exceptions import Refusal
from lms.programmes.models import Enrolment

BY_PHONE = (CheckMethod.QR, CheckMethod.TYPED)
GATES = "LMS_ATTENDANCE_ELSEWHERE_GATES"
#: A code is old when it is in the last fifth of the time in which it is accepted.
OLD = 0.8


def read_limits() -> Limits:
    """From the settings. Refusals beyond REFUSALS_KEPT are not kept, so that many are many."""
    accepted = attendance_settings.CODE_SECONDS * (attendance_settings.EARLIER_STEPS + 1) * 1000
    return Limits(
        int(accepted * OLD), timedelta(minutes=attendance_settings.TRAVEL_MINUTES), attendance_settings.REFUSALS_KEPT
    )


def read_journals(session: Session, *, at: datetime) -> Journals:
    """One session, with every check of its learners in the term: seven queries, and one for each gate listed."""
    here = CheckEntry.objects.filter(session=session).values("enrolment")
    entries = CheckEntry.objects.filter(session__term=session.term_id, enrolment__in=here).order_by("at", "pk")
    checks = [
        Check(meeting, learner, kind, when, method in BY_PHONE, device, age, stale)
        for meeting, learner, kind, when, method, device, age, stale in entries.values_list(
            "session_id", "enrolment_id", "kind", "at", "method", "device", "code_age_ms", "stale_tries"
        )
    ]
    # One that was still running when the sheet was closed asked nobody for an answer in time.
    prompt = Prompt.objects.filter(session=session, until__lte=session.closed_at or at).first()
    return Journals(
        Meeting(session.pk, session.room, session.starts_at, session.ends_at),
        checks,
        others=_meetings({check.meeting for check in checks} - {session.pk}),
        refused=_refused(session),
        approved=_approved(session.term_id),
        hints=_hints(session, at),
        seen=_seen(session),
        prompt=(prompt.opens_at, prompt.until) if prompt else None,
        elsewhere=_elsewhere(check for check in checks if check.meeting == session.pk and check.by_phone),
    )


def phones_of(enrolment: Enrolment) -> set[str]:
    """The phones that count as hers: the one of her first check by phone, and those approved. Two queries."""
    first = (
        CheckEntry.objects.filter(enrolment=enrolment, method__in=BY_PHONE)
        .exclude(device="")
        .order_by("at", "pk")
        .values_list("device", "at")
        .first()
    )
    checks = [Check(0, enrolment.pk, "in", first[1], device=first[0])] if first else []
    held = DeviceChange.objects.filter(enrolment=enrolment, state=DeviceState.APPROVED).values_list("mark", flat=True)
    return own_phones(checks, [(enrolment.pk, mark) for mark in held]).get(enrolment.pk, set())


def is_used_by_others(enrolment: Enrolment, mark: str) -> bool:
    """Whether another learner of her term checked in with this phone, or shows her code on it. Two queries at most."""
    used = {"device": mark, "enrolment__term": enrolment.term_id}
    keys = LearnerKey.objects.filter(approved_at__isnull=False, retired_at__isnull=True)
    return any(rows.filter(**used).exclude(enrolment=enrolment).exists() for rows in (CheckEntry.objects, keys))


def phone_standing(enrolment: Enrolment, mark: str) -> str:
    """ "" when the phone is hers, approved, the first of all or never used here; else "new", "asked" or "refused"."""
    held = phones_of(enrolment)
    if not held or mark in held or not CheckEntry.objects.filter(enrolment=enrolment, device=mark).exists():
        return ""
    change = DeviceChange.objects.filter(enrolment=enrolment, mark=mark).first()
    return str(change.state) if change else "new"


def _meetings(keys: Iterable[int]) -> dict[int, Meeting]:
    rows = Session.objects.filter(pk__in=list(keys)).values_list("pk", "room", "starts_at", "ends_at")
    return {row[0]: Meeting(*row) for row in rows}


def _refused(session: Session) -> list[Refused]:
    """Refusals carry the user; the learner is her seat in the term."""
    rows = CheckRefusal.objects.filter(session=session).order_by("pk").values_list("user_id", "code", "at")
    users = {row[0] for row in rows}
    seats = dict(
        Enrolment.objects.filter(term=session.term_id, person__user__in=users).values_list("person__user_id", "pk")
    )
    return [Refused(seats[user], code, at) for user, code, at in rows if user in seats]


def _approved(term_id: int) -> frozenset[tuple[int, str]]:
    rows = DeviceChange.objects.filter(enrolment__term=term_id, state=DeviceState.APPROVED)
    return frozenset(rows.values_list("enrolment_id", "mark"))


def _hints(session: Session, at: datetime) -> list[PlaceSign]:
    """Older ones are as good as deleted, whether or not the daily task has run."""
    kept_from = at - timedelta(days=attendance_settings.HINT_DAYS)
    rows = PlaceHint.objects.filter(session=session, at__gte=kept_from).order_by("pk")
    return [PlaceSign(*row) for row in rows.values_list("enrolment_id", "kind", "source", "inside", "distance_metres")]


def _seen(session: Session) -> dict[int, bool]:
    return dict(RollCall.objects.filter(session=session).order_by("pk").values_list("enrolment_id", "seen"))


def _elsewhere(checks: Iterable[Check]) -> dict[int, Mapping[str, Any]]:
    """Each gate is asked once for all moments at which a learner held her phone to the code of this room."""
    spans = [(check.learner, check.at, check.at) for check in checks]
    found: dict[int, Mapping[str, Any]] = {}
    for path in getattr(settings, GATES, ()) if spans and "exam_elsewhere" in attendance_settings.LAYERS else ():
        answers: Mapping[int, Refusal] = import_string(path)(spans)
        for learner, refusal in answers.items():
            figures = {key: _plain(value) for key, value in refusal.figures.items()}
            found.setdefault(learner, {"code": refusal.code, **figures})
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
