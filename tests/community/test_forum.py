"""Threads, replies, changes, reports and moderation."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from lms.community import services
from lms.community.models import ModerationEntry, Post, PostRevision, ReadMark, Thread
from lms.community.selectors import news_for, posts_on_page, read_number, threads_for, verify_threads
from lms.community.signals import replied
from lms.core.exceptions import DomainError
from tests import factories
from tests.community.factories import NOON, a_board, a_member, a_nonce, a_thread, reply_to

pytestmark = pytest.mark.django_db


def test_a_thread_opens_with_its_first_post():
    author = a_member()
    thread = a_thread(author, title="  优秀  名额 ", body="正文\r\n")
    assert (thread.title, thread.post_count, thread.reply_count) == ("优秀 名额", 1, 0)
    assert [(post.number, post.body) for post in thread.posts.all()] == [(1, "正文")]
    assert read_number(author, thread) == 1


def test_the_same_form_sent_twice_opens_one_thread():
    author, board, nonce = a_member(), a_board(), a_nonce()
    first = a_thread(author, board=board, nonce=nonce)
    again = a_thread(author, board=board, nonce=nonce, title="另一个标题")
    assert (again.pk, Thread.objects.count(), again.title) == (first.pk, 1, "优秀名额怎样计算")


def test_the_same_reply_sent_twice_is_one_post():
    thread, author, nonce = a_thread(), a_member(), a_nonce()
    first = services.reply(thread, body="一", nonce=nonce, author=author, at=NOON)
    again = services.reply(thread, body="一", nonce=nonce, author=author, at=NOON)
    thread.refresh_from_db()
    assert (again.pk, thread.post_count) == (first.pk, 2)


def test_two_people_may_use_the_same_nonce():
    thread, nonce = a_thread(), a_nonce()
    for name in ("李娜", "王强"):
        services.reply(thread, body="一", nonce=nonce, author=a_member(name), at=NOON)
    assert Post.objects.filter(thread=thread).count() == 3


def test_replies_are_numbered_and_announced(django_capture_on_commit_callbacks):
    heard = []
    replied.connect(lambda sender, post, **rest: heard.append(post.number), weak=False, dispatch_uid="t")
    thread, author = a_thread(), a_member("李娜")
    try:
        with django_capture_on_commit_callbacks(execute=True):
            reply_to(thread, "一", author=author, at=NOON + timedelta(hours=1))
            reply_to(thread, "二", author=author, at=NOON + timedelta(hours=2))
    finally:
        replied.disconnect(dispatch_uid="t")
    thread.refresh_from_db()
    assert heard == [2, 3]
    assert (thread.post_count, thread.last_post_at, thread.last_author) == (3, NOON + timedelta(hours=2), author)


@pytest.mark.parametrize(("body", "code"), [("  ", "no_text"), ("长" * 10_001, "too_long"), ("\u200b", "no_text")])
def test_an_empty_or_endless_reply_is_refused(body, code):
    thread = a_thread()
    with pytest.raises(DomainError) as caught:
        reply_to(thread, body, author=thread.author)
    assert caught.value.code == code


@pytest.mark.parametrize(("act", "code"), [("lock", "thread_locked"), ("hide_thread", "thread_hidden")])
def test_nobody_replies_to_a_closed_or_hidden_thread(act, code):
    thread = services.moderate_thread(a_thread(), act, reason="违反约定", actor=factories.a_user(), at=NOON)
    with pytest.raises(DomainError) as caught:
        reply_to(thread, "一", author=thread.author)
    assert caught.value.code == code


def test_a_changed_post_keeps_what_it_said():
    thread = a_thread(body="旧内容")
    post = services.edit_post(thread.posts.get(), body="新内容", editor=thread.author, at=NOON + timedelta(minutes=5))
    assert (post.body, post.html, post.edited_at) == ("新内容", "<p>新内容</p>\n", NOON + timedelta(minutes=5))
    assert [row.body for row in PostRevision.objects.all()] == ["旧内容"]
    assert [found.pk for found in threads_for(thread.author, query="新内容")] == [thread.pk]
    assert not threads_for(thread.author, query="旧内容")


def test_saving_the_same_text_is_no_change():
    thread = a_thread(body="内容")
    post = services.edit_post(thread.posts.get(), body="内容 ", editor=thread.author, at=NOON)
    assert (post.edited_at, PostRevision.objects.count()) == (None, 0)


@pytest.mark.parametrize(("minutes", "code"), [(60, "too_late"), (5, "not_author")])
def test_a_change_is_refused_too_late_or_to_others(minutes, code):
    thread = a_thread()
    editor = thread.author if code == "too_late" else a_member("李娜")
    with pytest.raises(DomainError) as caught:
        services.edit_post(thread.posts.get(), body="新", editor=editor, at=NOON + timedelta(minutes=minutes))
    assert caught.value.code == code


def test_earlier_texts_and_moderation_are_append_only():
    thread = a_thread(body="旧")
    services.edit_post(thread.posts.get(), body="新", editor=thread.author, at=NOON)
    services.moderate_thread(thread, "pin", reason="", actor=thread.author, at=NOON)
    for rows in (PostRevision.objects.all(), ModerationEntry.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def test_a_read_mark_never_goes_back_nor_beyond_the_last_post():
    thread, reader = a_thread(replies=4), a_member("李娜")
    for number, expected in ((3, 3), (2, 3), (99, 5), (0, 5)):
        services.mark_read(thread, number, user=reader)
        assert read_number(reader, thread) == expected
    assert ReadMark.objects.filter(user=reader).count() == 1


def test_the_list_says_how_far_one_has_read():
    reader, board = a_member("李娜"), a_board()
    thread, _other = a_thread(board=board, replies=2), a_thread(board=board)
    services.mark_read(thread, 2, user=reader)
    assert {row.pk: row.read_number for row in threads_for(reader, board=board)} == {thread.pk: 2, _other.pk: 0}


def test_pinned_threads_stand_first_then_the_latest():
    board = a_board()
    old = a_thread(board=board, at=NOON)
    new = a_thread(board=board, at=NOON + timedelta(days=1))
    assert list(threads_for(new.author, board=board)) == [new, old]
    services.moderate_thread(old, "pin", reason="", actor=old.author, at=NOON)
    assert list(threads_for(new.author, board=board)) == [old, new]


def test_page_five_hundred_costs_what_page_one_costs(django_assert_num_queries):
    thread = a_thread(replies=45)
    with django_assert_num_queries(1):
        assert [post.number for post in posts_on_page(thread, 3)] == list(range(41, 47))


def test_a_hidden_post_shows_its_reason_and_is_not_found():
    thread = a_thread(replies=1)
    post = thread.posts.get(number=2)
    services.hide_post(post, reason="含有他人信息", actor=thread.author, at=NOON)
    post.refresh_from_db()
    assert (post.hidden, post.hidden_reason) == (True, "含有他人信息")
    assert not threads_for(thread.author, query="第0条")
    services.restore_post(post, reason="已核实", actor=thread.author, at=NOON)
    assert [row.act for row in ModerationEntry.objects.all()] == ["hide_post", "restore_post"]
    assert list(verify_threads()) == []


def test_hiding_needs_a_reason():
    with pytest.raises(DomainError) as caught:
        services.hide_post(a_thread().posts.get(), reason=" ", actor=factories.a_user(), at=NOON)
    assert caught.value.code == "no_reason"


def test_a_report_is_decided_once_with_a_reason():
    thread, reader, moderator = a_thread(), a_member("李娜"), factories.a_user()
    post = thread.posts.get()
    report = services.report_post(post, reason="wrong", note="", reporter=reader, at=NOON)
    assert services.report_post(post, reason="rude", note="", reporter=reader, at=NOON).pk == report.pk
    services.dismiss_report(report, reason="内容属实", actor=moderator, at=NOON)
    with pytest.raises(DomainError) as caught:
        services.dismiss_report(report, reason="再次", actor=moderator, at=NOON)
    assert caught.value.code == "not_open"


def test_hiding_the_post_upholds_its_reports():
    thread, reader = a_thread(), a_member("李娜")
    report = services.report_post(thread.posts.get(), reason="personal", note="", reporter=reader, at=NOON)
    services.hide_post(thread.posts.get(), reason="含有电话", actor=factories.a_user(), at=NOON)
    report.refresh_from_db()
    assert (report.state, report.decision) == ("upheld", "含有电话")


def test_nobody_reports_herself():
    thread = a_thread()
    with pytest.raises(DomainError) as caught:
        services.report_post(thread.posts.get(), reason="wrong", note="", reporter=thread.author, at=NOON)
    assert caught.value.code == "own_post"


def test_news_are_unread_replies_of_others_to_my_threads(django_assert_num_queries):
    mine, other = a_member(), a_member("李娜")
    thread = a_thread(mine)
    reply_to(thread, "回复一", author=other, at=NOON + timedelta(hours=1))
    reply_to(thread, "自己", author=mine, at=NOON + timedelta(hours=2))
    reply_to(thread, "回复二", author=other, at=NOON + timedelta(hours=3))
    with django_assert_num_queries(1):
        news = [post.body for post in news_for(mine, at=NOON + timedelta(days=1))]
    assert news == ["回复二"]
    assert not news_for(mine, at=NOON + timedelta(days=40))
    assert not news_for(other, at=NOON + timedelta(days=1))


def test_the_verifier_names_a_thread_whose_count_is_wrong():
    thread = a_thread(replies=2)
    assert list(verify_threads()) == []
    Thread.objects.filter(pk=thread.pk).update(post_count=7)
    assert [row.where for row in verify_threads()] == [f"lms_community.thread:{thread.pk} posts"]


@pytest.mark.parametrize("query", ["优秀", "秀名额", "基数", "怎样计算"])
def test_any_part_of_title_and_text_is_found(query):
    thread = a_thread()
    assert [row.pk for row in threads_for(thread.author, query=query)] == [thread.pk]


@pytest.mark.parametrize("query", ["优良", "%", "_", "'; drop table"])
def test_what_is_not_there_is_not_found(query):
    thread = a_thread()
    assert not threads_for(thread.author, query=query)
