"""Forms of the records app."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.programmes.enums import EnrolmentState
from lms.programmes.models import Term


class ArchiveFilter(forms.Form):
    """Search and filters of the archive; kept in the address."""

    q = forms.CharField(label=_("Name, unit or certificate number"), required=False, max_length=60)
    term = forms.ModelChoiceField(
        Term.objects.order_by("-starts_on"), label=_("Term"), required=False, empty_label=_("All")
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *EnrolmentState.choices])
