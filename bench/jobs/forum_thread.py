"""A thread of the forum with all its 50 posts on one page (`bench.settings`), read by members."""

from datetime import timedelta
from html import escape

from django.core import signing
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from bench.jobs import Call, Job, Plan
from bench.seed import AT, classroom

POSTS = 50
TEXT = "我们单位 14 人，请问优秀名额按**在编人数**还是*参加考核人数*计算？\n\n- 在编 16 人\n- 参加考核 14 人（第{}条）"


def prepare() -> Plan:
    """A thread written by ten learners, through the services the screens use."""
    learners = classroom()
    with transaction.atomic():
        thread = _thread([learner.enrolment_id for learner in learners[:10]])
    address, floor = f"/exchange/forum/threads/{thread}/", f"/floor/forum_thread/?thread={thread}"
    return Plan(
        product=[Call(address, headers={"Cookie": learner.cookie}) for learner in learners],
        floor=[Call(floor, headers={"Cookie": f"bench={learner.token}"}) for learner in learners],
    )


def floor_view(request: HttpRequest) -> HttpResponse:
    """Seat, thread with board, posts with their authors: three plain statements, joined as text."""
    user = signing.loads(request.COOKIES["bench"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, p.name FROM lms_people_person p JOIN lms_programmes_enrolment e ON e.person_id = p.id "
            "WHERE p.user_id = %s",
            [user],
        )
        _enrolment, name = cursor.fetchone()
        cursor.execute(
            "SELECT t.title, b.title, r.number FROM lms_community_thread t JOIN lms_community_board b "
            "ON b.id = t.board_id LEFT JOIN lms_community_readmark r ON r.thread_id = t.id AND r.user_id = %s "
            "WHERE t.id = %s AND NOT t.hidden",
            [user, request.GET["thread"]],
        )
        title, board, read = cursor.fetchone()
        cursor.execute(
            "SELECT o.id, o.number, o.at, o.html, p.name, u.name FROM lms_community_post o "
            "JOIN lms_people_person p ON p.user_id = o.author_id LEFT JOIN lms_people_unit u ON u.id = p.unit_id "
            "WHERE o.thread_id = %s AND o.number BETWEEN 1 AND 50 ORDER BY o.number",
            [request.GET["thread"]],
        )
        posts = "".join(
            f"<li id='post-{number}'><b>{escape(author)}</b> {escape(unit or '')} {at:%m-%d %H:%M}<div>{html}</div>"
            f"<a href='/exchange/forum/posts/{pk}/'>#{number}</a></li>"
            for pk, number, at, html, author, unit in cursor.fetchall()
        )
    return HttpResponse(f"<!doctype html><p>{name} {board} {read}</p><h1>{escape(title)}</h1><ol>{posts}</ol>")


def _thread(enrolments: list[int]) -> int:
    from lms.community.models import Board
    from lms.community.services import open_thread, reply
    from lms.programmes.models import Enrolment

    rows = Enrolment.objects.filter(pk__in=enrolments).select_related("person__user").order_by("pk")
    authors = [row.person.user for row in rows]
    board = Board.objects.create(slug="bench", title="政策理解")
    thread = open_thread(
        board, title="名额计算", body=TEXT.format(1), nonce="bench-thread-0001", author=authors[0], at=AT
    )
    for number in range(2, POSTS + 1):
        moment, nonce = AT + timedelta(minutes=number), f"bench-thread-{number:04d}"
        author = authors[number % len(authors)]
        reply(thread, body=TEXT.format(number), nonce=nonce, author=author, at=moment)
    return int(thread.pk)


JOB = Job("forum_thread", "forum thread, 50 posts", reach_ms=10, prepare=prepare, floor_view=floor_view)
