"""Forms of the community; refusals of the services come back as form errors."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from lms.community.enums import ModerationAct, ReportReason, Validity
from lms.community.models import Resource
from lms.community.services.forum import LONGEST
from lms.community.services.library import ALLOWED, ResourceFacts
from lms.core.exceptions import DomainError

WRITE_HINT = _("Leave a blank line between paragraphs. Please name no one without consent.")


ACT_WORDS = {
    ModerationAct.PIN.value: _("Pin at the top"),
    ModerationAct.UNPIN.value: _("Unpin"),
    ModerationAct.LOCK.value: _("Close for replies"),
    ModerationAct.UNLOCK.value: _("Open for replies"),
    ModerationAct.HIDE_THREAD.value: _("Hide the thread"),
    ModerationAct.RESTORE_THREAD.value: _("Show the thread again"),
}


def new_nonce() -> str:
    """A fresh number for one form: sending the form twice counts once."""
    return secrets.token_hex(16)


def show_refusals(form: forms.BaseForm, problem: DomainError) -> None:
    """Put every refusal at the head of the form; what was typed stays."""
    for refusal in problem.refusals:
        form.add_error(None, " ".join(filter(None, (str(refusal.sentence), str(refusal.explanation)))))


class OnceForm(forms.Form):
    """A form that counts once, however often it is sent."""

    nonce = forms.CharField(widget=forms.HiddenInput, initial=new_nonce, min_length=16, max_length=64)


class ReplyForm(OnceForm):
    """An answer in a thread."""

    body = forms.CharField(
        label=_("Your reply"), help_text=WRITE_HINT, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 6})
    )


class ThreadForm(OnceForm):
    """A new thread."""

    title = forms.CharField(
        label=_("Thread title"), max_length=120, help_text=_("One sentence that says what you want to know or tell.")
    )
    body = forms.CharField(
        label=_("Post text"), help_text=WRITE_HINT, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 10})
    )


class EditForm(forms.Form):
    """A changed post."""

    body = forms.CharField(
        label=_("Post text"), help_text=WRITE_HINT, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 10})
    )


class ReportForm(forms.Form):
    """A post that a moderator should look at."""

    reason = forms.ChoiceField(label=_("What is wrong?"), choices=ReportReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Note for the moderator"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReasonForm(forms.Form):
    """Why a post is hidden or shown again."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Readers see it in the place of the post."),
    )


class ModerateForm(forms.Form):
    """What a moderator does with a thread."""

    act = forms.ChoiceField(label=_("What to do"), choices=list(ACT_WORDS.items()))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Needed to close, hide or show again.")
    )


class AskForm(OnceForm):
    """A policy question."""

    title = forms.CharField(label=_("Your question"), max_length=120, help_text=_("In one sentence."))
    category = forms.CharField(
        label=_("Topic"), max_length=40, help_text=_("For example: appraisal grades, merit pay, appeals.")
    )
    body = forms.CharField(
        label=_("Details"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What happened, which document you mean, what you have tried. Please name no one."),
    )
    public = forms.BooleanField(label=_("Others may read this question and its answer"), required=False, initial=True)


class DecideReportForm(forms.Form):
    """A moderator's decision on a report."""

    HIDE, KEEP = "hide", "keep"
    decision = forms.ChoiceField(
        label=_("Moderator's decision"),
        choices=[(HIDE, _("Hide the post")), (KEEP, _("Leave the post as it is"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Kept with the decision. Readers of a hidden post see it in its place."),
    )


class AnswerForm(forms.Form):
    """An expert's answer."""

    body = forms.CharField(
        label=_("Expert's answer"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Name the document and the article you rely on."),
    )


class ResourceForm(WagtailAdminModelForm):
    """A document of the library; the view gives it to the service."""

    upload = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("PDF, Word, Excel, PowerPoint, TXT or ZIP. A new file becomes the next version."),
    )
    keywords = forms.CharField(label=_("Keywords"), required=False, max_length=200, help_text=_("Separated by commas."))

    class Meta:
        model = Resource
        fields = [
            "title",
            "slug",
            "kind",
            "summary",
            "document_number",
            "issuer",
            "validity",
            "repealed_on",
            "successor",
        ]
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}

    field_order = ["title", "slug", "kind", "upload", "summary", "keywords"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fresh = self.instance.pk is None
        self.fields["upload"].required = fresh
        self.fields["upload"].widget.attrs["accept"] = ",".join(f".{extension}" for extension in sorted(ALLOWED))
        self.fields["keywords"].initial = "，".join(self.instance.tags)
        self.fields["slug"].disabled = not fresh
        self.fields["slug"].help_text = _("Short name in the address, in Latin letters; it stays for ever.")
        self.fields["successor"].queryset = Resource.objects.exclude(pk=self.instance.pk)

    def clean(self) -> dict[str, Any]:
        """A repealed document says since when."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("validity") == Validity.REPEALED and not cleaned.get("repealed_on"):
            self.add_error("repealed_on", _("Please give the day from which it is no longer in force."))
        if cleaned.get("validity") != Validity.REPEALED:
            cleaned["repealed_on"] = None
        return cleaned

    def facts(self) -> ResourceFacts:
        """What the service needs to know."""
        cleaned = self.cleaned_data
        return ResourceFacts(
            title=cleaned["title"],
            kind=cleaned["kind"],
            summary=cleaned["summary"],
            document_number=cleaned["document_number"],
            issuer=cleaned["issuer"],
            tags=[
                tag.strip()
                for tag in cleaned["keywords"].replace("，", ",").replace("、", ",").split(",")
                if tag.strip()
            ],
            validity=cleaned["validity"],
            repealed_on=cleaned["repealed_on"],
            successor=cleaned["successor"],
        )
