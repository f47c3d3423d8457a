"""One page of the sheet of a term: cells only for the rows that are shown, unless a filter must look at every row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Window

from lms.attendance.enums import ExclusionAct
from lms.attendance.models import ExclusionDecision, Session
from lms.attendance.selectors.sheets import Row, TermSheet, sheet_seats, sheet_sessions
from lms.attendance.selectors.tables import Table
from lms.programmes.models import Enrolment, Term
from lms.programmes.selectors import live_enrolments

ROWS = 50
DIGITS = 5  # of a page number; whatever is longer is no page


@dataclass(frozen=True)
class SheetPage:
    """Rows of one page and the sessions of the term; `page` counts all learners who match. `excluded` are seat ids."""

    sheet: TermSheet
    page: Page
    excluded: frozenset[int]

    @property
    def is_whole(self) -> bool:
        """Whether everybody who matches is on it."""
        return not self.page.has_other_pages()


def sheet_page(term: Term, *, among: Q, wants: Callable[[Row], bool] | None, asked: str) -> SheetPage:
    """The page `asked` for (the first of what is no number, the last of what is too far), by number in the term.

    `among` narrows the learners in the database. With `wants` the rows of all of them are looked at, without it only
    those of the page. Seven queries, eight with `wants`; two more where the page asked for does not exist.
    """
    sessions = sheet_sessions(term)
    seats = live_enrolments(term).filter(among)
    if wants is None:
        page, shown = _page_of_seats(seats, asked)
        return _answer(sessions, page, shown, Table(term, sessions, [seat.pk for seat in shown]))
    table = Table(term, sessions)
    plain = seats.select_related(None).only("pk", "term_id", "group_id", "enrolled_at")
    found = [seat.pk for seat in plain if wants(Row(seat, *table.row(seat)))]
    page = Paginator(found, ROWS).get_page(asked)
    return _answer(sessions, page, list(_with_exclusion(seats.filter(pk__in=page.object_list))), table)


def _answer(sessions: Sequence[Session], page: Page, seats: Sequence[Any], table: Table) -> SheetPage:
    rows = [Row(seat, *table.row(seat)) for seat in seats]
    excluded = frozenset(seat.pk for seat in seats if seat.exclusion == ExclusionAct.CONFIRMED)
    return SheetPage(TermSheet(sessions, rows), page, excluded)


def _page_of_seats(seats: QuerySet[Enrolment], asked: str) -> tuple[Page, Sequence[Any]]:
    """The count comes with the rows: one query, unless the page asked for does not exist."""
    counted = _with_exclusion(seats).annotate(matching=Window(Count("*")))
    number = int(asked) if asked.isdecimal() and len(asked) <= DIGITS else 1
    shown = list(counted[(number - 1) * ROWS : number * ROWS]) if number else []
    count = shown[0].matching if shown else seats.count()
    page = Paginator(range(count), ROWS).get_page(asked)
    if page.number != number and count:
        shown = list(counted[(page.number - 1) * ROWS : page.number * ROWS])
    return page, shown


def _with_exclusion(seats: QuerySet[Enrolment]) -> QuerySet[Any]:
    """`exclusion` is the latest decision on the right to be assessed (R12), None without one."""
    latest = ExclusionDecision.objects.filter(enrolment=OuterRef("pk")).order_by("-revision")
    return sheet_seats(seats, "person", "group").annotate(exclusion=Subquery(latest.values("act")[:1]))
