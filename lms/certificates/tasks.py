"""Background work: primary key → service."""

from lms.certificates import services
from lms.certificates.models import PrintBatch


def draw_batch(pk: int) -> None:
    """Draw one batch for printing."""
    services.draw_batch(PrintBatch.objects.select_related("term").get(pk=pk))
