"""Assistants: open the board, start the check during class, count, call names, close. They see who answers."""

from collections.abc import Generator, Iterator
from datetime import timedelta

from django.urls import reverse

from lms.attendance.management.fraud import cheats, honest
from lms.attendance.management.fraud.cast import WALL, Learner
from lms.attendance.management.fraud.play import Play
from lms.attendance.models import CheckEntry, Session
from lms.attendance.selectors import headcount_state, roll_rows

MINUTE = timedelta(minutes=1)
MISCOUNTS = 0.05
HEARS = 0.99
ANSWERS_FOR = 0.1
#: Whoever answers only when called again comes to the front and shows her card.
ANSWERS_TO_THE_FACE = 0.001
A_NAME = 3.0
A_COUNT = 90.0


class Assistant:
    """Runs one session, by the screens of the back office."""

    def __init__(self, play: Play, session: Session, scheme: cheats.Scheme) -> None:
        self.play, self.session, self.scheme = play, session, scheme
        self.app = play.desks[session.room]
        self.learners = {one.seat.pk: one for one in play.company.expected(session)}
        self.asked: dict[int, bool] = {}
        self.names: list[Learner] = []
        self.difference = 0
        self.strays = 0

    def run(self) -> None:
        """Everything that happens in the room, planned by the clock."""
        clock, session = self.play.clock, self.session
        clock.at(session.check_in_from, self._open)
        if session.mid_check_minutes:
            moment = session.starts_at + self.play.random.uniform(0.3, 0.7) * WALL
            clock.at(moment, self._start_check)
        clock.at(session.starts_at + 0.6 * WALL, lambda: clock.follow(self._count()))
        clock.at(session.ends_at - 30 * MINUTE, lambda: clock.follow(self._last_call()))
        clock.at(session.check_out_until, self._close)

    def _open(self) -> None:
        self.app.sign_in(self.play.company.staff[self.session.room])
        self.app.get(reverse("lms_attendance_admin:sheet", args=[self.session.pk]))
        self.app.post(reverse("lms_attendance:open_board", args=[self.session.pk]), {})
        self.app.get(reverse("lms_attendance:board", args=[self.session.pk]))
        if self.session.mid_check_minutes:
            # Begun by hand at another moment than the planned one, so that one seed gives one play.
            off = reverse("lms_attendance_admin:call_off_check", args=[self.session.pk])
            self.app.post(off, {"reason": "改为现场发起"})

    def _start_check(self) -> None:
        self.app.post(reverse("lms_attendance_admin:start_check", args=[self.session.pk]), {})
        for one in self.learners.values():
            if self.play.is_in(self.session, one):
                honest.answer_check(self.play, self.session, one)
            elif self.scheme.is_away(self.session, one):
                cheats.answer_check(self.play, self.session, one)

    def _count(self) -> Iterator[float]:
        """Ask who has not checked in, call names with a sign, count; call on while the figures differ, count again."""
        self.app.get(reverse("lms_attendance_admin:room", args=[self.session.pk]))
        on_record = set(CheckEntry.objects.filter(session=self.session).values_list("enrolment_id", flat=True))
        for one in self.learners.values():
            if one.seat.pk not in on_record and self.play.is_in(self.session, one):
                self.strays += 1
                honest.check(self.play, self.session, "in", one)
        yield 60
        rows = roll_rows(self.session, at=self.play.clock.now)
        self.names = [self.learners[row.enrolment.pk] for row in rows]
        for row in rows:
            if row.signs:
                yield from self._call(self.learners[row.enrolment.pk], ANSWERS_FOR, write=True)
        yield from self._call_again()
        yield from self._until_it_fits()

    def _last_call(self) -> Iterator[float]:
        """Before the end, whoever was not there is called once more; she may just have been outside."""
        before = len(self._missing())
        yield from self._call_again()
        if len(self._missing()) < before:
            yield from self._until_it_fits()

    def _until_it_fits(self) -> Iterator[float]:
        for answers in (ANSWERS_FOR, ANSWERS_TO_THE_FACE):
            if not (yield from self._heads()):
                return
            yield from self._call_on(self.names, answers)
        yield from self._heads()

    def _call_on(self, names: list[Learner], answers: float) -> Iterator[float]:
        """Until as many are missing as the figures differ by; whoever did not answer is called once more.

        Only who is missing is entered: the others are ticked off on paper. The second time, by looking at everybody.
        """
        for one in names:
            if self.play.clock.now > self.session.ends_at - 16 * MINUTE:
                break
            if one.seat.pk in self.asked and (answers == ANSWERS_FOR or not self.asked[one.seat.pk]):
                continue
            yield from self._call(one, answers, write=False)
            if self.difference > 0 and len(self._missing()) >= self.difference:
                yield from self._call_again()
                if len(self._missing()) >= self.difference:
                    return
        yield from self._call_again()

    def _call_again(self) -> Iterator[float]:
        """Those who did not answer, a while later; only who is looked for in vain twice stays missing."""
        for one in self._missing():
            yield 20
            yield from self._call(one, ANSWERS_TO_THE_FACE, write=True)

    def _missing(self) -> list[Learner]:
        return [self.learners[key] for key, seen in self.asked.items() if not seen]

    def _heads(self) -> Generator[float, None, bool]:
        """Count until the same number comes twice in a row, then enter it; whether it differs from the record."""
        counts = [-1]
        while len(counts) < 3 or counts[-1] != counts[-2]:
            self.play.minutes += A_COUNT / 60
            yield A_COUNT
            heads = sum(self.play.is_in(self.session, one) for one in self.learners.values())
            counts.append(heads + (self.play.random.choice((-1, 1)) if self.play.chance(MISCOUNTS) else 0))
        self.app.post(reverse("lms_attendance_admin:headcount", args=[self.session.pk]), {"counted": counts[-1]})
        state = headcount_state(self.session)
        self.difference = len(self._missing()) - state.difference
        return not state.matches

    def _call(self, one: Learner, answers_for: float, *, write: bool) -> Iterator[float]:
        self.play.minutes += A_NAME / 60
        self.play.called += 1
        yield A_NAME
        there = self.play.is_in(self.session, one)
        partner = one.partner
        cover = partner is not None and self.play.is_in(self.session, partner) and not there
        seen = self.play.chance(HEARS) if there else cover and self.play.chance(answers_for)
        self.asked[one.seat.pk] = seen
        if write or not seen:
            fields = {"seat": one.seat.pk, "seen": "yes" if seen else "no"}
            self.app.post(reverse("lms_attendance_admin:roll_call", args=[self.session.pk]), fields)

    def _close(self) -> None:
        """Close the sheet; where the figures never agreed, sign it off with a reason."""
        fields = {"without_headcount": "清点与记录不符，已逐一点名"}
        self.app.post(reverse("lms_attendance_admin:close", args=[self.session.pk]), fields)
