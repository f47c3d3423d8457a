"""The form of the style page, and the sentences of Django's own forms as this site says them."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext_lazy, pgettext_lazy


class SampleForm(forms.Form):
    """Every kind of control once; never saved."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), help_text=_("As on the identity card."))
    phone = forms.CharField(label=_("Mobile phone"), min_length=11)
    term = forms.ChoiceField(
        label=_("Term"),
        choices=[("", _("Please choose")), ("spring", _("Spring 2025")), ("autumn", _("Autumn 2025"))],
    )
    way = forms.ChoiceField(
        label=_("How you come"),
        widget=forms.RadioSelect,
        choices=[("bus", _("By bus")), ("car", _("By car")), ("walk", _("On foot"))],
    )
    proof = forms.FileField(
        label=_("Degree certificate"), help_text=_("PDF or picture, at most 10 MB."), required=False
    )
    note = forms.CharField(label=_("Remark"), widget=forms.Textarea, required=False)
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput)
    agree = forms.BooleanField(label=_("I have read the admission notice."))


# Named here so that our catalogue may say them better than Django's, or at all; the meaning is Django's and Wagtail's.
SENTENCES_OF_DJANGO = (
    gettext_noop("This field is required."),
    gettext_noop("Enter a valid value."),
    gettext_noop("Enter a whole number."),
    gettext_noop("Enter a number."),
    gettext_noop("Enter a valid date."),
    gettext_noop("Enter a valid time."),
    gettext_noop("Enter a valid date/time."),
    gettext_noop("Enter a valid email address."),
    gettext_noop("Select a valid choice. %(value)s is not one of the available choices."),
    gettext_noop("Select a valid choice. That choice is not one of the available choices."),
    gettext_noop("The submitted file is empty."),
    gettext_noop("No file was submitted."),
    gettext_noop("Your password can’t be too similar to your other personal information."),
    gettext_noop("Your password can’t be a commonly used password."),
    gettext_noop("Your password can’t be entirely numeric."),
    gettext_noop("The username and/or password you specified are not correct."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    ngettext_lazy(
        "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
)
SENTENCES_OF_WAGTAIL = (
    gettext_noop("Search all pages…"),
    ngettext_lazy(
        '%(total)s Page <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Pages <span class="w-sr-only">created in %(site_name)s</span>',
        "counter",
    ),
    ngettext_lazy(
        '%(total)s Image <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Images <span class="w-sr-only">created in %(site_name)s</span>',
        "counter",
    ),
    ngettext_lazy(
        '%(total)s Document <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Documents <span class="w-sr-only">created in %(site_name)s</span>',
        "counter",
    ),
    ngettext_lazy(
        '<span>%(total)s</span> Media file <span class="visuallyhidden w-sr-only">created in %(site_name)s</span>',
        '<span>%(total)s</span> Media files <span class="visuallyhidden w-sr-only">created in %(site_name)s</span>',
        "counter",
    ),
)
