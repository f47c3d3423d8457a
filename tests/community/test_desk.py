"""What the community shows on the learner's desk."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from lms.community.wagtail_hooks import offer_links, offer_news
from tests.community.factories import a_member, a_thread, reply_to

pytestmark = pytest.mark.django_db


def test_replies_to_my_threads_make_one_card_with_one_query(django_assert_num_queries):
    mine, now = a_member(), timezone.now()
    thread = a_thread(mine, at=now - timedelta(days=2))
    request = RequestFactory().get("/desk/")
    request.user = mine
    assert offer_news(request, None) is None
    post = reply_to(thread, "回复", author=a_member("李娜"), at=now - timedelta(days=1))
    with django_assert_num_queries(1):
        card = offer_news(request, None)
    assert (card.zone, list(card.lines)) == ("progress", ["李娜回复了“优秀名额怎样计算”"])
    assert card.actions[0].url == reverse("lms_community:post", args=[post.pk])


def test_forum_library_and_questions_are_offered_on_my_page_to_members(django_user_model):
    request = RequestFactory().get("/me/")
    request.user = django_user_model.objects.create_user("outsider")
    assert offer_links(request) == []
    request.user = a_member()
    addresses = [link.url for link in offer_links(request)]
    assert addresses == [reverse(f"lms_community:{name}") for name in ("boards", "library", "questions")]
