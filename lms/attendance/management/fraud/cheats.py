"""Five ways to be on record without being there. Pairs cover for each other in turn; forgers act alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from lms.attendance.management.fraud import honest
from lms.attendance.management.fraud.cast import WALL, Learner
from lms.attendance.management.fraud.phones import open_own, open_scan, seen_code, tap, type_code
from lms.attendance.management.fraud.play import Play
from lms.attendance.models import Session

MINUTE = timedelta(minutes=1)
TURN = 0.75
BY_VIDEO = 0.3
ASKS = 0.3
FOOLED = 0.1


class Scheme:
    """Who of each pair stays away from which half-day: in turn, and never both."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.away: dict[int, set[int]] = {}
        pairs = [one for one in play.company.learners if one.partner and one.number < one.partner.number]
        for one in pairs:
            self._take_turns(one)
        for one in play.company.learners:
            if one.tactic == "forged_request":
                days = play.random.sample(self._half_days(one), 2)
                self.away[one.number] = set(days)

    def is_away(self, session: Session, one: Learner) -> bool:
        """Whether she means to be on record here without being there, or not to the end."""
        return session.pk in self.away.get(one.number, ())

    def _take_turns(self, one: Learner) -> None:
        partner = one.partner
        if partner is None:
            return
        days = self._half_days(one)
        turns = [one, partner] if self.play.chance(0.5) else [partner, one]
        chosen = [day for day in days if self.play.chance(TURN)]
        while len(chosen) < 2:
            chosen.append(next(day for day in days if day not in chosen))
        for number, day in enumerate(sorted(chosen)):
            self.away.setdefault(turns[number % 2].number, set()).add(day)

    def _half_days(self, one: Learner) -> list[int]:
        return [session.pk for session in self.play.company.sessions if one in self.play.company.expected(session)]


def stay_away(play: Play, session: Session, one: Learner) -> None:
    """One half-day of a cheat who is not there, or leaves in the middle."""
    if one.tactic == "forged_request":
        _forge(play, session, one)
    elif one.tactic == "early_leave":
        _leave_early(play, session, one)
    elif one.tactic == "relayed_photo":
        play.clock.at(_soon(play, session), lambda: _relayed(play, session, "in", one))
        _out(play, session, lambda: _relayed(play, session, "out", one))
    elif one.tactic == "lent_phone":
        play.clock.at(_soon(play, session), lambda: _with_lent_phone(play, session, "in", one))
        _out(play, session, lambda: _with_lent_phone(play, session, "out", one))
    elif one.tactic == "shared_login":
        play.clock.at(_soon(play, session), lambda: _with_login(play, session, "in", one))
        _out(play, session, lambda: _with_login(play, session, "out", one))


def answer_check(play: Play, session: Session, one: Learner) -> None:
    """The colleague in the room tries to answer for the absent one as well."""
    act = {
        "relayed_photo": _relayed,
        "early_leave": _relayed,
        "lent_phone": _with_lent_phone,
        "shared_login": _with_login,
    }
    if one.tactic in act and play.chance(0.7):
        play.clock.after(play.random.uniform(20, 150), lambda: act[one.tactic](play, session, "mid", one))


def _soon(play: Play, session: Session) -> datetime:
    return session.starts_at - play.random.uniform(1, 12) * MINUTE


def _out(play: Play, session: Session, act: Callable[[], None]) -> None:
    if session.check_out_required:
        play.clock.at(session.ends_at + play.random.uniform(0.5, 6) * MINUTE, act)


def _relayed(play: Play, session: Session, kind: str, one: Learner) -> None:
    """A picture of the board, or a video call, or the digits by telephone; her own phone, somewhere else."""
    app = play.phones[one.number].apps["camera"]
    way = play.random.random()
    if way < 0.15 and kind != "mid":
        play.type_digits(session, kind, one, app, relay=play.random.uniform(1, 4), then=_nothing)
    else:
        relay = 1.2 if way < 0.15 + BY_VIDEO else 5.0
        play.scan(session, kind, one, app, relay=relay, then=_nothing)


def _with_lent_phone(play: Play, session: Session, kind: str, one: Learner) -> None:
    """The colleague scans with both phones."""
    play.scan(session, kind, one, play.phones[one.number].apps["camera"], then=_nothing)


def _with_login(play: Play, session: Session, kind: str, one: Learner) -> None:
    """The colleague signs in as her on his own phone, in the app he uses himself or in the other one."""
    partner = one.partner
    if partner is None:
        return
    name = "camera" if (session.pk + one.number) % 5 < 2 else "wechat"
    app = play.phones[partner.number].apps[name]

    def after() -> None:
        if kind == "in" and play.chance(ASKS):
            play.ask_phone(one, app)
            play.clock.after(60, lambda: play.approve(session, one, convinced=play.chance(FOOLED)))

    play.scan(session, kind, one, app, then=after)


def _leave_early(play: Play, session: Session, one: Learner) -> None:
    """Comes, checks in, and goes after a third; the way out is relayed by the colleague."""
    came = _soon(play, session)
    gone = session.starts_at + play.random.uniform(0.15, 0.5) * WALL
    play.stay(session, one, came, gone)
    play.clock.at(came, lambda: honest.check(play, session, "in", one))
    _out(play, session, lambda: _relayed(play, session, "out", one))


def _forge(play: Play, session: Session, one: Learner) -> None:
    """At home with a computer: guessed digits, an old picture, a ticket altered or taken over from a colleague."""
    ways = play.random.sample([_guess, _alter, _borrow, _old_picture], 2)
    for number, way in enumerate(ways):
        moment = session.starts_at + (number * 6 + play.random.uniform(1, 5)) * MINUTE
        play.clock.at(moment, partial(way, play, session, one))


def _guess(play: Play, session: Session, one: Learner) -> None:
    app = play.phones[one.number].apps["camera"]
    for _number in range(play.random.randrange(6, 12)):
        type_code(app, one.user, f"{play.random.randrange(1_000_000):06d}")


def _alter(play: Play, session: Session, one: Learner) -> None:
    """The text of a ticket with another seal."""
    app = play.phones[one.number].apps["camera"]
    open_own(app, one.user)
    moment = int(play.clock.now.timestamp() * 1000)
    tap(app, f"{session.pk}~in~nonce~{moment}~900~{one.user.pk}~{'0' * 32}~{'0' * 32}~0~0~0~0~{'0' * 32}".encode())


def _borrow(play: Play, session: Session, one: Learner) -> None:
    """A ticket made on the phone of somebody in the room, sent from her own."""
    app = play.phones[one.number].apps["camera"]
    open_own(app, one.user)
    there = [other for other in play.company.expected(session) if play.is_in(session, other) and other is not one]
    if not there:
        return
    lender = play.random.choice(there)
    ticket = open_scan(play.phones[lender.number].apps["camera"], lender.user, seen_code(session, "in", play.clock.now))
    if ticket:
        tap(app, ticket)
    else:
        _alter(play, session, one)


def _old_picture(play: Play, session: Session, one: Learner) -> None:
    app = play.phones[one.number].apps["camera"]
    open_scan(app, one.user, seen_code(session, "in", play.clock.now - 10 * MINUTE))


def _nothing() -> None:
    """A cheat does not ask for more."""
