"""Reads about the signals of sittings."""

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from lms.exams.enums import SignalKind
from lms.exams.models import Exam, SignalEntry, Sitting


def sittings_with_signals(exam: Exam) -> QuerySet[Sitting]:
    """Sittings of the exam with any signal, the most leavings first; one query.

    Annotated: `left`, `away` (seconds together), `longest` (seconds), `copies`, `pastes`, `prints`, `last_signal`.
    """
    kinds = {"left": SignalKind.LEFT, "copies": SignalKind.COPY, "pastes": SignalKind.PASTE, "prints": SignalKind.PRINT}
    counts = {name: Count("signals", filter=Q(signals__kind=kind)) for name, kind in kinds.items()}
    times = {"away": Sum("signals__seconds"), "longest": Max("signals__seconds"), "last_signal": Max("signals__at")}
    found: QuerySet[Sitting] = Sitting.objects.filter(exam=exam, signals__isnull=False)
    return (
        found.annotate(**counts, **times)
        .select_related("enrolment__person")
        .defer("paper")
        .order_by(F("left").desc(), F("away").desc(nulls_last=True), "enrolment__number")
    )


def signals_of(sitting: Sitting) -> QuerySet[SignalEntry]:
    """Every signal of one sitting in order of time."""
    return SignalEntry.objects.filter(sitting=sitting).order_by("at", "pk")
