"""Pages of the community: who may, what they do, how many queries."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.community import services
from lms.community.models import PolicyQuestion, Post, PostReport, ReadMark, Resource, Thread
from lms.people.enums import Role
from tests import factories
from tests.community.factories import a_board, a_member, a_nonce, a_question, a_resource, a_thread, reply_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.LMS_PRIVATE_ROOT = tmp_path


@pytest.fixture
def world(db):
    """One of everything, and the address of every page."""
    thread = a_thread(board=a_board("policy"))
    post, resource, question = thread.posts.get(), a_resource(), a_question()
    report = services.report_post(post, reason="wrong", note="", reporter=a_member("李娜"), at=timezone.now())
    return {
        "exchange": [],
        "boards": [],
        "board": ["policy"],
        "new_thread": ["policy"],
        "thread": [thread.pk],
        "reply": [thread.pk],
        "post": [post.pk],
        "edit_post": [post.pk],
        "report_post": [post.pk],
        "hide_post": [post.pk],
        "mark_read": [thread.pk],
        "moderate_thread": [thread.pk],
        "library": [],
        "resource": [resource.slug],
        "download": [resource.slug],
        "questions": [],
        "ask": [],
        "question": [question.pk],
        "close": [question.pk],
        "office:reports": [],
        "office:decide_report": [report.pk],
        "office:questions": [],
        "office:answer": [question.pk],
    }


NAMES = [
    *("exchange", "boards", "board", "new_thread", "thread", "reply", "post", "edit_post", "report_post", "hide_post"),
    *("mark_read", "moderate_thread", "library", "resource", "download", "questions", "ask", "question", "close"),
]
OFFICE = ["office:reports", "office:decide_report", "office:questions", "office:answer"]
POSTED = {"mark_read", "moderate_thread", "download", "close"}


def address(name, arguments):
    space, _colon, plain = name.rpartition(":")
    return reverse(f"lms_community_{space}:{plain}" if space else f"lms_community:{name}", args=arguments)


@pytest.mark.parametrize("name", NAMES + OFFICE)
def test_somebody_without_a_seat_is_refused(world, outsider, signed_in, name):
    client, where = signed_in(outsider), address(name, world[name])
    answer = client.post(where) if name in POSTED else client.get(where)
    if name.startswith("office"):
        assert answer.status_code in (302, 403)
        assert answer.status_code == 403 or "/accounts/login" in answer.url or answer.url.startswith("/admin")
    else:
        assert answer.status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_anonymous_people_sign_in_first(world, name):
    where = address(name, world[name])
    answer = Client().post(where) if name in POSTED else Client().get(where)
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/")


@pytest.mark.parametrize("name", OFFICE)
def test_staff_of_another_trade_get_403(world, signed_in, name):
    assert signed_in(factories.staff(Role.FINANCE)).get(address(name, world[name])).status_code == 403


@pytest.mark.parametrize("name", [name for name in NAMES if name not in POSTED | {"hide_post", "edit_post"}])
def test_a_member_opens_every_page(world, signed_in, name):
    answer = signed_in(a_member("王强")).get(address(name, world[name]), follow=True)
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["hide_post", "moderate_thread"])
def test_a_member_does_not_moderate(world, signed_in, name):
    assert signed_in(a_member("王强")).post(address(name, world[name]), {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("name", ["moderate_thread", "mark_read", "download", "close"])
def test_what_changes_something_is_not_opened_by_get(world, administrator, signed_in, name):
    assert signed_in(administrator).get(address(name, world[name])).status_code == 405


@pytest.mark.parametrize("name", [name for name in NAMES if name not in POSTED])
def test_get_never_writes(world, signed_in, name):
    client = signed_in(Thread.objects.get().author)
    before = [model.objects.count() for model in (Post, Thread, ReadMark, PostReport, PolicyQuestion)]
    client.get(address(name, world[name]))
    assert [model.objects.count() for model in (Post, Thread, ReadMark, PostReport, PolicyQuestion)] == before


def test_open_a_thread_and_reply(signed_in):
    client = signed_in(a_member())
    a_board("policy")
    form = {"title": "优秀名额", "body": "怎样计算？", "nonce": a_nonce()}
    answer = client.post(reverse("lms_community:new_thread", args=["policy"]), form)
    thread = Thread.objects.get()
    assert answer.url == reverse("lms_community:thread", args=[thread.pk])
    where = reverse("lms_community:reply", args=[thread.pk])
    sent = {"body": "**按人数**", "nonce": a_nonce()}
    assert client.post(where, sent).url == client.post(where, sent).url == f"{answer.url}#post-2"
    assert "<strong>按人数</strong>" in client.get(answer.url).content.decode()


def test_an_empty_reply_keeps_the_page_and_says_what_is_wrong(signed_in):
    thread = a_thread()
    client = signed_in(thread.author)
    answer = client.post(reverse("lms_community:reply", args=[thread.pk]), {"body": "", "nonce": a_nonce()})
    assert answer.status_code == 200
    assert answer.context["form"].errors["body"]


def test_a_reply_to_a_thread_closed_meanwhile_keeps_what_was_typed(signed_in):
    thread = a_thread()
    services.moderate_thread(thread, "lock", reason="已解决", actor=thread.author, at=timezone.now())
    form = {"body": "写了很久", "nonce": a_nonce()}
    answer = signed_in(thread.author).post(reverse("lms_community:reply", args=[thread.pk]), form)
    assert answer.status_code == 200
    assert answer.context["form"]["body"].value() == "写了很久"
    assert Post.objects.count() == 1


def test_the_unread_line_stands_before_the_first_unread_post(signed_in):
    thread, reader = a_thread(replies=4), a_member("李娜")
    client, where = signed_in(reader), reverse("lms_community:thread", args=[thread.pk])
    assert client.get(where).context["unread_from"] == 0
    client.post(reverse("lms_community:mark_read", args=[thread.pk]), {"number": "2"})
    assert client.get(where).context["unread_from"] == 3
    beacon = client.post(
        reverse("lms_community:mark_read", args=[thread.pk]), {"number": "5"}, headers={"x-requested-with": "fetch"}
    )
    assert beacon.status_code == 204
    assert client.get(where).context["unread_from"] == 0


def test_the_list_leads_to_the_first_unread_post(signed_in):
    thread, reader = a_thread(replies=30), a_member("李娜")
    services.mark_read(thread, 24, user=reader)
    page = signed_in(reader).get(reverse("lms_community:board", args=[thread.board.slug])).context["page_obj"]
    assert page.object_list[0].address == f"{reverse('lms_community:thread', args=[thread.pk])}?page=2#post-25"
    assert page.object_list[0].unread == 7


def test_a_hidden_post_is_not_in_the_page_of_others(signed_in):
    thread = a_thread(body="秘密内容")
    services.hide_post(thread.posts.get(), reason="含有他人信息", actor=factories.a_user(), at=timezone.now())
    where = reverse("lms_community:thread", args=[thread.pk])
    seen = signed_in(a_member("李娜")).get(where).content.decode()
    assert "秘密内容" not in seen
    assert "含有他人信息" in seen
    assert "秘密内容" in signed_in(factories.staff(Role.ASSISTANT)).get(where).content.decode()


def test_a_hidden_thread_is_found_by_moderators_only(signed_in):
    thread = a_thread()
    services.moderate_thread(thread, "hide_thread", reason="重复", actor=factories.a_user(), at=timezone.now())
    where = reverse("lms_community:thread", args=[thread.pk])
    assert signed_in(thread.author).get(where).status_code == 404
    assert signed_in(factories.staff(Role.INSTRUCTOR)).get(where).status_code == 200


def test_an_assistant_hides_a_post_with_a_reason(signed_in):
    thread = a_thread()
    client = signed_in(factories.staff(Role.ASSISTANT))
    where = reverse("lms_community:hide_post", args=[thread.posts.get().pk])
    assert client.post(where, {"reason": ""}).context["form"].errors["reason"]
    assert client.post(where, {"reason": "广告"}).status_code == 302
    assert thread.posts.get().hidden


def test_a_report_is_decided_in_the_back_office(signed_in):
    thread = a_thread()
    report = services.report_post(
        thread.posts.get(), reason="advert", note="", reporter=a_member("李娜"), at=timezone.now()
    )
    client = signed_in(factories.staff(Role.ASSISTANT))
    where = reverse("lms_community_office:decide_report", args=[report.pk])
    assert f'href="{where}"' in client.get(reverse("lms_community_office:reports")).content.decode()
    answer = client.post(where, {"decision": "hide", "reason": "属于广告"})
    assert answer.url == reverse("lms_community_office:reports")
    assert (PostReport.objects.get().state, thread.posts.get().hidden) == ("upheld", True)


def test_an_expert_answers_and_goes_on_with_the_next(signed_in):
    first, second = a_question(), a_question(title="试用期怎样考核")
    client = signed_in(factories.staff(Role.EXPERT))
    answer = client.post(reverse("lms_community_office:answer", args=[first.pk]), {"body": "一般掌握在20%以内。"})
    assert answer.url == reverse("lms_community_office:answer", args=[second.pk])
    assert "20%" in signed_in(first.author).get(reverse("lms_community:question", args=[first.pk])).content.decode()


def test_a_supervisor_reads_the_queue_but_does_not_answer(signed_in):
    question = a_question()
    client = signed_in(factories.staff(Role.SUPERVISOR))
    where = reverse("lms_community_office:answer", args=[question.pk])
    assert client.get(where).status_code == 200
    assert client.post(where, {"body": "答复"}).status_code == 403


def test_a_private_question_does_not_exist_for_others(signed_in):
    question = a_question(public=False)
    where = reverse("lms_community:question", args=[question.pk])
    assert signed_in(a_member("李娜")).get(where).status_code == 404
    assert signed_in(question.author).get(where).status_code == 200


def test_a_download_is_an_attachment_and_counts(signed_in):
    resource = a_resource("绩效面谈记录表")
    client = signed_in(a_member())
    answer = client.post(reverse("lms_community:download", args=[resource.slug]))
    assert b"".join(answer.streaming_content).decode() == "面谈内容"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = client.get(reverse("lms_community:resource", args=[resource.slug]))
    assert page.context["resource"].download_count == 1


def test_the_search_finds_forum_library_and_questions(signed_in):
    thread = a_thread(title="面谈时对方沉默")
    resource, question = a_resource("绩效面谈记录表"), a_question(title="面谈记录要不要归档")
    found = signed_in(a_member()).get(reverse("lms_community:exchange"), {"q": "面谈"}).context
    assert (list(found["threads"]), list(found["resources"]), list(found["questions"])) == (
        [thread],
        [resource],
        [question],
    )


@pytest.mark.parametrize("name", ["lms_boards:index", "lms_resources:index", "lms_resources:add"])
def test_the_back_office_lists_are_closed_to_others(signed_in, name):
    assert signed_in(factories.staff(Role.FINANCE)).get(reverse(name)).status_code == 403
    assert signed_in(factories.staff(Role.ADMINISTRATOR)).get(reverse(name)).status_code == 200


def test_a_document_is_published_and_repealed_in_the_back_office(signed_in, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = signed_in(factories.staff(Role.INSTRUCTOR))
    form = {
        "title": "考核办法",
        "slug": "kaohe",
        "kind": "policy",
        "summary": "",
        "keywords": "考核，办法",
        "document_number": "",
        "issuer": "",
        "validity": "valid",
        "repealed_on": "",
        "successor": "",
    }
    upload = SimpleUploadedFile("办法.txt", "内容".encode())
    assert client.post(reverse("lms_resources:add"), form | {"upload": upload}).status_code == 302
    resource = Resource.objects.get(slug="kaohe")
    assert (resource.tags, resource.version) == (["考核", "办法"], 1)
    where = reverse("lms_resources:edit", args=[resource.pk])
    assert client.post(where, form | {"validity": "repealed"}).status_code == 200
    assert client.post(where, form | {"validity": "repealed", "repealed_on": "2025-03-01"}).status_code == 302
    resource.refresh_from_db()
    assert (resource.validity, resource.version) == ("repealed", 1)


def test_a_disguised_file_is_refused_in_the_back_office(signed_in):
    from django.core.files.uploadedfile import SimpleUploadedFile

    form = {"title": "表", "slug": "biao", "kind": "template", "validity": "valid"}
    upload = SimpleUploadedFile("a.pdf", b"MZ\x90\x00\x00")
    answer = signed_in(factories.staff(Role.INSTRUCTOR)).post(reverse("lms_resources:add"), form | {"upload": upload})
    assert answer.status_code == 200
    assert not Resource.objects.exists()


def many_threads(board, count):
    author = a_member()
    for _number in range(count):
        a_thread(author, board=board)


@pytest.mark.parametrize(
    ("name", "arguments", "fill"),
    [
        ("board", ["policy"], many_threads),
        ("exchange", [], many_threads),
        ("library", [], lambda board, count: [a_resource(owner=board.owner) for _n in range(count)]),
        ("questions", [], lambda board, count: [a_question(board.owner) for _n in range(count)]),
        ("boards", [], lambda board, count: [a_board() for _n in range(count)]),
    ],
)
def test_lists_cost_the_same_with_three_and_two_hundred_rows(
    signed_in, django_assert_max_num_queries, name, arguments, fill
):
    board, client = a_board("policy"), signed_in(a_member("李娜"))
    board.owner = factories.a_user()
    where, counts = reverse(f"lms_community:{name}", args=arguments), []
    client.get(where)
    for count in (3, 197):
        fill(board, count)
        with django_assert_max_num_queries(12) as queries:
            client.get(where)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_thread_costs_the_same_with_three_and_two_hundred_posts(signed_in, django_assert_max_num_queries):
    thread, client = a_thread(replies=2), signed_in(a_member("李娜"))
    where, counts = reverse("lms_community:thread", args=[thread.pk]), []
    client.get(where)
    for more in (0, 197):
        for number in range(more):
            reply_to(thread, f"第{number}", author=thread.author, at=timezone.now() + timedelta(seconds=number))
        with django_assert_max_num_queries(12) as queries:
            client.get(where)
        counts.append(len(queries))
    assert counts[0] == counts[1]
