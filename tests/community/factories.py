"""Boards, threads and documents through the services."""

import io
import itertools
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lms.community import services
from lms.community.enums import ResourceKind
from lms.community.models import Board, PolicyQuestion, Resource, Thread
from tests import factories

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
_numbers = itertools.count(1)


def a_nonce() -> str:
    return f"nonce-{next(_numbers):016d}"


def a_member(name: str = "张伟") -> Any:
    return factories.an_enrolment(person=factories.a_person(name, unit=factories.a_unit())).person.user


def a_board(slug: str = "") -> Board:
    return Board.objects.create(slug=slug or f"board-{next(_numbers)}", title="政策理解")


def a_thread(author: Any = None, *, board: Board | None = None, replies: int = 0, **fields: Any) -> Thread:
    values = {"title": "优秀名额怎样计算", "body": "请问按什么基数？", "nonce": a_nonce(), "at": NOON}
    thread = services.open_thread(board or a_board(), author=author or a_member(), **{**values, **fields})
    for number in range(replies):
        reply_to(thread, f"第{number}条", author=thread.author, at=NOON + timedelta(minutes=number + 1))
    thread.refresh_from_db()
    return thread


def reply_to(thread: Thread, body: str, *, author: Any, at: datetime = NOON) -> Any:
    return services.reply(thread, body=body, nonce=a_nonce(), author=author, at=at)


def a_resource(title: str = "绩效面谈记录表", *, owner: Any = None, **fields: Any) -> Resource:
    facts = services.ResourceFacts(title=title, kind=ResourceKind.TEMPLATE, **fields)
    return services.publish_resource(
        f"resource-{next(_numbers)}",
        facts,
        content=io.BytesIO("面谈内容".encode()),
        name=f"{title}.txt",
        actor=owner or factories.a_user(),
        at=NOON,
    )


def a_question(author: Any = None, **fields: Any) -> PolicyQuestion:
    values = {
        "title": "14人可以报3个优秀吗",
        "category": "考核等次",
        "body": "",
        "public": True,
        "nonce": a_nonce(),
        "at": NOON,
    }
    values |= fields
    return services.ask_question(values.pop("title"), author=author or a_member(), **values)
