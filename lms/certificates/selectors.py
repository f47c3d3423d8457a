"""Reads about certificates."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from lms.certificates.models import Certificate, CertificateEvent, PrintBatch
from lms.certificates.rules import tidy_number
from lms.grading.enums import Outcome
from lms.grading.models import ResultVersion
from lms.grading.selectors import released_results
from lms.people.models import Person
from lms.people.rules import clean_name
from lms.programmes.models import Enrolment, Term
from lms.programmes.rules import Difference


def certificates_of(person: Person) -> QuerySet[Certificate]:
    """Every certificate of the person, newest first."""
    return (
        Certificate.objects.filter(enrolment__person=person)
        .select_related("enrolment__term", "programme")
        .order_by("-issued_at", "-pk")
    )


def certificates_of_term(term: Term) -> QuerySet[Certificate]:
    """The valid certificates of a term, by serial."""
    return Certificate.objects.filter(enrolment__term=term, revoked_at=None).order_by("serial")


def latest_certificate(enrolment: Enrolment) -> Certificate | None:
    """The newest certificate of the seat, valid or revoked. One query."""
    return Certificate.objects.filter(enrolment=enrolment).order_by("-issued_at", "-pk").first()


def find_by_code(code: str) -> Certificate | None:
    """The certificate behind the QR."""
    return Certificate.objects.filter(code=code).first() if code else None


def find_by_number(number: str, name: str) -> Certificate | None:
    """The certificate with this number, only for somebody who also knows the holder's name."""
    found = Certificate.objects.filter(number__iexact=tidy_number(number)).first()
    return found if found is not None and found.holder_name == clean_name(name) else None


def awaiting_certificate(term: Term) -> list[ResultVersion]:
    """Released, passed results whose seat never had a certificate; a revoked one is only reissued by hand."""
    passed = released_results(term).filter(outcome=Outcome.PASSED, enrolment__certificates=None)
    return [row for row in passed if row.enrolment.state in ("active", "completed")]


def contradicted_certificates(term: Term) -> list[Certificate]:
    """Valid certificates whose result in force no longer says passed: a person has to look at them."""
    passed = set(released_results(term).filter(outcome=Outcome.PASSED).values_list("enrolment_id", flat=True))
    return [row for row in certificates_of_term(term) if row.enrolment_id not in passed]


def batches_of(term: Term) -> QuerySet[PrintBatch]:
    """Batches of the term, newest first."""
    return PrintBatch.objects.filter(term=term)


def verify_certificates() -> Iterable[Difference]:
    """Serials run 1, 2, 3 … without a gap in each programme; states follow from the journal."""
    serials: dict[int, list[int]] = defaultdict(list)
    for programme_id, serial in Certificate.objects.order_by("serial").values_list("programme_id", "serial"):
        serials[programme_id].append(serial)
    for programme_id, held in serials.items():
        if held != list(range(1, len(held) + 1)):
            missing = sorted(set(range(1, max(held) + 1)) - set(held))
            yield Difference(f"lms_certificates serials of programme {programme_id}", "no gap", f"missing {missing}")
    last = {row["certificate_id"]: row["act"] for row in _acts()}
    for certificate in Certificate.objects.order_by("pk"):
        expected, found = last.get(certificate.pk, ""), _act_of(certificate)
        if found != ("issued" if expected == "dropped" else expected):
            yield Difference(f"lms_certificates.certificate:{certificate.pk} state", expected, found)


def search_certificates(rows: QuerySet[Certificate], text: str) -> QuerySet[Certificate]:
    """By number, name, pinyin or unit."""
    wanted = Q(number__icontains=text) | Q(holder_name__icontains=text)
    wanted |= Q(enrolment__person__pinyin__icontains=text) | Q(enrolment__person__unit__name__icontains=text)
    return rows.filter(wanted)


def _acts() -> Iterable[Any]:
    return CertificateEvent.objects.order_by("at", "pk").values("certificate_id", "act")


def _act_of(certificate: Certificate) -> str:
    if certificate.revoked_at is not None:
        return "revoked"
    return "proposed" if certificate.proposed_at is not None else "issued"
