"""Rooms: their names as suggestions, and their particulars."""

from ipaddress import ip_network
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lms.attendance.models import Room
from lms.attendance.selectors import room_names


class RoomInput(forms.TextInput):
    """The name of a room, with the known ones as suggestions."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The input and its list of suggestions: one query."""
        place = f"{(attrs or {}).get('id') or name}-rooms"
        box = super().render(name, value, {**(attrs or {}), "list": place, "autocomplete": "off"}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((room,) for room in room_names()))
        return format_html('{}<datalist id="{}">{}</datalist>', box, place, options)


class RoomForm(forms.ModelForm):
    """A position is latitude and longitude; networks are checked address by address."""

    class Meta:
        model = Room
        fields = ["name", "latitude", "longitude", "radius_metres", "networks"]
        widgets = {"networks": forms.Textarea(attrs={"rows": 4})}

    def clean_name(self) -> str:
        """Without spaces around it, as sessions write it."""
        name: str = self.cleaned_data["name"].strip()
        return name

    def clean_networks(self) -> str:
        """One network a line, in its usual form (10.20.0.0/16)."""
        found = []
        for line in self.cleaned_data["networks"].split():
            try:
                found.append(str(ip_network(line)))
            except ValueError as problem:
                raise forms.ValidationError(
                    _("“%(text)s” is not a network; write it like 10.20.0.0/16.") % {"text": line}
                ) from problem
        return "\n".join(found)

    def clean(self) -> dict[str, Any]:
        """Latitude and longitude come together and lie on the earth."""
        data = super().clean() or {}
        latitude, longitude = data.get("latitude"), data.get("longitude")
        if (latitude is None) != (longitude is None):
            self.add_error("longitude", _("Give both latitude and longitude, or neither."))
        if latitude is not None and not -90 <= latitude <= 90:
            self.add_error("latitude", _("Latitude lies between −90 and 90."))
        if longitude is not None and not -180 <= longitude <= 180:
            self.add_error("longitude", _("Longitude lies between −180 and 180."))
        return data
