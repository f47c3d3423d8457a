"""A class list from a spreadsheet: read, judged against what is recorded, and imported as a whole or not at all."""

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import IO, Any

import openpyxl
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from lms.core.audit import record_act, record_acts
from lms.core.exceptions import DomainError, Refusal, refuse
from lms.files.models import PrivateFile
from lms.files.rules import UnacceptableError, ZipCaps, check_zip
from lms.files.services import remove_file, sentence_for
from lms.people.models import ActivationSheet, Person
from lms.people.rules import mask_phone
from lms.people.selectors import id_index
from lms.people.services import NewPerson, add_people, find_or_add_units, issue_activation_codes
from lms.programmes.models import ClassGroup, Enrolment, Term
from lms.programmes.rules.class_list import COLUMN_CAP, ClassListReading, ListedRow, RowRefusal, read_rows
from lms.programmes.selectors import LIVE
from lms.programmes.signals import class_list_imported, enrolled

MAX_BYTES = 5 * 1024 * 1024
CAPS = ZipCaps(entries=2000, unpacked_bytes=200 * 1024 * 1024, ratio=100)
FILE_KIND = "lms_programmes.class_list"


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did; `sheet` holds the activation codes of the new people, None when there were none."""

    enrolments: tuple[Enrolment, ...]
    new: int
    known: int
    sheet: ActivationSheet | None


def read_class_list(stream: IO[bytes], *, today: date) -> ClassListReading:
    """Read an .xlsx without writing anything; formulas count as their last value.

    Raises `DomainError` for what is no readable workbook (too_large, zip_broken, zip_bomb, zip_entries,
    zip_encrypted, not_a_workbook); everything else is in the reading, with row and cell.
    """
    _require_small(stream)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except (KeyError, ValueError, OSError, TypeError, zipfile.BadZipFile, SyntaxError) as problem:
        raise _not_a_workbook() from problem
    try:
        sheet = book.worksheets[0]
        return read_rows(sheet.iter_rows(values_only=True, max_col=COLUMN_CAP + 1), today=today)
    except (IndexError, KeyError, ValueError, TypeError, SyntaxError) as problem:
        raise _not_a_workbook() from problem
    finally:
        book.close()


def judge_class_list(reading: ClassListReading, *, group: ClassGroup) -> ClassListReading:
    """Compare a reading with what is recorded; four statements however many rows, nothing is written.

    Refused at the row: other_name (same ID number, other name), phone_taken, already_in_term.
    Refused as a whole: term_full, group_full. A person with the same ID number and name is used again.
    """
    if reading.problems:
        return reading
    rows = _judge_rows(reading.rows, group.term)
    problems = () if any(row.refusals for row in rows) else _judge_seats(len(rows), group)
    return replace(reading, rows=tuple(rows), problems=problems)


@transaction.atomic
def import_class_list(reading: ClassListReading, *, group: ClassGroup, at: datetime, actor: Any) -> ImportOutcome:
    """Give every row a person and a seat in the class, all or none.

    Judges again under the lock of the term, so that nothing changes between judgement and import; refuses
    (DomainError) with one refusal for each row and problem. `enrolled` is sent for each seat inside the
    transaction, `class_list_imported` on commit.
    """
    term = Term.objects.select_for_update().get(pk=group.term_id)
    group = ClassGroup.objects.select_related("term").get(pk=group.pk)
    reading = judge_class_list(reading, group=group)
    if not reading.stands:
        raise DomainError(*refusals_of(reading))
    fresh = [row for row in reading.rows if row.person_id is None]
    units = find_or_add_units([row.unit for row in fresh])
    added = add_people([_new_person(row, units[row.unit]) for row in fresh], actor=actor)
    person_ids = dict(zip((row.number for row in fresh), (person.pk for person in added), strict=True))
    seats = _take_seats([row.person_id or person_ids[row.number] for row in reading.rows], term, group, at, actor)
    sheet = issue_activation_codes(added, at=at, actor=actor) if added else None
    outcome = ImportOutcome(tuple(seats), len(added), len(seats) - len(added), sheet)
    record_act("lms_programmes.import_list", group, actor=actor, after={"new": outcome.new, "known": outcome.known})
    transaction.on_commit(
        lambda: class_list_imported.send(ClassGroup, group=group, actor=actor, new=outcome.new, known=outcome.known)
    )
    return outcome


@transaction.atomic
def import_stored_list(file: PrivateFile, *, group: ClassGroup, at: datetime, actor: Any) -> ImportOutcome:
    """Import a list uploaded for a preview and use it up. Refuses `already_imported` the second time."""
    file = PrivateFile.objects.select_for_update().get(pk=file.pk)
    if not file.is_open_at(at):
        raise refuse("already_imported", _("This list was imported already or has expired. Please upload it again."))
    with file.content.open("rb") as stream:
        reading = read_class_list(stream, today=localdate(at))
    outcome = import_class_list(reading, group=group, at=at, actor=actor)
    remove_file(file, at=at)
    return outcome


def refusals_of(reading: ClassListReading) -> list[Refusal]:
    """Every problem of the list and of its rows as a sentence with its row and cell."""
    found = [Refusal(problem.code, sentence_of(problem)) for problem in reading.problems]
    for row in reading.refused_rows:
        found += [
            Refusal(
                refusal.code,
                _("Row %(row)s: %(sentence)s") % {"row": row.number, "sentence": sentence_of(refusal)},
                figures={"row": row.number, "cell": refusal.cell, **refusal.figures},
            )
            for refusal in row.refusals
        ]
    return found


def sentence_of(refusal: RowRefusal) -> str:
    """What is wrong, in words that say how to mend it; never with the ID number itself."""
    return SENTENCES[refusal.code]() % {**refusal.figures, "cell": refusal.cell}


SENTENCES: dict[str, Callable[[], str]] = {
    "no_headings": lambda: _("The first sheet is empty. Please use the template."),
    "no_rows": lambda: _("The list has headings but no rows."),
    "too_many_rows": lambda: _("The list has more than %(limit)s rows. Please split it."),
    "unknown_column": lambda: _("Column %(cell)s: the heading “%(heading)s” is not known. Please use the template."),
    "column_twice": lambda: _("Column %(cell)s: the heading “%(heading)s” stands twice."),
    "missing_column": lambda: _("The column “%(heading)s” is missing."),
    "missing": lambda: _("%(cell)s is empty."),
    "error_value": lambda: _("%(cell)s holds a formula error (%(value)s)."),
    "too_long": lambda: _("%(cell)s is longer than %(limit)s characters."),
    "id_is_number": lambda: _(
        "%(cell)s: the ID number is stored as a number, so its last digits are lost. "
        "Format the column as text and type it again."
    ),
    "id_spreadsheet": lambda: _(
        "%(cell)s: the spreadsheet turned the ID number into a figure like 6.1E+17. "
        "Format the column as text and type it again."
    ),
    "id_length": lambda: _("%(cell)s: an ID number has 18 characters."),
    "id_characters": lambda: _("%(cell)s: an ID number has 17 digits and a digit or X at the end."),
    "id_birth_date": lambda: _("%(cell)s: the birth date in the ID number does not exist."),
    "id_checksum": lambda: _("%(cell)s: the last character of the ID number does not fit the others."),
    "phone_wrong": lambda: _("%(cell)s: this is not a mobile number of 11 digits."),
    "id_twice": lambda: _("%(cell)s: the same ID number stands in row %(row)s."),
    "phone_twice": lambda: _("%(cell)s: the same mobile number stands in row %(row)s."),
    "other_name": lambda: _("%(cell)s: this ID number is recorded under another name. Please check both."),
    "phone_taken": lambda: _("%(cell)s: this mobile number belongs to somebody else."),
    "already_in_term": lambda: _("%(cell)s: this person already has a seat in the term."),
    "term_full": lambda: _("The term has %(free)s free seats, the list has %(wanted)s people."),
    "group_full": lambda: _("The class has %(free)s free seats, the list has %(wanted)s people."),
}


def _judge_rows(rows: Sequence[ListedRow], term: Term) -> list[ListedRow]:
    indexes = {row.number: id_index(row.id_number) for row in rows if not _id_refused(row)}
    known = {person.id_index: person for person in Person.objects.filter(id_index__in=indexes.values())}
    phones = dict(Person.objects.filter(phone__in=[row.phone for row in rows]).values_list("phone", "pk"))
    seated = set(
        Enrolment.objects.filter(
            term=term, state__in=LIVE, person__in=[person.pk for person in known.values()]
        ).values_list("person_id", flat=True)
    )
    return [_judge_row(row, known.get(indexes.get(row.number, "")), phones, seated) for row in rows]


def _judge_row(row: ListedRow, person: Person | None, phones: dict[str | None, int], seated: set[int]) -> ListedRow:
    owner = phones.get(row.phone) if row.phone else None
    if owner is not None and (person is None or owner != person.pk):
        row = row.refused("phone_taken", "phone")
    if person is None:
        return row
    if row.name and person.name != row.name:
        return row.refused("other_name", "name")
    if person.pk in seated:
        return row.refused("already_in_term", "id_number")
    notes: tuple[str, ...] = ()
    if person.phone and person.phone != row.phone:
        kept = mask_phone(person.phone)
        notes = (_("The recorded mobile number %(phone)s is kept.") % {"phone": kept},)
    return replace(row, person_id=person.pk, notes=notes)


def _judge_seats(wanted: int, group: ClassGroup) -> tuple[RowRefusal, ...]:
    held = Enrolment.objects.filter(state__in=LIVE)
    free_in_term = group.term.capacity - held.filter(term=group.term_id).count()
    if wanted > free_in_term:
        return (RowRefusal("term_full", "", {"free": max(0, free_in_term), "wanted": wanted}),)
    free_in_group = group.capacity - held.filter(group=group).count()
    if wanted > free_in_group:
        return (RowRefusal("group_full", "", {"free": max(0, free_in_group), "wanted": wanted}),)
    return ()


def _take_seats(person_ids: Sequence[int], term: Term, group: ClassGroup, at: datetime, actor: Any) -> list[Enrolment]:
    last = Enrolment.objects.filter(term=term).aggregate(last=Max("number"))["last"] or 0
    people = Person.objects.select_related("unit", "user").in_bulk(person_ids)
    seats = Enrolment.objects.bulk_create(
        Enrolment(person=people[pk], term=term, group=group, number=last + place, enrolled_at=at)
        for place, pk in enumerate(person_ids, start=1)
    )
    taken = [(seat, {"term": term.code, "number": seat.number}) for seat in seats]
    record_acts("lms_programmes.enrol", taken, actor=actor)
    for seat in seats:
        enrolled.send(Enrolment, enrolment=seat, actor=actor)
    return seats


def _new_person(row: ListedRow, unit: Any) -> NewPerson:
    return NewPerson(row.name, id_number=row.id_number, phone=row.phone, unit=unit, position=row.position)


def _id_refused(row: ListedRow) -> bool:
    cell = row.cells["id_number"]
    return any(refusal.cell == cell and refusal.code != "id_twice" for refusal in row.refusals)


def _require_small(stream: IO[bytes]) -> None:
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    if size > MAX_BYTES:
        raise refuse("too_large", _("The list is larger than %(megabytes)s MB.") % {"megabytes": MAX_BYTES // 2**20})
    try:
        check_zip(stream, CAPS)
    except UnacceptableError as problem:
        raise refuse(problem.code, sentence_for(problem.code)) from problem


def _not_a_workbook() -> DomainError:
    return refuse("not_a_workbook", _("This is not a readable .xlsx workbook. Please save it as .xlsx and try again."))
