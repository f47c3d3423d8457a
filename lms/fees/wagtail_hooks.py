"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.core.audit import choice_words, declare_action, declare_fact
from lms.core.screens import HomeJob, MeLink
from lms.core.templatetags.lms_ui import money
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.fees.audit import verdict_words
from lms.fees.enums import RefundState
from lms.fees.permissions import order_policy
from lms.fees.selectors import open_refunds
from lms.fees.views import finance
from lms.people.viewsets import role_required

declare_action("lms_fees.subsidy", gettext_lazy("Subsidy computed anew"))
declare_action("lms_fees.payment", gettext_lazy("Payment recorded"))
declare_action("lms_fees.refund_asked", gettext_lazy("Refund asked for"))
declare_action("lms_fees.refund_decided", gettext_lazy("Refund decided"))

declare_fact("lms_fees.fen", gettext_lazy("Amount"), money)
declare_fact("lms_fees.paid_fen", gettext_lazy("Paid"), money)
declare_fact("lms_fees.due_fen", gettext_lazy("Due"), money)
declare_fact("lms_fees.verdict", gettext_lazy("By the rules"), verdict_words)
declare_fact("lms_fees.refund_decided.state", gettext_lazy("State"), choice_words(RefundState))

may_view = role_required(order_policy, "view")


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLResolver]:
    """The finance officer's desk."""
    patterns = [
        path("", may_view(finance.OrderList.as_view()), name="index"),
        path("results/", may_view(finance.OrderList.as_view(results_only=True)), name="results"),
        path("<int:pk>/", may_view(finance.order), name="order"),
        path("refunds/", may_view(finance.RefundList.as_view()), name="refunds"),
        path("refunds/results/", may_view(finance.RefundList.as_view(results_only=True)), name="refund_results"),
        path("refunds/<int:pk>/", may_view(finance.refund), name="refund"),
    ]
    return [path("fees/", include((patterns, "lms_fees_admin")))]


@hooks.register("lms_me_links")
def offer_link(request: HttpRequest) -> Sequence[MeLink]:
    """我的: fees."""
    return [MeLink(_("Fees and refunds"), reverse("lms_fees:mine"), "money", 50)]


def menu_items() -> Sequence[MenuItem]:
    """Entries of the menu group."""

    def allowed(user: object) -> bool:
        return order_policy.allows(user, "view")

    return [
        BackofficeItem(gettext_lazy("Fee orders"), reverse("lms_fees_admin:index"), allowed=allowed, icon_name="tag"),
        BackofficeItem(
            gettext_lazy("Refund requests"), reverse("lms_fees_admin:refunds"), allowed=allowed, icon_name="rotate"
        ),
    ]


backoffice_group("fees", gettext_lazy("Fees"), icon="tag", order=650, items=menu_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """Refunds that wait and payments to record: one query."""
    jobs: list[HomeJob] = []
    if order_policy.allows(request.user, "refund"):
        text, url = gettext("What is due back is computed from the date."), reverse("lms_fees_admin:refunds")
        jobs.append(HomeJob(gettext("Refunds to decide"), url, text, "rotate", open_refunds(), 60))
    if order_policy.allows(request.user, "record"):
        text, url = gettext("Transfers and cash, order by order."), reverse("lms_fees_admin:index")
        jobs.append(HomeJob(gettext("Record payments"), url, text, "tag", order=180))
    return jobs
