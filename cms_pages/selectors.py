"""Reads of the public site: menu, trail, terms as they stand now, the front page, search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page as PageOfRows
from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, QuerySet, When
from django.http import HttpRequest
from wagtail.models import Page, Site

from cms_pages.models import (
    ApplyPage,
    ArticlePage,
    FAQPage,
    HomePage,
    NoticePage,
    SitePage,
)
from cms_pages.models.base import in_english
from cms_pages.rules import FULL, OPEN, SOON, excerpt, in_order, only_language, term_phase
from lms.core.rules import search_pieces
from lms.programmes.models import Course, Module, Term
from lms.programmes.selectors import LIVE

ON_A_PAGE = 12
SHOWN_ON_FRONT = 5


@dataclass(frozen=True)
class TermView:
    """A term as the public sees it now. `phase` is one of `cms_pages.rules`; seats are places."""

    term: Term
    phase: str
    seats_left: int

    @property
    def seats_taken(self) -> int:
        """Seats that are no longer free."""
        return self.term.capacity - self.seats_left

    @property
    def registering(self) -> bool:
        """Whether free seats still matter: registration is open, full or yet to open."""
        return self.phase in {OPEN, FULL, SOON}


@dataclass(frozen=True)
class ModuleView:
    """A module with its courses in order."""

    module: Module
    courses: list[Course] = field(default_factory=list)


@dataclass(frozen=True)
class SiteMenu:
    """Home page and the pages below it: those of the main menu, the others for the foot."""

    home: HomePage | None
    main: Sequence[SitePage] = ()
    more: Sequence[SitePage] = ()


@dataclass(frozen=True)
class Found:
    """One page that was found, with the words around the first match."""

    page: SitePage
    before: str
    match: str
    after: str


def site_menu(request: HttpRequest) -> SiteMenu:
    """The menu of the site the request came to; two queries, once a request."""
    if not hasattr(request, "_cms_pages_menu"):
        home = getattr(request, "_cms_pages_home", None) or _home_of(request)
        pages = list(SitePage.objects.live().child_of(home).order_by("path")) if home else []
        main = [page for page in pages if page.show_in_menus]
        request._cms_pages_menu = SiteMenu(home, main, [page for page in pages if not page.show_in_menus])  # type: ignore[attr-defined]
    menu: SiteMenu = request._cms_pages_menu  # type: ignore[attr-defined]
    return menu


def trail_of(page: Page, request: HttpRequest) -> list[SitePage]:
    """Pages above this one, home first; those of the menu are not read again."""
    menu = site_menu(request)
    if menu.home is None or not page.path or page.depth <= menu.home.depth:
        return []
    if page.depth > menu.home.depth + 2:
        return list(SitePage.objects.ancestor_of(page).order_by("depth"))
    above = [entry for entry in (*menu.main, *menu.more) if page.path.startswith(entry.path) and entry.pk != page.pk]
    return [menu.home, *above]


def find_term(code: str) -> Term | None:
    """The term with that code."""
    return Term.objects.select_related("programme").filter(code=code).first()


def term_view(pk: int, *, at: datetime) -> TermView:
    """One term with its programme, state and seats. One query."""
    term = _with_seats().get(pk=pk)
    return _view(term, term.taken, at)


def terms_in_view(*, at: datetime, limit: int | None = None) -> list[TermView]:
    """All terms, those to act on first. One query."""
    views = {term.pk: _view(term, term.taken, at) for term in _with_seats()}
    ordered = in_order((view.term, view.phase) for view in views.values())
    return [views[term.pk] for term in ordered[:limit]]


def modules_of(programme_id: int | None) -> list[ModuleView]:
    """Modules with their courses in order. One query."""
    found: dict[int, ModuleView] = {}
    if programme_id is None:
        return []
    rows = Course.objects.filter(module__programme_id=programme_id).select_related("module")
    for course in rows.order_by("module__order", "module_id", "order", "pk"):
        found.setdefault(course.module_id, ModuleView(course.module)).courses.append(course)
    return list(found.values())


def front_page(home: HomePage, *, at: datetime) -> dict[str, Any]:
    """What the home page shows besides its own texts; six queries."""
    terms = terms_in_view(at=at)
    faq = FAQPage.objects.live().child_of(home).first()
    return {
        "terms": terms[:SHOWN_ON_FRONT],
        "next_term": terms[0] if terms and terms[0].phase in {"open", "full", "soon"} else None,
        "modules": modules_of(home.programme_id),
        "apply_page": ApplyPage.objects.live().child_of(home).first(),
        "notices": list(newest_notices()[:4]),
        "articles": list(ArticlePage.objects.live().order_by("-published_on", "-pk")[:4]),
        "faq": faq,
        "questions": list(faq.questions)[:4] if faq else [],
    }


def newest_notices() -> QuerySet[NoticePage]:
    """Notices, newest first."""
    return NoticePage.objects.live().order_by("-published_on", "-pk")


def page_of(rows: QuerySet[Any], number: str | None) -> PageOfRows:
    """The asked page of a long list; a wrong number leads to the nearest page."""
    return Paginator(rows, ON_A_PAGE).get_page(number)


def search_site(query: str) -> QuerySet[SitePage]:
    """Live pages that hold every piece of the query, anywhere in a Chinese sentence; titles count first."""
    pieces = search_pieces(query)
    if not pieces:
        return SitePage.objects.none()
    rows = SitePage.objects.live().public()
    for piece in pieces:
        rows = rows.filter(words__contains=piece)
    in_title = Q(title__icontains=query.strip()) | Q(title_en__icontains=query.strip())
    return rows.annotate(titled=Case(When(in_title, then=1), default=0)).order_by(
        "-titled", "-first_published_at", "pk"
    )


def with_excerpts(pages: Iterable[SitePage], query: str) -> list[Found]:
    """Each page with the place where the query was found."""
    words = [query.strip(), *query.split()]
    return [Found(page, *_excerpt(page.plain or page.summary, words)) for page in pages]


def _excerpt(text: str, words: list[str]) -> tuple[str, str, str]:
    """The place in the reader's language where the word stands there, else wherever it stands."""
    own = only_language(text, chinese=not in_english())
    return excerpt(own if any(word and word.lower() in own.lower() for word in words) else text, words)


def _home_of(request: HttpRequest) -> HomePage | None:
    site = Site.find_for_request(request)
    return HomePage.objects.filter(pk=site.root_page_id).first() if site else None


def _with_seats() -> Any:
    taken = Count("enrolments", filter=Q(enrolments__state__in=LIVE))
    return Term.objects.select_related("programme").annotate(taken=taken)


def _view(term: Term, taken: int, at: datetime) -> TermView:
    left = max(0, term.capacity - taken)
    return TermView(term, term_phase(term, at, seats_left=left), left)
