"""Boards, threads and posts."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.community import services
from lms.community.conf import community_settings
from lms.community.forms import (
    ACT_WORDS,
    EditForm,
    ModerateForm,
    ReasonForm,
    ReplyForm,
    ReportForm,
    ThreadForm,
    show_refusals,
)
from lms.community.models import Board, Post, Thread
from lms.community.permissions import is_author, may_moderate
from lms.community.rules import first_unread, may_still_edit, page_of
from lms.community.selectors import boards_with_counts, posts_on_page, read_number, threads_for
from lms.community.views.access import members_only, moderators_only, page_of_rows, typed_query
from lms.core.exceptions import DomainError

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@members_only
def boards(request: HttpRequest) -> HttpResponse:
    """All boards; with `q` the threads of all boards that hold it."""
    query = typed_query(request)
    context: dict[str, Any] = {"boards": boards_with_counts(), "query": query, "place": "me"}
    if query:
        context["page_obj"] = _with_addresses(request, threads_for(request.user, query=query))
    return render(request, "lms_community/boards.html", context)


@require_safe
@members_only
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """The threads of a board; moderators see hidden ones too."""
    found = get_object_or_404(Board, slug=slug)
    query = typed_query(request)
    rows = threads_for(request.user, board=found, query=query, hidden=may_moderate(request.user))
    context = {"board": found, "query": query, "page_obj": _with_addresses(request, rows), "place": "me"}
    return render(request, "lms_community/board.html", context)


@form_view
@members_only
def new_thread(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a thread."""
    found = get_object_or_404(Board, slug=slug)
    form = ThreadForm(request.POST or None)
    if form.is_valid():
        try:
            made = services.open_thread(found, **form.cleaned_data, author=request.user, at=timezone.now())
        except DomainError as problem:
            show_refusals(form, problem)
        else:
            messages.success(request, _("Your thread is open."))
            return redirect("lms_community:thread", made.pk)
    return render(request, "lms_community/new_thread.html", {"board": found, "form": form, "place": "me"})


@require_safe
@members_only
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    """A thread, page by page, with the line above what is not read yet."""
    return _show_thread(request, _thread_or_404(request, pk), ReplyForm())


@form_view
@members_only
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer in a thread; an error shows the thread again with what was typed."""
    found = _thread_or_404(request, pk)
    if request.method != "POST":
        return redirect(f"{thread_address(found, found.post_count)}")
    form = ReplyForm(request.POST)
    if form.is_valid():
        try:
            made = services.reply(found, **form.cleaned_data, author=request.user, at=timezone.now())
        except DomainError as problem:
            show_refusals(form, problem)
        else:
            messages.success(request, _("Your reply is in the thread."))
            return redirect(thread_address(found, made.number))
    return _show_thread(request, found, form, number=found.post_count)


@require_POST
@members_only
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Sent by the page in the background, or by its button without JavaScript."""
    found = _thread_or_404(request, pk)
    number = request.POST.get("number", "")
    if number.isdecimal() and len(number) < 10:
        services.mark_read(found, int(number), user=request.user)
    if request.headers.get("x-requested-with") == "fetch":
        return HttpResponse(status=204)
    return redirect("lms_community:board", found.board.slug)


@require_safe
@members_only
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Permanent address of a post: leads to its page of the thread."""
    found = _post_or_404(request, pk)
    return redirect(thread_address(found.thread, found.number))


@form_view
@members_only
def edit_post(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own post."""
    found = _post_or_404(request, pk)
    try:
        services.require_editable(found, editor=request.user, at=timezone.now())
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect(thread_address(found.thread, found.number))
    form = EditForm(request.POST or None, initial={"body": found.body})
    if form.is_valid():
        try:
            services.edit_post(found, **form.cleaned_data, editor=request.user, at=timezone.now())
        except DomainError as problem:
            show_refusals(form, problem)
        else:
            messages.success(request, _("Your post was changed."))
            return redirect(thread_address(found.thread, found.number))
    return render(request, "lms_community/edit_post.html", {"post": found, "form": form, "place": "me"})


