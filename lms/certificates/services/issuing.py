"""Issuing and reissuing: numbers without a gap, once for each seat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.certificates.enums import CertificateAct
from lms.certificates.models import Certificate, CertificateEvent
from lms.certificates.rules import certificate_number, refresh_due
from lms.certificates.selectors import awaiting_certificate
from lms.certificates.services.printing import unprintable
from lms.certificates.signals import certificate_issued
from lms.certificates.tokens import new_code
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.grading.enums import Outcome
from lms.grading.selectors import result_in_force
from lms.programmes.enums import HourKind
from lms.programmes.models import Enrolment, Programme, Term
from lms.programmes.rules import ZONE
from lms.programmes.selectors import minutes_by_enrolment
from lms.programmes.services import complete_enrolment


@dataclass(frozen=True)
class Issuing:
    """What issuing did: the new certificates, and the seats held back because a font lacks a character of the name."""

    issued: tuple[Certificate, ...]
    held_back: tuple[Enrolment, ...]


@transaction.atomic
def issue_certificates(term: Term, *, at: datetime, actor: Any) -> Issuing:
    """Give a certificate to everybody of the term with a released, passed result and none yet (R15).

    Serials follow on without a gap under the programme's lock; the seat is completed in the same transaction; a
    second call issues nothing again. Refuses `number_taken`. `certificate_issued` is sent for each on commit.
    """
    programme = Programme.objects.select_for_update().get(pk=term.programme_id)
    waiting = awaiting_certificate(term)
    rare = unprintable(text for row in waiting for text in _names(row.enrolment))
    ready = [row.enrolment for row in waiting if rare.isdisjoint(_names(row.enrolment))]
    held_back = tuple(row.enrolment for row in waiting if not rare.isdisjoint(_names(row.enrolment)))
    issued = _issue(programme, ready, at=at, actor=actor)
    return Issuing(issued, held_back)


@transaction.atomic
def reissue_certificate(revoked: Certificate, *, at: datetime, actor: Any) -> Certificate:
    """A new certificate with a new number for a seat whose certificate was revoked, for example to mend a name.

    Refuses `still_valid`, `not_passed`, `unprintable` and `number_taken`. The revoked one stays and says so.
    """
    programme = Programme.objects.select_for_update().get(pk=revoked.programme_id)
    enrolment = revoked.enrolment
    if Certificate.objects.filter(enrolment=enrolment, revoked_at=None).exists():
        raise refuse("still_valid", _("This learner holds a valid certificate."), rule="R15")
    result = result_in_force(enrolment)
    if result is None or result.outcome != Outcome.PASSED:
        raise refuse("not_passed", _("The released result of this learner is not passed."), rule="R11")
    if rare := unprintable(_names(enrolment)):
        raise refuse("unprintable", _("No font can draw %(names)s.") % {"names": "、".join(sorted(rare))})
    return _issue(programme, [enrolment], at=at, actor=actor)[0]


def _issue(
    programme: Programme, enrolments: Sequence[Enrolment], *, at: datetime, actor: Any
) -> tuple[Certificate, ...]:
    last = Certificate.objects.filter(programme=programme).aggregate(last=Max("serial"))["last"] or 0
    minutes = _earned_minutes(enrolments)
    drafts = [
        _draft(programme, enrolment, last + number, minutes, at=at, actor=actor)
        for number, enrolment in enumerate(enrolments, start=1)
    ]
    _require_free([draft.number for draft in drafts])
    issued = tuple(Certificate.objects.bulk_create(drafts))
    CertificateEvent.objects.bulk_create(
        CertificateEvent(certificate=row, act=CertificateAct.ISSUED, text=row.number, actor=actor, at=at)
        for row in issued
    )
    for row in issued:
        complete_enrolment(row.enrolment, at=at, actor=actor)
        record_act("lms_certificates.issue", row, actor=actor, after={"number": row.number})
    transaction.on_commit(lambda: _announce(issued))
    return issued


def _require_free(numbers: Sequence[str]) -> None:
    """A number is unique for ever, also between programmes (R15)."""
    taken = Certificate.objects.filter(number__in=numbers).order_by("serial").first()
    if taken is not None:
        raise refuse(
            "number_taken",
            _("Another programme has already issued a certificate with the number %(number)s.")
            % {"number": taken.number},
            _("Give this programme a number pattern of its own, then issue again. Nothing was issued now."),
            rule="R15",
            number=taken.number,
        )


def _draft(
    programme: Programme,
    enrolment: Enrolment,
    serial: int,
    minutes: dict[str, dict[int, int]],
    *,
    at: datetime,
    actor: Any,
) -> Certificate:
    return Certificate(
        enrolment=enrolment,
        programme=programme,
        serial=serial,
        number=certificate_number(programme.number_pattern, year=programme.year, serial=serial),
        code=new_code(),
        holder_name=enrolment.person.name,
        snapshot=_snapshot(programme, enrolment, minutes),
        issued_at=at,
        issued_by=actor,
        refresh_due_on=refresh_due(at.astimezone(ZONE).date(), programme.refresh_years),
    )


def _snapshot(programme: Programme, enrolment: Enrolment, minutes: dict[str, dict[int, int]]) -> dict[str, Any]:
    """What the certificate says for ever: `counted` is what the programme grants (R15), `earned` the ledger's."""
    term = enrolment.term
    return {
        "unit": _unit_of(enrolment),
        "organiser": programme.organiser or programme.name,
        "programme": programme.name,
        "term": term.name,
        "starts_on": term.starts_on.isoformat(),
        "ends_on": term.ends_on.isoformat(),
        "class_hour_minutes": programme.class_hour_minutes,
        "counted_minutes": programme.certificate_minutes,
        "counted_offline_minutes": programme.certificate_minutes - programme.certificate_online_minutes,
        "counted_online_minutes": programme.certificate_online_minutes,
        "earned_offline_minutes": minutes[HourKind.OFFLINE].get(enrolment.pk, 0),
        "earned_online_minutes": minutes[HourKind.ONLINE].get(enrolment.pk, 0),
        "refresh_years": programme.refresh_years,
    }


def _earned_minutes(enrolments: Sequence[Enrolment]) -> dict[str, dict[int, int]]:
    terms = {enrolment.term_id: enrolment.term for enrolment in enrolments}
    return {
        kind: {pk: sum_ for term in terms.values() for pk, sum_ in minutes_by_enrolment(term, kind).items()}
        for kind in (HourKind.OFFLINE, HourKind.ONLINE)
    }


def _names(enrolment: Enrolment) -> set[str]:
    return {enrolment.person.name, _unit_of(enrolment)} - {""}


def _unit_of(enrolment: Enrolment) -> str:
    return enrolment.person.unit.name if enrolment.person.unit else ""


def _announce(issued: Sequence[Certificate]) -> None:
    for certificate in issued:
        certificate_issued.send(Certificate, certificate=certificate)
