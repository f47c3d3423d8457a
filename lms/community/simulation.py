"""What learners and former learners write in the exchange during and after a simulated term."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from django.db import transaction

from lms.community.models import Board, PolicyAnswer, PolicyQuestion, Post, Thread
from lms.community.services import answer_question, ask_question, load_community, open_thread, reply
from lms.people.enums import Role
from lms.people.selectors import users_with_role
from lms.programmes.models import Term
from lms.programmes.rules import ZONE, day_start
from lms.programmes.simulation import SimulatedTerm

DEMO = Path(__file__).resolve().parent / "data" / "demo.toml"
THREADS_A_TERM = 6
QUESTIONS_A_TERM = 2
DAYS_AFTERWARDS = 21
COUNTED: dict[str, tuple[Any, str]] = {
    "posts": (Post, "nonce"),
    "questions": (PolicyQuestion, "nonce"),
    "answers": (PolicyAnswer, "question__nonce"),
}


@transaction.atomic
def take_part(world: SimulatedTerm) -> None:
    """This term's share of the threads and policy questions in the data file; what another term used is left out.

    Counts this term's `posts`, `questions`, `answers` as they stand. Nothing happens after `world.until`.
    """
    authors = [learner.person.user for learner in world.enrolled()]
    if not authors:
        return
    data = _demo()
    if not Board.objects.exists():
        _load_boards(world, data)
    for position, entry in enumerate(_share(world.term, data["threads"], THREADS_A_TERM)):
        _live_thread(world, entry, authors, f"{world.term.code}-{world.seed}-{position}")
    for position, entry in enumerate(_share(world.term, data["policy_answers"], QUESTIONS_A_TERM)):
        _live_question(world, entry, authors, f"{world.term.code}-{world.seed}-question-{position}")
    for name, (model, nonce) in COUNTED.items():
        own = {f"{nonce}__startswith": f"{world.term.code}-{world.seed}-"}
        world.counts[name] += model.objects.filter(**own).count()


def _live_thread(world: SimulatedTerm, entry: Mapping[str, Any], authors: Sequence[Any], nonce: str) -> None:
    rng = world.rng("community", nonce)
    at = _some_evening(world, rng)
    board = Board.objects.filter(slug=entry["board"]).first()
    told_elsewhere = Thread.objects.filter(title=entry["title"]).exclude(posts__nonce=nonce).exists()
    if board is None or told_elsewhere or at > world.until:
        return
    author = _author(authors, entry["author"])
    thread = open_thread(board, title=entry["title"], body=entry["body"], nonce=nonce, author=author, at=at)
    for number, answer in enumerate(entry.get("replies", [])):
        at = _awake(at + timedelta(minutes=rng.randint(20, 60 * 18)))
        if at > world.until:
            return
        writer = _author(authors, answer["author"])
        reply(thread, body=answer["body"], nonce=f"{nonce}-{number}", author=writer, at=at)


def _live_question(world: SimulatedTerm, entry: Mapping[str, Any], authors: Sequence[Any], nonce: str) -> None:
    rng = world.rng("community", nonce)
    at = _some_evening(world, rng)
    told_elsewhere = PolicyQuestion.objects.filter(title=entry["question"]).exclude(nonce=nonce).exists()
    if told_elsewhere or at > world.until:
        return
    question = ask_question(
        entry["question"],
        category=entry["topic"],
        body="",
        public=True,
        nonce=nonce,
        author=_author(authors, entry["asker"]),
        at=at,
    )
    expert = world.staff.get("expert") or users_with_role(Role.EXPERT).order_by("pk").first()
    at = _awake(at + timedelta(hours=rng.randint(4, 70)))
    if expert is not None and at <= world.until:
        answer_question(question, body=entry["answer"], expert=expert, at=at)


def _share(term: Term, entries: Sequence[Any], size: int) -> Sequence[Any]:
    """Every term of the programme has its own part, mixed from all boards; the first begins again when all are used."""
    place = Term.objects.filter(programme=term.programme_id, starts_on__lt=term.starts_on).count()
    parts = max(1, len(entries) // size)
    return entries[place % parts :: parts]


def _some_evening(world: SimulatedTerm, rng: Random) -> datetime:
    """An evening from the first day of the term to three weeks after its last, early enough for answers by `until`."""
    start = day_start(world.term.starts_on)
    days = (world.term.ends_on - world.term.starts_on).days + DAYS_AFTERWARDS
    days = max(0, min(days, (world.until - start).days - 2))
    return start + timedelta(days=rng.randint(0, days), hours=18, minutes=rng.randint(0, 240))


def _awake(at: datetime) -> datetime:
    """Nobody writes between midnight and seven."""
    hour = at.astimezone(ZONE).hour
    return at + timedelta(hours=8) if hour < 7 else at


def _author(authors: Sequence[Any], index: int) -> Any:
    return authors[index % len(authors)]


def _load_boards(world: SimulatedTerm, data: Mapping[str, Any]) -> None:
    owner = world.staff.get("administrator") or users_with_role(Role.ADMINISTRATOR).order_by("pk").first()
    document = data if owner is not None else {"boards": data["boards"]}
    load_community(document, actor=owner, at=day_start(world.term.starts_on))


@cache
def _demo() -> dict[str, Any]:
    return tomllib.loads(DEMO.read_text(encoding="utf-8"))
