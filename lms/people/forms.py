"""Forms of people and accounts."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.people.enums import Role
from lms.people.models import Person, Unit
from lms.people.rules import is_unit_code, read_phone
from lms.people.services.accounts import REASON_LENGTH


def clean_phone(value: str) -> str:
    """A mobile number in plain digits, or a form error."""
    phone = read_phone(value)
    if not phone:
        raise forms.ValidationError(_("This is not a mobile number of 11 digits."))
    return phone


class ActivationForm(forms.Form):
    """First sign-in: phone, code, and a password twice."""

    phone = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "username"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Activation code"),
        help_text=gettext_lazy("Eight digits from your class assistant or from a text message."),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("At least 8 characters, not digits alone."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_phone(self) -> str:
        """Plain digits."""
        return clean_phone(self.cleaned_data["phone"])

    def clean_code(self) -> str:
        """Digits without spaces."""
        return "".join(self.cleaned_data["code"].split())

    def clean(self) -> dict[str, Any]:
        """Both passwords are equal and good enough."""
        data: dict[str, Any] = super().clean() or {}
        password, again = data.get("password"), data.get("again")
        if password and again and password != again:
            self.add_error("again", _("The two passwords are not the same."))
        elif password:
            try:
                password_validation.validate_password(password)
            except forms.ValidationError as problem:
                self.add_error("password", problem)
        return data


class PhoneForm(forms.Form):
    """A new mobile number, confirmed with the present password."""

    phone = forms.CharField(
        label=gettext_lazy("New mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_phone(self) -> str:
        """Plain digits."""
        return clean_phone(self.cleaned_data["phone"])

    def clean_password(self) -> str:
        """It is really her."""
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("The password is not right."))
        return password


class PersonForm(forms.ModelForm):
    """What staff may correct about a person."""

    phone = forms.CharField(label=gettext_lazy("Mobile number"), max_length=20, required=False)

    class Meta:
        model = Person
        fields = ["name", "phone", "unit", "position"]

    def clean_phone(self) -> str:
        """Plain digits or empty."""
        value = self.cleaned_data["phone"]
        return clean_phone(value) if value else ""


class RevealForm(forms.Form):
    """Why somebody needs a whole ID number."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=REASON_LENGTH,
        max_length=200,
        help_text=gettext_lazy("It is recorded together with your name."),
    )


class RolesForm(forms.Form):
    """The roles a person holds."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class UnitForm(forms.ModelForm):
    """A unit of the tree; it cannot stand above itself."""

    class Meta:
        model = Unit
        fields = ["name", "parent", "level", "code", "contact_name", "contact_phone"]

    def clean_code(self) -> str:
        """A unified social credit code with the right check character, or empty (GB 32100)."""
        code = self.cleaned_data["code"].strip().upper()
        if code and not is_unit_code(code):
            raise forms.ValidationError(_("This unified social credit code is not right."))
        return code

    def clean_parent(self) -> Unit | None:
        """No unit stands above itself."""
        parent: Unit | None = self.cleaned_data["parent"]
        above = parent
        while above is not None:
            if above.pk == self.instance.pk:
                raise forms.ValidationError(_("A unit cannot stand above itself."))
            above = above.parent
        return parent
