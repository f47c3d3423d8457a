"""Any order of saves, lost and doubled messages, takeovers, time and handing in leaves the same truth.

A machine plays a bad network between devices and the real services. Beside it stands a model of a few lines that says
what must be stored; what a device holds as acknowledged is its own ledger.
"""

from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from lms.core.exceptions import DomainError
from lms.exams.conf import exams_settings
from lms.exams.models import AnswerEntry, Sitting
from lms.exams.selectors import saved_state, verify_answers, verify_marks
from lms.exams.services import SaveReceipt, save_answers, start_sitting, submit_sitting
from lms.exams.tokens import receipt_matches
from tests.exams import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MACHINES, STEPS = 2000, 14
SECOND = timedelta(seconds=1)
QUESTIONS = ("q1", "q2", "q3")
ANSWERS = st.dictionaries(st.sampled_from(QUESTIONS), st.lists(st.integers(0, 3), max_size=2), min_size=1)
WHICH = st.integers(0, 99)


@dataclass(frozen=True)
class Message:
    """One save on its way."""

    epoch: int
    seq: int
    answers: dict[str, list[int]]

    @property
    def key(self) -> tuple[int, int]:
        return self.epoch, self.seq


@dataclass
class Device:
    """A browser: it numbers its saves, never reads the clock."""

    epoch: int
    next_seq: int


@dataclass
class Truth:
    """What must be stored: a handful of plain rules, in another form than the statement that is tested."""

    deadline: datetime
    epoch: int = 1
    submitted: bool = False
    rows: list[tuple[Message, bool]] = field(default_factory=list)

    def expect(self, message: Message, at: datetime, grace: timedelta) -> str:
        """What becomes of a message at this moment: "new", "late", "again" or the code of its refusal."""
        held = [row.answers for row, _late in self.rows if row.key == message.key]
        if held:
            return "again" if held == [message.answers] else "conflict"
        if self.submitted:
            return "submitted"
        if message.epoch != self.epoch:
            return "taken_over"
        if at > self.deadline + grace:
            return "closed"
        return "late" if at > self.deadline else "new"

    def final(self) -> dict[str, list[int]]:
        """For each question the answer of the highest (epoch, seq) that was accepted in time; empty is no answer."""
        best: dict[str, tuple[tuple[int, int], list[int]]] = {}
        for message, late in self.rows:
            for name, chosen in message.answers.items():
                if not late and (name not in best or message.key > best[name][0]):
                    best[name] = (message.key, chosen)
        return {name: chosen for name, (_key, chosen) in best.items() if chosen}


