"""The hot path: one guarded statement stores a save, or nothing.

The statement checks owner, epoch, state and deadline, finds the head of the sitting's hash chain, computes the new
hash and inserts, all in one round trip. `FOR SHARE` on PostgreSQL makes it wait for a submission that is being
committed. Two saves of one sitting at the same moment would fork the chain: the unique `prev_hash` refuses the
second, which is then repeated on the new head.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.exceptions import DomainError, refuse
from lms.core.selectors import preparing_cursor
from lms.exams.conf import exams_settings
from lms.exams.models import AnswerEntry, Sitting
from lms.exams.rules import canonical, micros
from lms.exams.tokens import sign_receipt

ATTEMPTS = 5

POSTGRESQL = """
WITH clock AS (SELECT COALESCE(%(at)s::timestamptz, statement_timestamp()) AS at)
INSERT INTO lms_exams_answerentry (sitting_id, epoch, seq, answers, answered, at, late, prev_hash, hash)
SELECT g.id, %(epoch)s, %(seq)s, %(answers)s, %(answered)s, g.at, g.late, g.head, encode(sha256(convert_to(
    concat_ws('|', g.head, g.id, %(epoch)s::text, %(seq)s::text,
        (extract(epoch FROM g.at) * 1000000)::bigint, g.late::int, %(answered)s::text, %(answers)s::text
    ), 'UTF8')), 'hex')
FROM (
    SELECT s.id, clock.at, clock.at > s.deadline AS late, COALESCE((
        SELECT e.hash FROM lms_exams_answerentry e WHERE e.sitting_id = s.id ORDER BY e.id DESC LIMIT 1
    ), s.paper_digest) AS head
    FROM lms_exams_sitting s CROSS JOIN clock
    WHERE s.id = %(sitting)s AND s.owner_id = %(owner)s AND s.epoch = %(epoch)s
        AND s.submitted_at IS NULL AND s.deadline >= clock.at - %(grace)s * interval '1 second'
    FOR SHARE OF s
) g
ON CONFLICT (sitting_id, epoch, seq) DO NOTHING
RETURNING at, late, hash, (SELECT s.deadline FROM lms_exams_sitting s WHERE s.id = sitting_id)
"""

SQLITE = """
INSERT INTO lms_exams_answerentry (sitting_id, epoch, seq, answers, answered, at, late, prev_hash, hash)
SELECT g.id, %(epoch)s, %(seq)s, %(answers)s, %(answered)s, %(at)s, g.late, g.head, SHA256(
    g.head || '|' || g.id || '|' || %(epoch)s || '|' || %(seq)s || '|' || %(micros)s || '|' || g.late
    || '|' || %(answered)s || '|' || %(answers)s)
FROM (
    SELECT s.id, %(at)s > s.deadline AS late, COALESCE((
        SELECT e.hash FROM lms_exams_answerentry e WHERE e.sitting_id = s.id ORDER BY e.id DESC LIMIT 1
    ), s.paper_digest) AS head
    FROM lms_exams_sitting s
    WHERE s.id = %(sitting)s AND s.owner_id = %(owner)s AND s.epoch = %(epoch)s
        AND s.submitted_at IS NULL AND s.deadline >= %(oldest)s
) g
WHERE 1 = 1
ON CONFLICT (sitting_id, epoch, seq) DO NOTHING
RETURNING at, late, hash, (SELECT s.deadline FROM lms_exams_sitting s WHERE s.id = sitting_id)
"""


@dataclass(frozen=True)
class SaveReceipt:
    """What the server stored and when; `signature` can be checked years later. `deadline` is the one now in force."""

    sitting: int
    epoch: int
    seq: int
    at: datetime
    late: bool
    hash: str
    signature: str
    deadline: datetime = field(compare=False)


def save_answers(
    sitting_id: int,
    answers: Mapping[str, Sequence[int]],
    *,
    owner: int,
    epoch: int,
    seq: int,
    answered: int = 0,
    at: datetime | None = None,
) -> SaveReceipt:
    """Store one save durably and return its signed receipt. One statement when it is accepted.

    `at` is the moment by the server's clock; None on PostgreSQL means the database's own. A repeat of the same
    (sitting, epoch, seq) with the same answers gets the first receipt, also after the end. Refuses `conflict` (same
    key, other answers), `taken_over` (another device entered), `submitted`, `closed` (deadline and grace are over),
    `not_started`, `not_found`. Between deadline and grace the save is kept as late and not marked.
    """
    text = canonical(answers)
    row = _insert(sitting_id, owner, epoch, seq, text, answered, at)
    if row is not None:
        return _receipt(sitting_id, epoch, seq, *row)
    entries = AnswerEntry.objects.filter(sitting_id=sitting_id, sitting__owner_id=owner, epoch=epoch, seq=seq)
    held = entries.select_related("sitting").defer("sitting__paper").first()
    if held is None:
        raise _explain(sitting_id, owner, epoch)
    if held.answers != text:
        raise refuse("conflict", _("Something else was saved under this number already."), epoch=epoch, seq=seq)
    return _receipt(sitting_id, epoch, seq, held.at, held.late, held.hash, held.sitting.deadline)


def _insert(
    sitting_id: int, owner: int, epoch: int, seq: int, answers: str, answered: int, at: datetime | None
) -> tuple[datetime, bool, str, datetime] | None:
    values: dict[str, Any] = {
        "sitting": sitting_id,
        "owner": owner,
        "epoch": epoch,
        "seq": seq,
        "answers": answers,
        "answered": answered,
        "at": at,
        "grace": exams_settings.GRACE_SECONDS,
    }
    if connection.vendor == "postgresql":
        row = _execute(POSTGRESQL, values)
        return None if row is None else (row[0], row[1], row[2], row[3])
    moment = at or timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    oldest = moment - timedelta(seconds=exams_settings.GRACE_SECONDS)
    values |= {"at": adapt(moment), "micros": micros(moment), "oldest": adapt(oldest)}
    row = _execute(SQLITE, values)
    return None if row is None else (moment, bool(row[1]), row[2], row[3].replace(tzinfo=UTC))


def _execute(statement: str, values: dict[str, Any]) -> Any:
    for attempt in range(ATTEMPTS):
        try:
            with preparing_cursor(connection) as cursor:
                cursor.execute(statement, values)
                return cursor.fetchone()
        except IntegrityError:
            if attempt + 1 == ATTEMPTS or connection.in_atomic_block:
                raise
    return None


def _receipt(sitting_id: int, epoch: int, seq: int, at: datetime, late: bool, chain: str, deadline: Any) -> SaveReceipt:
    signature = sign_receipt(sitting_id, epoch, seq, chain)
    return SaveReceipt(sitting_id, epoch, seq, at, late, chain, signature, deadline)


def _explain(sitting_id: int, owner: int, epoch: int) -> DomainError:
    """Why the statement stored nothing."""
    sitting = Sitting.objects.filter(pk=sitting_id, owner_id=owner).defer("paper").first()
    if sitting is None:
        return refuse("not_found", _("This sitting does not exist."))
    if sitting.started_at is None:
        return refuse("not_started", _("This sitting has not been started."))
    if sitting.submitted_at is not None:
        return refuse("submitted", _("You have handed in this exam."))
    if sitting.epoch != epoch:
        return refuse("taken_over", _("The exam has been opened on another device or window. Go on there."))
    return refuse("closed", _("The time of this exam is over. What was saved counts."))
