"""Forms of the certificates app."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.certificates.services.revoking import MINIMUM_REASON


class VerifyForm(forms.Form):
    """Number and name as they stand on the certificate; either one alone finds nothing."""

    number = forms.CharField(
        label=_("Certificate number"), max_length=60, help_text=_("At the top right of the certificate.")
    )
    name = forms.CharField(label=_("Holder's name"), max_length=60)


class ProposalForm(forms.Form):
    """Why a certificate should be revoked."""

    reason = forms.CharField(
        label=_("Reason"), min_length=MINIMUM_REASON, max_length=300, widget=forms.Textarea(attrs={"rows": 4})
    )


class ConfirmationForm(forms.Form):
    """The number, written by the second person."""

    number = forms.CharField(
        label=_("Certificate number"), max_length=60, help_text=_("Write the whole number to confirm the revocation.")
    )
