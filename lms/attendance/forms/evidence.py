"""A file with a form that survives the form's other errors: it is kept as soon as it arrives."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import EvidenceKind
from lms.attendance.services import keep_evidence, kept_evidence
from lms.core.exceptions import DomainError
from lms.files.models import PrivateFile

ACCEPTED = "image/jpeg,image/png,image/webp,application/pdf"


class EvidenceForm(forms.Form):
    """Base of forms with one file: `evidence` is the upload, `kept` the key of a file that came before.

    Give `owner`, `at` and, where a form is about one thing, `reference`. After `is_valid()` or `errors`, `file` is the
    private file of this form, or None.
    """

    kind: EvidenceKind
    evidence = forms.FileField(
        label=_("Photo or PDF"),
        required=False,
        help_text=_("JPG, PNG, WebP or PDF, at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owner: Any, at: datetime, reference: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner, self.at, self.reference = owner, at, reference
        self.file: PrivateFile | None = None

    def clean_kept(self) -> str:
        """A file that this person sent before for the same thing."""
        key: str = self.cleaned_data["kept"]
        if key:
            self.file = kept_evidence(key, kinds={self.kind}, owner=self.owner, at=self.at, reference=self.reference)
        return key

    def clean(self) -> dict[str, Any]:
        """Keep what arrived, whatever else is wrong."""
        data = super().clean() or {}
        upload = data.get("evidence")
        if upload:
            try:
                self.file = keep_evidence(
                    upload.file,
                    kind=self.kind,
                    name=upload.name,
                    owner=self.owner,
                    at=self.at,
                    reference=self.reference,
                )
            except DomainError as problem:
                self.add_error("evidence", str(problem))
        return data

    @property
    def is_picture(self) -> bool:
        """Whether the kept file can be shown in the page."""
        return self.file is not None and self.file.content_type.startswith("image/")
