"""The inbox and how one wants to be reached."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.core.screens import Action, BarItem, DeskCard, MeLink
from lms.notifications.enums import Topic
from lms.notifications.forms import PreferenceForm
from lms.notifications.selectors import UNREAD_CAP, notices_of, preference_of, unread_of, words_of
from lms.notifications.services import mark_all_read, mark_read, save_preference

PAGE = 20


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Newest first, unread ones marked; a filter for the unread."""
    only_unread = request.GET.get("show") == "unread"
    notices = notices_of(request.user)
    page = Paginator(notices.filter(read_at=None) if only_unread else notices, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"notice": notice, "words": words_of(notice)} for notice in page.object_list],
        "only_unread": only_unread,
        "unread": len(unread_of(request.user)),
        "place": "me",
    }
    return render(request, "lms_notifications/inbox.html", context)


@login_required
@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one read and go where it leads."""
    notice = mark_read(request.user, pk, at=timezone.now())
    if notice is None:
        raise Http404
    safe = url_has_allowed_host_and_scheme(notice.url, None)
    return redirect(notice.url if notice.url and safe else "lms_notifications:inbox")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything read."""
    count = mark_all_read(request.user, at=timezone.now())
    said = ngettext("%(count)s message is marked as read.", "%(count)s messages are marked as read.", count)
    messages.success(request, said % {"count": count})
    return redirect("lms_notifications:inbox")


@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """E-mail address, on or off, topics, language."""
    user: Any = request.user
    held = preference_of(user)
    initial = {
        "address": user.email,
        "mail": held.mail,
        "topics": [topic for topic in Topic.values if topic not in held.muted_topics],
        "language": held.language or settings.LANGUAGE_CODE,
    }
    form = PreferenceForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        save_preference(
            request.user,
            address=data["address"],
            mail=data["mail"],
            muted_topics=set(Topic.values) - set(data["topics"]),
            language=data["language"],
        )
        messages.success(request, _("Your choices are saved."))
        return redirect("lms_notifications:preferences")
    context = {"form": form, "place": "me"}
    return render(request, "lms_notifications/preferences.html", context, status=422 if form.errors else 200)


def bar_item(request: HttpRequest) -> BarItem | None:
    """The bell of the shell with the number of unread messages; one query, shared with the desk card."""
    if not request.user.is_authenticated:
        return None
    count = len(unread_of(request.user))
    return BarItem(_("Messages"), reverse("lms_notifications:inbox"), "bell", count=count, cap=UNREAD_CAP - 1)


def desk_card(request: HttpRequest, enrolment: object) -> DeskCard | None:
    """Unread messages on the desk: how many, and the newest three."""
    unread = unread_of(request.user)
    if not unread:
        return None
    title = ngettext("%(count)s unread message", "%(count)s unread messages", len(unread)) % {"count": len(unread)}
    return DeskCard(
        key="notifications",
        zone="due",
        title=title,
        order=90,
        icon="bell",
        lines=tuple(words_of(notice).title for notice in unread[:3]),
        actions=(Action(_("Read"), reverse("lms_notifications:inbox")),),
    )


def me_link(request: HttpRequest) -> list[MeLink]:
    """Messages on the page 我的."""
    count = len(unread_of(request.user))
    note = ngettext("%(count)s unread", "%(count)s unread", count) % {"count": count} if count else ""
    return [MeLink(_("Messages"), reverse("lms_notifications:inbox"), "bell", 10, note)]