class BadNetwork(RuleBasedStateMachine):
    """Devices, messages in flight, a clock, and the server's services on the test database."""

    prepared: Sitting
    opens_at: datetime

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = self.opens_at
        self.grace = timedelta(seconds=exams_settings.GRACE_SECONDS)
        self.sitting = start_sitting(copy(self.prepared), at=self.now)
        assert self.sitting.deadline is not None
        self.truth = Truth(self.sitting.deadline)
        self.devices = [Device(1, 1)]
        self.flying: list[Message] = []
        self.ledger: dict[tuple[int, int], SaveReceipt] = {}
        self.mark: Any = None

    def entered(self) -> Sitting:
        """The sitting as a page would find it now."""
        sitting = copy(self.prepared)
        sitting.refresh_from_db(fields=["started_at", "deadline", "submitted_at", "epoch"])
        return sitting

    @rule(which=WHICH, answers=ANSWERS)
    def change(self, which: int, answers: dict[str, list[int]]) -> None:
        """A device sends a save; it is on its way now."""
        device = self.devices[which % len(self.devices)]
        self.flying.append(Message(device.epoch, device.next_seq, _clean(answers)))
        device.next_seq += 1

    @precondition(lambda self: self.flying)
    @rule(which=WHICH, lost=st.booleans())
    def arrive(self, which: int, lost: bool) -> None:
        """Any message arrives, not the oldest; its answer may be lost."""
        self.deliver(self.flying.pop(which % len(self.flying)), heard=not lost)

    @precondition(lambda self: self.flying)
    @rule(which=WHICH)
    def double(self, which: int) -> None:
        """The network delivers a message and keeps it, to deliver it once more."""
        self.deliver(self.flying[which % len(self.flying)])

    @precondition(lambda self: self.truth.rows)
    @rule(which=WHICH)
    def repeat(self, which: int) -> None:
        """A device that heard no answer sends a stored save again, however late."""
        self.deliver(self.truth.rows[which % len(self.truth.rows)][0])

    @precondition(lambda self: self.truth.rows)
    @rule(which=WHICH, answers=ANSWERS)
    def reuse(self, which: int, answers: dict[str, list[int]]) -> None:
        """A broken device uses a number again for something else."""
        held = self.truth.rows[which % len(self.truth.rows)][0]
        self.deliver(Message(held.epoch, held.seq, _clean(answers)))

    @precondition(lambda self: self.flying)
    @rule(which=WHICH)
    def drop(self, which: int) -> None:
        """A message is lost on its way to the server."""
        self.flying.pop(which % len(self.flying))

    @rule()
    def take_over(self) -> None:
        """The room is entered from another machine: it shows what was saved and has the pen from now on."""
        refused = self.truth.submitted or self.now > self.truth.deadline
        try:
            sitting = start_sitting(self.entered(), at=self.now)
        except DomainError:
            assert refused
            return
        assert not refused
        assert sitting.deadline == self.truth.deadline
        assert sitting.epoch == self.truth.epoch + 1
        saved = saved_state(sitting)
        assert saved.answers == self.truth.final()
        self.truth.epoch = sitting.epoch
        self.devices.append(Device(sitting.epoch, saved.next_seq))

    @rule(seconds=st.sampled_from([0, 1, 59, 600]))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.now += seconds * SECOND

    @rule(seconds=st.sampled_from([-1, 0, 1, 60, 61, 3600]))
    def wait_for_the_deadline(self, seconds: int) -> None:
        """To the moments around the end; the clock never goes back."""
        self.now = max(self.now, self.truth.deadline + seconds * SECOND)

    @rule()
    def hand_in(self) -> None:
        """Possible until the deadline, any number of times with the same mark."""
        if not self.truth.submitted and self.now > self.truth.deadline:
            with pytest.raises(DomainError) as caught:
                submit_sitting(self.sitting, at=self.now)
            assert caught.value.code == "deadline_passed"
            return
        mark = submit_sitting(self.sitting, at=self.now)
        assert self.mark in (None, mark)
        self.mark, self.truth.submitted = mark, True

    @precondition(lambda self: self.flying)
    @rule(which=WHICH)
    def steal(self, which: int) -> None:
        """Somebody else's account stores nothing, whatever it sends, and reads no receipt."""
        message = self.flying[which % len(self.flying)]
        with pytest.raises(DomainError) as caught:
            self.save(message, owner=self.sitting.owner_id + 1)
        assert caught.value.code == "not_found"

    def save(self, message: Message, *, owner: int) -> SaveReceipt:
        return save_answers(
            self.sitting.pk, message.answers, owner=owner, epoch=message.epoch, seq=message.seq, at=self.now
        )

    def answered(self, message: Message) -> SaveReceipt | str:
        try:
            return self.save(message, owner=self.sitting.owner_id)
        except DomainError as problem:
            return problem.code

    def deliver(self, message: Message, *, heard: bool = True) -> None:
        expected = self.truth.expect(message, self.now, self.grace)
        receipt = self.answered(message)
        if isinstance(receipt, str):
            assert receipt == expected
            return
        if expected != "again":
            assert (receipt.at, receipt.late) == (self.now, expected == "late")
            self.truth.rows.append((message, receipt.late))
        assert self.ledger.get(message.key, receipt) == receipt
        if heard:
            self.ledger[message.key] = receipt

    def teardown(self) -> None:
        """After whatever happened: the journal is the truth, and every receipt is good."""
        try:
            self.compare()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def compare(self) -> None:
        stored = list(AnswerEntry.objects.filter(sitting=self.sitting.pk).order_by("pk"))
        assert [((row.epoch, row.seq), row.late) for row in stored] == [(m.key, late) for m, late in self.truth.rows]
        assert saved_state(self.sitting).answers == self.truth.final()
        hashes = {(row.epoch, row.seq): (row.hash, row.at) for row in stored}
        for (epoch, seq), receipt in self.ledger.items():
            assert hashes[epoch, seq] == (receipt.hash, receipt.at)
            assert receipt_matches(receipt.signature, self.sitting.pk, epoch, seq, receipt.hash)
        assert [*verify_answers(), *verify_marks()] == []
        if self.mark is not None:
            assert self.mark.head_hash == (stored[-1].hash if stored else self.sitting.paper_digest)


def _clean(answers: dict[str, list[int]]) -> dict[str, list[int]]:
    return {name: sorted(set(chosen)) for name, chosen in answers.items()}


def test_no_interleaving_loses_doubles_or_forks_a_save(noon):
    exam = factories.an_exam(noon)
    BadNetwork.prepared, BadNetwork.opens_at = factories.a_sitting(exam), noon
    steps = settings(
        max_examples=MACHINES, stateful_step_count=STEPS, deadline=None, phases=(Phase.generate, Phase.shrink)
    )
    run_state_machine_as_test(BadNetwork, settings=steps)
