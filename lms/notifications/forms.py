"""How somebody wants to be reached."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.notifications.enums import Topic


class PreferenceForm(forms.Form):
    """Address, e-mail on or off, topics, language. A changed address needs the password: it can reset it."""

    address = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    mail = forms.BooleanField(label=gettext_lazy("Send me notices by e-mail"), required=False)
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("By e-mail about"),
        choices=Topic.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of e-mails"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        help_text=gettext_lazy("Needed only when you change the address."),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """The password when the address changes."""
        data: dict[str, Any] = super().clean() or {}
        changed = data.get("address", self.user.email) != self.user.email
        if changed and not self.user.check_password(data.get("password", "")):
            self.add_error("password", _("Enter your password to change the address."))
        return data
