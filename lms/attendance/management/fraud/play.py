"""What everybody in the play can do, and what is true in the rooms: who sits there, known to those who look."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from random import Random

from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse

from lms.attendance.enums import DeviceState
from lms.attendance.management.fraud.cast import POSITION, Company, Learner
from lms.attendance.management.fraud.phones import DIGITS, App, Phone, open_scan, seen_code, tap, type_code
from lms.attendance.management.fraud.stage import Clock
from lms.attendance.models import DeviceChange, Session

Done = Callable[[], None]
TRIES = 8


class Play:
    """Clock, chance, people, their phones, and the seats that are really taken."""

    def __init__(self, clock: Clock, random: Random, company: Company) -> None:
        self.clock, self.random, self.company = clock, random, company
        handler = WSGIHandler()
        self.handler = handler
        self.phones = {one.number: Phone(handler, one.number, wifi=one.wifi) for one in company.learners}
        self.desks = {room: App(handler, "10.20.0.2") for room in company.staff}
        #: (session, learner) -> from when until when she is really in the room.
        self.stays: dict[tuple[int, int], list[tuple[datetime, datetime]]] = defaultdict(list)
        #: Learners who checked in by a phone of theirs before: from then on another one is another one.
        self.bound: set[int] = set()
        self.called = 0
        self.minutes = 0.0

    def stay(self, session: Session, one: Learner, first: datetime, last: datetime) -> None:
        """She is in the room then."""
        self.stays[session.pk, one.number].append((first, last))

    def is_in(self, session: Session, one: Learner) -> bool:
        """Whether she sits there now; only somebody in the room can see that."""
        return any(first <= self.clock.now < last for first, last in self.stays[session.pk, one.number])

    def chance(self, share: float) -> bool:
        """It happens in this share of cases."""
        return self.random.random() < share

    def usual_app(self, one: Learner) -> str:
        """Most people have one way to scan; some use now the camera, now WeChat."""
        return self.random.choice(["camera", "wechat"]) if one.two_apps else "camera"

    def lag(self, *, slow: bool) -> float:
        """Seconds until a request arrives."""
        if slow and self.chance(0.5):
            return self.random.uniform(2, 8)
        return min(6.0, self.random.lognormvariate(-0.7, 0.6))

    def scan(
        self, session: Session, kind: str, one: Learner, app: App, *, relay: float = 0.0, tries: int = TRIES, then: Done
    ) -> None:
        """Read the board, open the page, tap; once more when the code is outdated. `relay` is how long a picture of the
        board travels to somebody who is not there, in seconds.
        """
        shot = self.clock.now
        code = seen_code(session, kind, shot)
        travel = self.random.lognormvariate(0, 0.35) * relay if relay else 0.0
        arrives = travel + self.random.uniform(0.4, 1.2) + self.lag(slow=one.slow)

        def arrive() -> None:
            ticket = open_scan(app, one.user, code)
            if ticket is None:
                if tries > 1:
                    again = self.random.uniform(3, 9) if not relay else self.random.uniform(8, 25)
                    self.clock.after(
                        again,
                        lambda: self.scan(session, kind, one, app, relay=relay, tries=tries - 1, then=then),
                    )
                return
            if ticket:
                self.clock.after(self.random.uniform(0.8, 4), lambda: self._tap(app, ticket, one, session, kind, then))

        self.clock.after(arrives, arrive)

    def type_digits(
        self, session: Session, kind: str, one: Learner, app: App, *, relay: float = 0.0, then: Done
    ) -> None:
        """Read six digits off the board, or hear them by telephone, and type them."""
        page = self.desks[session.room].get(reverse("lms_attendance:board_state", args=[session.pk]))
        found = DIGITS.search(bytes(getattr(page, "content", b"")).decode().replace("\\", ""))
        digits = found[1] if found else "000000"
        if self.chance(0.03):
            digits = digits[:-1] + str((int(digits[-1]) + 1) % 10)

        def arrive() -> None:
            if type_code(app, one.user, digits) == 303:
                self._done(app, one, session, kind, then)
            else:
                self.clock.after(4, lambda: self.scan(session, kind, one, app, relay=relay, then=then))

        self.clock.after(self.random.uniform(2, 4) + relay, arrive)

    def ask_phone(self, one: Learner, app: App) -> None:
        """Press “Ask for approval” on the page after the check, and go to the assistant at the door."""
        app.post(reverse("lms_attendance:ask_phone"), {})

    def approve(self, session: Session, one: Learner, *, convinced: bool) -> None:
        """The assistant looks at who stands there and decides on what waits for this name."""
        for change in DeviceChange.objects.filter(enrolment=one.seat, state=DeviceState.ASKED):
            address = f"{reverse('lms_attendance_admin:phones')}?term={self.company.term.pk}"
            act = "approve" if convinced else "refuse"
            self.desks[session.room].post(address, {"phone": change.pk, "act": act})

    def _tap(self, app: App, ticket: bytes, one: Learner, session: Session, kind: str, then: Done) -> None:
        status = tap(app, ticket)
        if self.chance(0.03):
            # The answer is lost on its way; the page sends the same again.
            self.clock.after(self.random.uniform(1, 6), lambda: self._again(app, ticket))
        if status == 200:
            self._done(app, one, session, kind, then)

    def _again(self, app: App, ticket: bytes) -> None:
        tap(app, ticket)

    def _done(self, app: App, one: Learner, session: Session, kind: str, then: Done) -> None:
        if kind == "in" and one.consents:
            self._hint(app, one, session)
        then()

    def _hint(self, app: App, one: Learner, session: Session) -> None:
        """What the phone says of itself: indoors it errs, and now and then by a lot."""
        off = self.random.gauss(0, 0.0006) if not self.chance(0.015) else self.random.uniform(0.01, 0.03)
        away = 0.0 if self.is_in(session, one) else 0.05
        fields = {"latitude": POSITION[0] + off + away, "longitude": POSITION[1] + self.random.gauss(0, 0.0006)}
        app.post(reverse("lms_attendance:hint", args=[session.pk, "in"]), fields)
