"""A second city with other numbers loads from a file and lives a term without a line of code of its own."""

import json
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from lms.attendance.models import ExclusionDecision, Session
from lms.certificates.models import Certificate
from lms.fees.models import Order
from lms.grading.models import ResultVersion
from lms.programmes.models import Enrolment, Programme

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
FILE = Path(__file__).parents[1] / "media/another-city.toml"


def test_a_second_city_lives_a_term_by_its_own_numbers() -> None:
    call_command("load_programme", str(FILE), stdout=StringIO())
    out = StringIO()
    options = {"term": "qs-1", "learners": 24, "seed": 3, "json": True}
    call_command("simulate_term", **options, stdout=out, stderr=StringIO())
    counts = json.loads(out.getvalue())
    keys = "applied admitted sessions check_ins minutes_earned excluded sat passed certificates posts"
    assert list(counts) == keys.split()
    assert all(counts.values())
    programme = Programme.objects.get()
    assert sum(Session.objects.values_list("minutes", flat=True)) == 44 * 50
    assert set(Order.objects.values_list("amount_fen", flat=True)) == {96_050}
    assert set(Order.objects.values_list("subsidy_fen", flat=True)) <= {0, 32_017}
    assert programme.absence_limit == Fraction(1, 4)
    for decision in ExclusionDecision.objects.filter(act="confirmed"):
        assert 4 * decision.missed_minutes > 44 * 50
    for version in ResultVersion.objects.filter(outcome="passed"):
        assert version.total >= Decimal("65.5")
        assert [version.arithmetic["figures"][f"weight_{part}"] for part in ("regular", "theory", "practical")] == [
            20,
            50,
            30,
        ]
    first = Certificate.objects.order_by("serial").first()
    assert first is not None
    assert (first.number, first.snapshot["counted_minutes"]) == ("QS20250001", 52 * 50)
    assert Enrolment.objects.count() == 24
    call_command("verify_journals", stdout=StringIO())
