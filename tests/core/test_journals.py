"""Append-only tables refuse changes by the ORM and by the database."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from wagtail.models import Locale

from lms.programmes.enums import HourKind
from lms.programmes.models import HourEntry
from lms.programmes.services import set_credit
from tests import factories

AT = datetime(2025, 3, 3, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def entry(db: None) -> HourEntry:
    row = set_credit(
        factories.an_enrolment(),
        180,
        kind=HourKind.OFFLINE,
        source="test",
        reference="1",
        earned_on=date(2025, 3, 3),
        at=AT,
    )
    assert row is not None
    return row


def test_the_orm_refuses_to_change_or_delete_a_row(entry: HourEntry) -> None:
    entry.minutes = 1
    with pytest.raises(TypeError, match="append-only"):
        entry.save()
    with pytest.raises(TypeError, match="append-only"):
        entry.delete()


@pytest.mark.parametrize(
    "statement", ["UPDATE lms_programmes_hourentry SET minutes = 1", "DELETE FROM lms_programmes_hourentry"]
)
def test_the_database_refuses_too(entry: HourEntry, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert HourEntry.objects.get().minutes == 180


@pytest.mark.parametrize("again", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_nothing_of_another_test_is_left(again: int) -> None:
    assert not HourEntry.objects.exists()
    assert Locale.objects.exists(), "the rows of the migrations are gone"
    factories.an_enrolment()
