"""ID numbers are unreadable in the database and found by their blind index."""

import base64

import pytest
from django.db import connection

from lms.core.fields import blind_index, decrypt_text, encrypt_text
from lms.people.models import Person
from lms.people.selectors import find_by_id_number
from tests import factories


@pytest.mark.django_db
def test_the_stored_number_is_not_plain_and_reads_back() -> None:
    number = factories.an_id_number(1)
    person = factories.a_person(id_number=number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number FROM lms_people_person WHERE id = %s", [person.pk])
        stored = cursor.fetchone()[0]
    assert number not in stored
    assert stored.startswith("siv1:")
    assert Person.objects.get(pk=person.pk).id_number == number
    assert find_by_id_number(number.lower()) == person


def test_an_encrypted_column_cannot_be_filtered_on() -> None:
    with pytest.raises(TypeError, match="blind index"):
        Person.objects.filter(id_number="x").exists()


def test_a_new_key_first_still_opens_old_values(settings) -> None:
    sealed = encrypt_text("秘密", context="t.c")
    settings.LMS_FIELD_KEYS = (base64.b64encode(b"n" * 64).decode(), *settings.LMS_FIELD_KEYS)
    assert decrypt_text(sealed, context="t.c") == "秘密"
    with pytest.raises(ValueError, match="opens a value"):
        decrypt_text(sealed, context="t.other")


def test_the_index_depends_on_the_column() -> None:
    assert blind_index("a", context="x") != blind_index("a", context="y")
