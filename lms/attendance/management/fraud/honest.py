"""Honest learners: late, forgetful, with bad networks, new phones and two apps; and never meaning to deceive."""

from datetime import datetime, timedelta

from django.urls import reverse

from lms.attendance.management.fraud.cast import WALL, Learner
from lms.attendance.management.fraud.phones import App, Phone
from lms.attendance.management.fraud.play import Play
from lms.attendance.models import Session

MINUTE = timedelta(minutes=1)
ABSENT = 0.02
LATE = 0.08
TYPES = 0.03
NEW_PHONE = 0.007
BORROWS = 0.0008
PRESSES = 0.9
APPROVED = 0.98
MISSES_CHECK = 0.03
FORGETS_OUT = 0.02
LEAVES_EARLY = 0.02
STEPS_OUT = 0.04


def attend(play: Play, session: Session, one: Learner) -> None:
    """One half-day of an honest learner, or of a cheat who comes herself this time."""
    if not one.tactic and play.chance(ABSENT):
        return
    came = _arrival(play, session)
    gone = session.ends_at + play.random.uniform(2, 10) * MINUTE
    leaves_early = not one.tactic and play.chance(LEAVES_EARLY)
    if leaves_early:
        gone = session.ends_at - play.random.uniform(1, 15) * MINUTE
    _sit(play, session, one, came, gone)
    play.clock.at(came, lambda: check_in(play, session, one))
    if not leaves_early and session.check_out_required and not play.chance(FORGETS_OUT):
        moment = session.ends_at + play.random.uniform(0.1, 8) * MINUTE
        play.clock.at(min(moment, gone), lambda: check(play, session, "out", one))


def answer_check(play: Play, session: Session, one: Learner, *, reliable: bool = False) -> None:
    """The check during class: whoever is in the room reads the board, most answer."""
    if not reliable and play.chance(MISSES_CHECK):
        return

    def answer() -> None:
        if play.is_in(session, one):
            check(play, session, "mid", one)

    play.clock.after(play.random.uniform(10, 200), answer)


def check_in(play: Play, session: Session, one: Learner) -> None:
    """Come in, with a new phone now and then, or with a neighbour's when her own is flat."""
    if not one.tactic and play.chance(NEW_PHONE):
        play.phones[one.number] = Phone(play.handler, one.number, wifi=one.wifi)
    if not one.tactic and play.chance(BORROWS):
        others = [other for other in play.company.expected(session) if play.is_in(session, other) and other is not one]
        if others:
            app = play.phones[play.random.choice(others).number].apps["camera"]
            play.scan(session, "in", one, app, then=lambda: at_the_door(play, session, "in", one, app, borrowed=True))
            return
    check(play, session, "in", one)


def check(play: Play, session: Session, kind: str, one: Learner) -> None:
    """Scan or type with one of her own apps; a phone that is new here asks for an approval."""
    app = play.phones[one.number].apps[play.usual_app(one)]
    if play.chance(TYPES):
        play.type_digits(session, kind, one, app, then=lambda: at_the_door(play, session, kind, one, app))
    else:
        play.scan(session, kind, one, app, then=lambda: at_the_door(play, session, kind, one, app))


def at_the_door(play: Play, session: Session, kind: str, one: Learner, app: App, *, borrowed: bool = False) -> None:
    """The page says when the phone is not hers; most press the button and show themselves."""
    if not (borrowed or app.unknown_to(one.number)):
        return
    if not borrowed and one.number not in play.bound:
        play.bound.add(one.number)
        app.known_by(one.number)
        return
    page = app.get(reverse("lms_attendance:after_check", args=[session.pk, kind]))
    asks = reverse("lms_attendance:ask_phone") in bytes(getattr(page, "content", b"")).decode()
    if not asks and not borrowed:
        app.known_by(one.number)
        return
    if play.chance(PRESSES):
        app.known_by(one.number)
        play.clock.after(play.random.uniform(2, 15), lambda: play.ask_phone(one, app))
        play.clock.after(
            play.random.uniform(20, 120), lambda: play.approve(session, one, convinced=play.chance(APPROVED))
        )


def _arrival(play: Play, session: Session) -> datetime:
    if play.chance(LATE):
        return session.starts_at + play.random.uniform(0.5, 20) * MINUTE
    return session.starts_at - play.random.triangular(0.5, 28, 8) * MINUTE


def _sit(play: Play, session: Session, one: Learner, came: datetime, gone: datetime) -> None:
    """In the room from then to then, but for a few minutes outside now and then."""
    if not play.chance(STEPS_OUT):
        play.stay(session, one, came, gone)
        return
    out = session.starts_at + play.random.uniform(0.2, 0.9) * WALL
    play.stay(session, one, came, out)
    play.stay(session, one, out + 4 * MINUTE, gone)
