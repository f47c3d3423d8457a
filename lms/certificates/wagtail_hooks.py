"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.certificates.audit import state_words
from lms.certificates.permissions import certificate_policy
from lms.certificates.views import backoffice, holder
from lms.core.audit import declare_action, declare_fact
from lms.core.screens import DeskCard, HomeJob, MeLink
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment

declare_action("lms_certificates.issue", gettext_lazy("A certificate was issued"))
declare_action("lms_certificates.proposed", gettext_lazy("Revocation of a certificate proposed"))
declare_action("lms_certificates.dropped", gettext_lazy("Proposal to revoke a certificate dropped"))
declare_action("lms_certificates.revoked", gettext_lazy("A certificate was revoked"))

declare_fact("lms_certificates.state", gettext_lazy("State"), state_words)

may_view = role_required(certificate_policy, "view")
may_issue = role_required(certificate_policy, "issue")
may_print = role_required(certificate_policy, "print")
may_propose = role_required(certificate_policy, "propose")
may_revoke = role_required(certificate_policy, "revoke")


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLResolver]:
    """Certificates in the back office."""
    patterns = [
        path("", may_view(backoffice.CertificateList.as_view()), name="index"),
        path("results/", may_view(backoffice.CertificateList.as_view(results_only=True)), name="results"),
        path("terms/", may_view(backoffice.terms), name="terms"),
        path("terms/<int:pk>/", may_view(backoffice.term), name="term"),
        path("terms/<int:pk>/issue/", may_issue(backoffice.issue), name="issue"),
        path("terms/<int:pk>/print/", may_print(backoffice.print_term), name="print"),
        path("batches/<int:pk>/", may_print(backoffice.open_batch), name="batch"),
        path("<int:pk>/", may_view(backoffice.detail), name="detail"),
        path("<int:pk>/propose/", may_propose(backoffice.propose), name="propose"),
        path("<int:pk>/confirm/", may_revoke(backoffice.confirm), name="confirm"),
        path("<int:pk>/drop/", may_propose(backoffice.drop), name="drop"),
        path("<int:pk>/reissue/", may_issue(backoffice.reissue), name="reissue"),
    ]
    return [path("certificates/", include((patterns, "lms_certificates_admin")))]


@hooks.register("lms_desk_cards")
def show_on_desk(request: HttpRequest, enrolment: Enrolment) -> DeskCard | None:
    """今日: the alumnus's certificate."""
    return holder.desk_card(request, enrolment)


@hooks.register("lms_me_links")
def offer_link(request: HttpRequest) -> Sequence[MeLink]:
    """我的: certificates."""
    return [MeLink(_("My certificates"), reverse("lms_certificates:mine"), "certificate", 50)]


def menu_items() -> Sequence[MenuItem]:
    """Entries of the menu group."""

    def allowed(user: object) -> bool:
        return certificate_policy.allows(user, "view")

    return [
        BackofficeItem(
            gettext_lazy("All certificates"),
            reverse("lms_certificates_admin:index"),
            allowed=allowed,
            icon_name="list-ul",
            order=10,
        ),
        BackofficeItem(
            gettext_lazy("Issue and print"),
            reverse("lms_certificates_admin:terms"),
            allowed=allowed,
            icon_name="doc-full",
            order=20,
        ),
    ]


backoffice_group("certificates", gettext_lazy("Certificates"), icon="doc-full", order=650, items=menu_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """Certificates to print, for who may."""
    if not certificate_policy.allows(request.user, "print"):
        return ()
    text = gettext("After results are released; in one file for the printer.")
    url = reverse("lms_certificates_admin:terms")
    return [HomeJob(gettext("Issue and print certificates"), url, text, "doc-full", order=185)]
