"""Batches for printing: ordered at once, drawn by a task."""

from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from lms.certificates.enums import BatchState
from lms.certificates.models import PrintBatch
from lms.certificates.selectors import certificates_of_term
from lms.certificates.services.printing import draw_certificates
from lms.core.exceptions import DomainError, refuse
from lms.programmes.models import Term


@transaction.atomic
def order_batch(term: Term, *, origin: str, at: datetime, actor: Any) -> PrintBatch:
    """Ask for one PDF with every valid certificate of the term; a task draws it. Refuses `nothing_to_print`."""
    pages = certificates_of_term(term).count()
    if pages == 0:
        raise refuse("nothing_to_print", _("This term has no certificates yet. Issue them first."))
    batch = PrintBatch.objects.create(term=term, origin=origin, pages=pages, made_by=actor, made_at=at)
    transaction.on_commit(lambda: async_task("lms.certificates.tasks.draw_batch", batch.pk))
    return batch


def draw_batch(batch: PrintBatch) -> None:
    """Draw and keep the PDF of a batch. A task may run twice: a batch that is ready stays as it is."""
    if batch.state == BatchState.READY:
        return
    PrintBatch.objects.filter(pk=batch.pk).update(state=BatchState.DRAWING, problem="")
    certificates = list(certificates_of_term(batch.term))
    try:
        drawn = draw_certificates(certificates, origin=batch.origin)
    except DomainError as problem:
        PrintBatch.objects.filter(pk=batch.pk).update(state=BatchState.FAILED, problem=str(problem)[:300])
        return
    storage = PrintBatch._meta.get_field("content").storage
    name = storage.save(f"certificates/batch-{batch.pk}.pdf", ContentFile(drawn))
    PrintBatch.objects.filter(pk=batch.pk).update(state=BatchState.READY, content=name, pages=len(certificates))