@form_view
@members_only
def report_post(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a moderator to look at a post."""
    found = _post_or_404(request, pk)
    form = ReportForm(request.POST or None)
    if form.is_valid():
        try:
            services.report_post(found, **form.cleaned_data, reporter=request.user, at=timezone.now())
        except DomainError as problem:
            show_refusals(form, problem)
        else:
            messages.success(request, _("Thank you. A moderator will look at the post."))
            return redirect(thread_address(found.thread, found.number))
    return render(request, "lms_community/report_post.html", {"post": found, "form": form, "place": "me"})


@form_view
@moderators_only
def hide_post(request: HttpRequest, pk: int) -> HttpResponse:
    """Hide a post, or show a hidden one again, with a reason."""
    found = get_object_or_404(Post.objects.select_related("thread__board", "author__person__unit"), pk=pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        verb = services.restore_post if found.hidden else services.hide_post
        try:
            verb(found, reason=form.cleaned_data["reason"], actor=request.user, at=timezone.now())
        except DomainError as problem:
            show_refusals(form, problem)
        else:
            messages.success(request, _("The post is shown again.") if found.hidden else _("The post is hidden."))
            return redirect(thread_address(found.thread, found.number))
    return render(request, "lms_community/hide_post.html", {"post": found, "form": form, "place": "me"})


@require_POST
@moderators_only
def moderate_thread(request: HttpRequest, pk: int) -> HttpResponse:
    """Pin, close or hide a thread, and back."""
    found = get_object_or_404(Thread.objects.select_related("board"), pk=pk)
    form = ModerateForm(request.POST)
    if form.is_valid():
        try:
            services.moderate_thread(found, **form.cleaned_data, actor=request.user, at=timezone.now())
        except DomainError as problem:
            show_refusals(form, problem)
        else:
            messages.success(request, _("Done: %(act)s.") % {"act": ACT_WORDS[form.cleaned_data["act"]]})
            return redirect("lms_community:thread", found.pk)
    return _show_thread(request, found, ReplyForm(), moderate_form=form)


def thread_address(found: Thread, number: int) -> str:
    """The page of the thread with this post, scrolled to it."""
    page = page_of(number, community_settings.POSTS_PER_PAGE)
    query = f"?page={page}" if page > 1 else ""
    return f"{reverse('lms_community:thread', args=[found.pk])}{query}#post-{number}"


def _show_thread(
    request: HttpRequest, found: Thread, form: ReplyForm, *, number: int = 0, moderate_form: ModerateForm | None = None
) -> HttpResponse:
    size = community_settings.POSTS_PER_PAGE
    wanted = page_of(number, size) if number else request.GET.get("page")
    page = Paginator(range(1, found.post_count + 1), size).get_page(wanted)
    read = read_number(request.user, found)
    posts = posts_on_page(found, page.number)
    moderator = may_moderate(request.user)
    context = {
        "thread": found,
        "rows": _draw_rows(request.user, found, posts, moderated=moderator),
        "page_obj": page,
        "form": form,
        "moderator": moderator,
        "moderate_form": moderate_form or ModerateForm(),
        "unread_from": read + 1 if 0 < read < found.post_count else 0,
        "last_number": posts[-1].number if posts else 0,
        "read_all": bool(posts) and read >= posts[-1].number,
        "place": "me",
    }
    return render(request, "lms_community/thread.html", context)


@dataclass(frozen=True)
class PostRow:
    """All that the HTML of a post on its page follows from, so that equal rows are drawn once."""

    pk: int
    number: int
    author_name: str
    author_unit: str
    at: datetime
    edited_at: datetime | None
    html: str
    hidden: bool
    hidden_reason: str
    open: bool
    editable: bool
    mine: bool
    moderated: bool
    is_last: bool


def _draw_rows(user: Any, found: Thread, posts: list[Post], *, moderated: bool) -> list[tuple[int, SafeString]]:
    """Number and HTML of every post as this reader sees it."""
    now, around = timezone.now(), (get_language(), timezone.localdate().year, get_script_prefix())
    rows = []
    for post in posts:
        mine = is_author(user, post)
        editable = mine and not (post.hidden or found.locked)
        row = PostRow(
            pk=post.pk,
            number=post.number,
            author_name=post.author_name,
            author_unit=post.author_unit,
            at=post.at,
            edited_at=post.edited_at,
            html=post.html,
            hidden=post.hidden,
            hidden_reason=post.hidden_reason,
            open=not (found.locked or found.hidden),
            editable=editable and may_still_edit(post.at, now, community_settings.EDIT_MINUTES),
            mine=mine,
            moderated=moderated,
            is_last=post is posts[-1],
        )
        rows.append((post.number, draw_post(row, *around)))
    return rows


@lru_cache(maxsize=1000)
def draw_post(row: PostRow, language: str | None, year: int, prefix: str) -> SafeString:
    """HTML of one post; language, this year and prefix of addresses belong to the key only."""
    return render_to_string("lms_community/_post.html", {"post": row})


def _with_addresses(request: HttpRequest, rows: QuerySet[Thread]) -> Any:
    page = page_of_rows(request, rows)
    for row in page.object_list:
        read = row.read_number
        row.unread = row.post_count - read
        row.address = thread_address(row, first_unread(read, row.post_count) if read else 1)
    return page


def _thread_or_404(request: HttpRequest, pk: int) -> Thread:
    rows = Thread.objects.select_related("board")
    return get_object_or_404(rows if may_moderate(request.user) else rows.filter(hidden=False), pk=pk)


def _post_or_404(request: HttpRequest, pk: int) -> Post:
    rows = Post.objects.select_related("thread__board", "author__person__unit")
    return get_object_or_404(
        rows if may_moderate(request.user) else rows.filter(hidden=False, thread__hidden=False), pk=pk
    )
