"""Branches: keeping what a device could not save, and deciding about it by a named person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.exams.enums import BranchOrigin, BranchVerdict
from lms.exams.models import AnswerEntry, BranchDecision, BranchEntry, Sitting
from lms.exams.rules import Piece, branch_digest, canonical, chain_hash, made_in_time, made_within
from lms.exams.selectors import AFTER_DEADLINE, fold_entries, head_hash, is_final, saved_state
from lms.exams.services.marking import mark_sitting
from lms.exams.tokens import sign_branch

MOST_ENTRIES = 2000


@dataclass(frozen=True)
class BranchReceipt:
    """What the server holds of an upload: how many entries are new, how many it had already (saved or as a branch)."""

    sitting: int
    epoch: int
    seqs: list[int]
    new: int
    known: int
    signature: str


@transaction.atomic
def keep_branch(
    sitting_id: int, pieces: Sequence[Piece], *, owner: int, epoch: int, at: datetime, uploaded_by: Any = None
) -> BranchReceipt:
    """Keep entries that could not be saved; nothing of them counts before a person decides (R13).

    An entry that the journal holds already and in time, or that was uploaded before, adds no row, so repeating is
    harmless. `uploaded_by` is who brought a file, None for the device itself. The moments are clipped to the time
    from the start to `at`. Refuses `not_found`, `not_started`, `malformed` (an epoch that never was) and `too_many`.
    """
    sitting = Sitting.objects.filter(pk=sitting_id, owner_id=owner).defer("paper").first()
    if sitting is None:
        raise refuse("not_found", _("This sitting does not exist."))
    if sitting.started_at is None:
        raise refuse("not_started", _("This sitting has not been started."))
    if not 0 < epoch <= sitting.epoch:
        raise refuse("malformed", _("These answers are of no device that was in this sitting."))
    fresh = _unknown(sitting, epoch, pieces)
    if BranchEntry.objects.filter(sitting=sitting).count() + len(fresh) > MOST_ENTRIES:
        raise refuse("too_many", _("There are too many such answers already."))
    rows = [_row(sitting, epoch, piece, digest, at, uploaded_by) for digest, piece in fresh.items()]
    BranchEntry.objects.bulk_create(rows, ignore_conflicts=True)
    seqs = sorted({piece.seq for piece in pieces})
    return BranchReceipt(
        sitting_id, epoch, seqs, len(rows), len(pieces) - len(rows), sign_branch(sitting_id, epoch, seqs)
    )


@transaction.atomic
def decide_branch(
    sitting: Sitting, entries: Collection[int], *, verdict: str, reason: str, actor: Any, at: datetime
) -> AnswerEntry | None:
    """Adopt these entries into the journal, or leave them out: once, by a named person, with a reason (R13).

    Adopting is possible only when the journal can grow no more by itself: while a learner writes, nobody writes into
    her paper. The entries made up to the deadline become one save with the highest epoch, dated with the last of
    them; what was made later is left out. The sitting is then marked anew. Returns the save, None when left out.
    Refuses `reason_missing`, `decided` (somebody was first, or nothing is left to decide), `still_open` and
    `all_late` (nothing was made before the deadline).
    """
    if not reason.strip():
        raise refuse("reason_missing", _("Give the reason for the decision."))
    held = Sitting.objects.select_for_update(of=("self",)).select_related("exam").get(pk=sitting.pk)
    wanted = list(BranchEntry.objects.filter(sitting=held, pk__in=entries).order_by("epoch", "seq", "pk"))
    if not wanted or BranchDecision.objects.filter(entry__in=wanted).exists():
        raise refuse("decided", _("About these answers has been decided already."))
    save = _adopt(held, wanted, at) if verdict == BranchVerdict.ADOPTED else None
    BranchDecision.objects.bulk_create(
        BranchDecision(
            entry=entry,
            verdict=BranchVerdict.ADOPTED if save and _in_time(held, entry) else BranchVerdict.LEFT,
            reason=reason.strip(),
            actor=actor,
            at=at,
            adopted_as=save if save and _in_time(held, entry) else None,
        )
        for entry in wanted
    )
    if save:
        mark_sitting(held, at=at, actor=actor, reason=reason.strip())
    record_act(
        "lms_exams.branch",
        held,
        actor=actor,
        reason=reason.strip(),
        after={"verdict": BranchVerdict.ADOPTED if save else BranchVerdict.LEFT, "questions": _questions(wanted)},
    )
    return save


def _adopt(sitting: Sitting, entries: Sequence[BranchEntry], at: datetime) -> AnswerEntry:
    if not is_final(sitting, at):
        raise refuse("still_open", _("This sitting is not closed yet. Until then the learner answers by herself."))
    adopted = [entry for entry in entries if _in_time(sitting, entry)]
    if not adopted:
        raise refuse("all_late", _("All of these answers were made after the deadline."))
    answers = fold_entries(adopted)
    final = saved_state(sitting).answers | answers
    sitting.epoch += 1
    sitting.save(update_fields=["epoch"])
    values: dict[str, Any] = {
        "epoch": sitting.epoch,
        "seq": 1,
        "at": max(entry.made_at for entry in adopted),
        "late": False,
        "answered": sum(bool(choices) for choices in final.values()),
        "answers": canonical(answers),
    }
    previous = head_hash(sitting)
    chain = chain_hash(previous, sitting=sitting.pk, **values)
    return AnswerEntry.objects.create(sitting=sitting, prev_hash=previous, hash=chain, **values)


def _in_time(sitting: Sitting, entry: BranchEntry) -> bool:
    return made_in_time(entry.made_at, deadline=sitting.deadline, submitted_at=sitting.submitted_at)


def _questions(entries: Sequence[BranchEntry]) -> str:
    names = sorted(fold_entries(entries), key=lambda name: int(name[1:]))
    return ", ".join(name[1:] for name in names)


def _unknown(sitting: Sitting, epoch: int, pieces: Sequence[Piece]) -> dict[str, Piece]:
    """digest -> piece, without what the journal holds in time and without what was uploaded before."""
    entries = AnswerEntry.objects.filter(sitting=sitting, epoch=epoch).exclude(AFTER_DEADLINE)
    saved = set(entries.values_list("seq", "answers"))
    found = {
        branch_digest(sitting.pk, epoch, piece.seq, piece.answers): piece
        for piece in pieces
        if (piece.seq, canonical(piece.answers)) not in saved
    }
    known = BranchEntry.objects.filter(sitting=sitting, digest__in=found).values_list("digest", flat=True)
    return {digest: piece for digest, piece in found.items() if digest not in set(known)}


def _row(sitting: Sitting, epoch: int, piece: Piece, digest: str, at: datetime, uploaded_by: Any) -> BranchEntry:
    return BranchEntry(
        sitting=sitting,
        epoch=epoch,
        seq=piece.seq,
        answers=canonical(piece.answers),
        answered=piece.answered,
        made_at=made_within(piece.made_at, started_at=sitting.started_at or at, now=at),
        uploaded_at=at,
        origin=BranchOrigin.FILE if uploaded_by else BranchOrigin.DEVICE,
        uploaded_by=uploaded_by,
        digest=digest,
    )
