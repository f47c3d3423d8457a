"""The class that jobs share: the 2025 programme with its lessons and 100 signed-in learners."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.core.management import call_command
from django.db import transaction

ROOT = Path(__file__).resolve().parent.parent
PROGRAMME = ROOT / "lms/programmes/data/xianyang-2025.toml"
LESSONS = ROOT / "lms/modules/data/demo-lessons.toml"
TERM = "2025-spring"
AT = datetime(2025, 3, 8, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class SignedIn:
    """A learner with the product's session cookie and the floor's signed token."""

    enrolment_id: int
    cookie: str
    token: str


@cache
def classroom(size: int = 100) -> tuple[SignedIn, ...]:
    """Made once a run, through the services the screens use."""
    from lms.modules.models import LessonPage
    from lms.modules.services import complete_lesson_together
    from lms.people.services import add_person
    from lms.programmes.models import Term
    from lms.programmes.services import enrol_person

    call_command("load_programme", str(PROGRAMME), verbosity=0, stdout=StringIO())
    call_command("load_lessons", str(LESSONS), "--programme", "xianyang-2025", "--term", TERM, stdout=StringIO())
    term = Term.objects.get(code=TERM)
    with transaction.atomic():
        people = [add_person(f"测试{number:03d}", phone=f"139{number:08d}") for number in range(size)]
        enrolments = [enrol_person(person, term, at=AT) for person in people]
        for lesson in LessonPage.objects.live().order_by("path")[:8]:
            complete_lesson_together(lesson, enrolments[::2], at=AT)
    return tuple(sign_in(enrolment.person.user, enrolment.pk) for enrolment in enrolments)


def sign_in(user: Any, enrolment_id: int) -> SignedIn:
    """A live session of this user, as the login page makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    return SignedIn(enrolment_id, cookie, signing.dumps(user.pk))
