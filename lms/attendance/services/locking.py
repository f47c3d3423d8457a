"""Sessions held against everybody else until the transaction ends: nobody checks in, closes or corrects meanwhile."""

from django.db.models import QuerySet

from lms.attendance.models import Session


def locked_sessions() -> QuerySet[Session]:
    """Sessions with term, programme, course and classes, locked when read, in the order all take them: by number."""
    held = Session.objects.select_for_update(of=("self",)).order_by("pk")
    return held.select_related("term__programme", "course").prefetch_related("groups")


def lock_session(pk: int) -> Session:
    """One of them, as it stands now. Call inside a transaction."""
    return locked_sessions().get(pk=pk)
