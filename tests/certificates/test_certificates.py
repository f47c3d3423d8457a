"""Issuing, drawing, verifying and revoking certificates (R15, R16)."""

from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.urls import reverse

from lms.certificates import services
from lms.certificates.models import Certificate, CertificateEvent, PrintBatch
from lms.certificates.selectors import contradicted_certificates, find_by_number, verify_certificates
from lms.certificates.signals import certificate_issued, certificate_revoked
from lms.core.exceptions import DomainError
from lms.grading.services import revise_result
from lms.people.enums import Role
from lms.programmes.models import Enrolment
from tests.factories import a_person, a_term, a_unit, an_enrolment, staff
from tests.grading.factories import AFTER, a_released_result, marks_given

ORIGIN = "https://train.example.test"
REASON = "本人申请更正姓名，原证书收回。"


@pytest.fixture(autouse=True)
def plain(settings: Any) -> None:
    settings.LMS_GRADING_RESULT_GATES = []
    settings.LMS_PUBLIC_ORIGIN = ORIGIN
    cache.clear()


def certified(enrolment: Enrolment | None = None) -> Certificate:
    enrolment = enrolment or an_enrolment(person=a_person("张伟", unit=a_unit()))
    a_released_result(enrolment)
    return services.issue_certificates(enrolment.term, at=AFTER, actor=staff(Role.ADMINISTRATOR)).issued[0]


def revoked(certificate: Certificate) -> Certificate:
    services.propose_revocation(certificate, reason=REASON, at=AFTER, actor=staff(Role.ASSISTANT))
    return services.confirm_revocation(
        certificate, number=certificate.number, at=AFTER, actor=staff(Role.ADMINISTRATOR)
    )


@pytest.mark.django_db
class TestIssuing:
    def test_to_those_who_passed_and_once(self, django_capture_on_commit_callbacks: Any) -> None:
        heard: list[str] = []
        term = a_term()
        passed, failed = an_enrolment(term), an_enrolment(term)
        administrator = staff(Role.ADMINISTRATOR)
        a_released_result(passed)
        a_released_result(failed, 50, 50, 50, 50, 50)

        def listen(certificate: Certificate, **_kwargs: Any) -> None:
            heard.append(certificate.number)

        certificate_issued.connect(listen)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                first = services.issue_certificates(term, at=AFTER, actor=administrator)
            again = services.issue_certificates(term, at=AFTER, actor=administrator)
        finally:
            certificate_issued.disconnect(listen)
        assert [row.enrolment_id for row in first.issued] == [passed.pk]
        assert (again.issued, heard) == ((), ["XYJX-2025-00001"])
        passed.refresh_from_db()
        failed.refresh_from_db()
        assert (passed.state, failed.state) == ("completed", "active")

    def test_it_keeps_what_it_says(self) -> None:
        certificate = certified()
        said = certificate.snapshot
        assert (said["counted_minutes"], said["counted_offline_minutes"], said["counted_online_minutes"]) == (
            90 * 45,
            72 * 45,
            18 * 45,
        )
        assert certificate.refresh_due_on == date(2028, 4, 10)
        assert certificate.refresh_suggested(date(2028, 4, 10))
        assert not certificate.refresh_suggested(date(2028, 4, 9))

    def test_serials_have_no_gap_and_are_not_used_again(self) -> None:
        term = a_term()
        for _number in range(3):
            certified(an_enrolment(term))
        second = Certificate.objects.get(serial=2)
        revoked(second)
        fresh = services.reissue_certificate(second, at=AFTER, actor=staff(Role.ADMINISTRATOR))
        assert fresh.number == "XYJX-2025-00004"
        assert list(Certificate.objects.values_list("serial", flat=True)) == [1, 2, 3, 4]
        assert list(verify_certificates()) == []

    def test_a_number_of_another_programme_is_not_given_again(self, signed_in: Any) -> None:
        first, seat = certified(), an_enrolment(person=a_person())
        a_released_result(seat)
        admin = staff(Role.ADMINISTRATOR)
        with pytest.raises(DomainError) as refused:
            services.issue_certificates(seat.term, at=AFTER, actor=admin)
        assert refused.value.code == "number_taken"
        page = signed_in(admin).post(reverse("lms_certificates_admin:issue", args=[seat.term_id]), follow=True)
        assert (page.status_code, first.number in page.content.decode()) == (200, True)
        assert Certificate.objects.get() == first

    def test_a_revoked_one_is_not_replaced_by_itself(self) -> None:
        certificate = revoked(certified())
        again = services.issue_certificates(certificate.enrolment.term, at=AFTER, actor=staff(Role.ADMINISTRATOR))
        assert again.issued == ()

    def test_a_name_no_font_can_draw_is_held_back(self) -> None:
        enrolment = an_enrolment(person=a_person("张𠮷"))
        a_released_result(enrolment)
        done = services.issue_certificates(enrolment.term, at=AFTER, actor=staff(Role.ADMINISTRATOR))
        assert (done.issued, [row.pk for row in done.held_back]) == ((), [enrolment.pk])

    def test_a_rare_character_of_a_second_font_is_drawn(self) -> None:
        assert services.unprintable(["张伟", "张\U0003106c", "买买提·艾力", "张𠮷", "\ue000"]) == {"张𠮷", "\ue000"}

    def test_a_gap_is_found(self) -> None:
        certificate = certified()
        Certificate.objects.filter(pk=certificate.pk).update(serial=3)
        assert "missing [1, 2]" in [row.found for row in verify_certificates()]

    def test_a_revised_result_is_shown_to_a_person(self) -> None:
        certificate = certified()
        with marks_given({certificate.enrolment_id: (50, 50, 50, 50, 50)}):
            revise_result(certificate.enrolment, reason="更正", at=AFTER, actor=staff(Role.EXAMINER))
        assert contradicted_certificates(certificate.enrolment.term) == [certificate]

    def test_one_valid_certificate_a_seat(self) -> None:
        certificate = certified()
        certificate.pk, certificate.serial, certificate.number, certificate.code = None, 2, "other", "other"
        with pytest.raises(IntegrityError), transaction.atomic():
            certificate.save(force_insert=True)


@pytest.mark.django_db
class TestDrawing:
    def test_the_page_says_it_all_and_its_code_scans(self) -> None:
        certificate = certified()
        document = pypdfium2.PdfDocument(services.draw_certificates([certificate], origin=ORIGIN))
        assert len(document) == 1
        width, height = document[0].get_size()
        assert (round(width), round(height)) == (842, 595)
        text = document[0].get_textpage().get_text_range().replace(" ", "")
        for words in ("张伟", "XYJX-2025-00001", "90学时", "72学时", "18学时", "二〇二五年四月十日", "2025年3月1日"):
            assert words in text
        (code,) = zxingcpp.read_barcodes(document[0].render(scale=2).to_pil())
        assert code.text == f"{ORIGIN}/certificates/verify/{certificate.code}/"

    def test_the_same_certificate_gives_the_same_bytes(self) -> None:
        certificate = certified()
        first = services.draw_certificates([certificate], origin=ORIGIN)
        assert services.draw_certificates([certificate], origin=ORIGIN) == first

    def test_a_batch_has_a_page_for_each(self, django_capture_on_commit_callbacks: Any) -> None:
        term = a_term()
        for _number in range(3):
            certified(an_enrolment(term))
        with django_capture_on_commit_callbacks(execute=True):
            services.order_batch(term, origin=ORIGIN, at=AFTER, actor=staff(Role.ASSISTANT))
        batch = PrintBatch.objects.get()
        services.draw_batch(batch)
        assert (batch.state, batch.pages) == ("ready", 3)
        with batch.content.open("rb") as held:
            assert len(pypdfium2.PdfDocument(held.read())) == 3

    def test_nothing_to_print(self) -> None:
        with pytest.raises(DomainError) as refused:
            services.order_batch(a_term(), origin=ORIGIN, at=AFTER, actor=staff(Role.ASSISTANT))
        assert refused.value.code == "nothing_to_print"


@pytest.mark.django_db
class TestRevoking:
    def test_two_people(self, django_capture_on_commit_callbacks: Any) -> None:
        heard: list[str] = []
        certificate, first = certified(), staff(Role.ADMINISTRATOR)

        def listen(certificate: Certificate, **_kwargs: Any) -> None:
            heard.append(certificate.revoke_reason)

        certificate_revoked.connect(listen)
        try:
            services.propose_revocation(certificate, reason=REASON, at=AFTER, actor=first)
            certificate.refresh_from_db()
            assert (certificate.is_valid, certificate.is_contested) == (True, True)
            with pytest.raises(DomainError) as refused:
                services.confirm_revocation(certificate, number=certificate.number, at=AFTER, actor=first)
            assert refused.value.code == "same_person"
            with django_capture_on_commit_callbacks(execute=True):
                done = services.confirm_revocation(
                    certificate, number=" xyjx-2025-00001", at=AFTER, actor=staff(Role.ADMINISTRATOR)
                )
        finally:
            certificate_revoked.disconnect(listen)
        assert (done.is_valid, heard) == (False, [REASON])
        assert list(verify_certificates()) == []

    def test_the_number_must_agree(self) -> None:
        certificate = certified()
        services.propose_revocation(certificate, reason=REASON, at=AFTER, actor=staff(Role.ASSISTANT))
        with pytest.raises(DomainError) as refused:
            services.confirm_revocation(
                certificate, number="XYJX-2025-00002", at=AFTER, actor=staff(Role.ADMINISTRATOR)
            )
        assert refused.value.code == "number_differs"

    def test_a_dropped_proposal_leaves_it_valid(self) -> None:
        certificate = certified()
        services.propose_revocation(certificate, reason=REASON, at=AFTER, actor=staff(Role.ASSISTANT))
        dropped = services.drop_revocation(certificate, at=AFTER, actor=staff(Role.ADMINISTRATOR))
        assert (dropped.is_valid, dropped.is_contested) == (True, False)
        assert [event.act for event in certificate.events.all()] == ["issued", "proposed", "dropped"]
        assert list(verify_certificates()) == []

    @pytest.mark.parametrize("reason", ["", "不对"])
    def test_a_proposal_needs_a_reason(self, reason: str) -> None:
        with pytest.raises(DomainError) as refused:
            services.propose_revocation(certified(), reason=reason, at=AFTER, actor=staff(Role.ASSISTANT))
        assert refused.value.code == "reason_too_short"

    def test_only_once(self) -> None:
        certificate = revoked(certified())
        with pytest.raises(DomainError) as refused:
            services.propose_revocation(certificate, reason=REASON, at=AFTER, actor=staff(Role.ASSISTANT))
        assert refused.value.code == "revoked"

    def test_the_journal_cannot_be_changed(self) -> None:
        certified()
        with pytest.raises(IntegrityError), transaction.atomic():
            CertificateEvent.objects.update(text="")


@pytest.mark.django_db
class TestVerification:
    def test_anybody_verifies_by_code(self, client: Any) -> None:
        certificate = certified()
        answer = client.get(reverse("lms_certificates:verify_code", args=[certificate.code]))
        page = answer.content.decode()
        assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex")
        assert "张*" in page
        assert certificate.number in page
        assert "张伟" not in page
        assert certificate.enrolment.person.id_number not in page

    def test_by_number_and_name(self, client: Any) -> None:
        certificate = certified()
        form = {"number": "xyjx-2025-00001", "name": "张伟"}
        answer = client.post(reverse("lms_certificates:verify"), form)
        assert answer.headers["Location"] == reverse("lms_certificates:verify_code", args=[certificate.code])
        wrong = client.post(reverse("lms_certificates:verify"), form | {"name": "张三"})
        assert wrong.status_code == 200
        assert 'value="张三"' in wrong.content.decode()
        assert find_by_number(certificate.number, "") is None

    def test_a_revoked_one_says_so(self, client: Any) -> None:
        certificate = revoked(certified())
        page = client.get(reverse("lms_certificates:verify_code", args=[certificate.code])).content.decode()
        assert "notice-danger" in page
        assert REASON not in page

    def test_an_unknown_code(self, client: Any) -> None:
        assert client.get(reverse("lms_certificates:verify_code", args=["nothing"])).status_code == 404

    def test_one_address_cannot_try_without_end(self, client: Any, settings: Any) -> None:
        settings.LMS_CERTIFICATES_VERIFY_LIMIT = 2
        address = reverse("lms_certificates:verify_code", args=["guess"])
        assert [client.get(address).status_code for _attempt in range(3)] == [404, 404, 429]
        form = {"number": "1", "name": "张伟"}
        assert client.post(reverse("lms_certificates:verify"), form).status_code == 429
        assert client.get(address, REMOTE_ADDR="10.0.0.9").status_code == 404

    def test_behind_a_proxy_one_visitor_does_not_shut_out_the_others(self, client: Any, settings: Any) -> None:
        settings.LMS_CERTIFICATES_VERIFY_LIMIT, settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2, 1
        address = reverse("lms_certificates:verify_code", args=["guess"])

        def tries(visitor: str) -> int:
            return int(client.get(address, headers={"X-Forwarded-For": visitor}).status_code)

        assert [tries(f"10.1.2.{number}, 203.0.113.20") for number in range(3)] == [404, 404, 429]
        assert tries("203.0.113.21") == 404


@pytest.mark.django_db
class TestHolder:
    def test_sees_and_downloads_her_certificate(self, signed_in: Any) -> None:
        certificate = certified()
        client = signed_in(certificate.enrolment.person.user)
        assert certificate.number in client.get(reverse("lms_certificates:mine")).content.decode()
        answer = client.get(reverse("lms_certificates:pdf", args=[certificate.pk]))
        assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")

    def test_nobody_else_opens_it(self, signed_in: Any, outsider: Any, client: Any) -> None:
        address = reverse("lms_certificates:pdf", args=[certified().pk])
        assert signed_in(outsider).get(address).status_code == 404
        assert signed_in(staff(Role.FINANCE)).get(address).status_code == 404
        assert client.get(address).status_code == 302
        assert signed_in(staff(Role.ASSISTANT)).get(address).status_code == 200

    def test_a_revoked_one_is_not_drawn_again(self, signed_in: Any) -> None:
        certificate = revoked(certified())
        client = signed_in(certificate.enrolment.person.user)
        assert client.get(reverse("lms_certificates:pdf", args=[certificate.pk])).status_code == 404
        assert REASON in client.get(reverse("lms_certificates:mine")).content.decode()

    def test_the_desk_card_costs_one_query(self, rf: Any, django_assert_num_queries: Any) -> None:
        from lms.certificates.views.holder import desk_card

        certificate = certified()
        with django_assert_num_queries(1):
            card = desk_card(rf.get("/"), certificate.enrolment)
        assert card is not None
        assert certificate.number in card.text

    def test_pages_for_those_without(self, signed_in: Any, outsider: Any, client: Any) -> None:
        assert signed_in(outsider).get(reverse("lms_certificates:mine")).status_code == 200
        assert client.get(reverse("lms_certificates:mine")).status_code == 302


@pytest.mark.django_db
class TestBackOffice:
    def test_issue_print_revoke_reissue(self, signed_in: Any, administrator: Any) -> None:
        enrolment = an_enrolment()
        a_released_result(enrolment)
        client, pk = signed_in(administrator), enrolment.term_id
        assert client.get(reverse("lms_certificates_admin:terms")).status_code == 200
        assert "87.52" in client.get(reverse("lms_certificates_admin:term", args=[pk])).content.decode()
        assert client.post(reverse("lms_certificates_admin:issue", args=[pk])).status_code == 302
        certificate = Certificate.objects.get()
        batch = PrintBatch.objects.create(
            term=enrolment.term, origin=ORIGIN, pages=1, made_by=administrator, made_at=AFTER
        )
        assert client.get(reverse("lms_certificates_admin:batch", args=[batch.pk])).status_code == 404
        services.draw_batch(batch)
        assert client.get(reverse("lms_certificates_admin:batch", args=[batch.pk])).status_code == 200
        detail = reverse("lms_certificates_admin:detail", args=[certificate.pk])
        assert client.get(detail).status_code == 200
        propose = reverse("lms_certificates_admin:propose", args=[certificate.pk])
        assert client.post(propose, {"reason": "错"}).status_code == 200
        assert client.post(propose, {"reason": REASON}).status_code == 302
        confirm = reverse("lms_certificates_admin:confirm", args=[certificate.pk])
        assert client.post(confirm, {"number": certificate.number}).status_code == 200
        other = signed_in(staff(Role.ADMINISTRATOR))
        assert other.post(confirm, {"number": certificate.number}).status_code == 302
        assert other.post(reverse("lms_certificates_admin:reissue", args=[certificate.pk])).status_code == 302
        assert list(Certificate.objects.values_list("number", flat=True)) == ["XYJX-2025-00001", "XYJX-2025-00002"]

    def test_ordering_a_batch(self, signed_in: Any) -> None:
        certificate = certified()
        client = signed_in(staff(Role.ASSISTANT))
        assert (
            client.post(reverse("lms_certificates_admin:print", args=[certificate.enrolment.term_id])).status_code
            == 302
        )
        assert PrintBatch.objects.get().origin == ORIGIN

    def test_the_list_finds_and_filters(self, signed_in: Any) -> None:
        certificate = certified()
        client = signed_in(staff(Role.SUPERVISOR))
        address = reverse("lms_certificates_admin:index")
        assert certificate.number in client.get(address, {"q": "zw"}).content.decode()
        assert certificate.number not in client.get(address, {"q": "李"}).content.decode()
        assert certificate.number in client.get(address, {"state": "valid"}).content.decode()
        assert certificate.number not in client.get(address, {"state": "revoked"}).content.decode()
        export = client.get(address, {"export": "csv"})
        assert certificate.number in b"".join(export.streaming_content).decode()

    def test_the_wrong_role_is_refused(self, signed_in: Any) -> None:
        certificate = certified()
        pk, term = certificate.pk, certificate.enrolment.term_id
        finance, reader = signed_in(staff(Role.FINANCE)), signed_in(staff(Role.SUPERVISOR))
        for name, args in (("index", []), ("results", []), ("terms", []), ("term", [term]), ("detail", [pk])):
            address = reverse(f"lms_certificates_admin:{name}", args=args)
            assert finance.get(address).status_code == 403
            assert signed_in(a_person().user).get(address).status_code == 302
            assert reader.get(address).status_code == 200
        for name, key in (
            ("issue", term),
            ("print", term),
            ("propose", pk),
            ("confirm", pk),
            ("drop", pk),
            ("reissue", pk),
        ):
            assert reader.post(reverse(f"lms_certificates_admin:{name}", args=[key])).status_code == 403
        assistant = signed_in(staff(Role.ASSISTANT))
        assert assistant.post(reverse("lms_certificates_admin:confirm", args=[pk])).status_code == 403

    def test_the_list_costs_the_same_with_3_and_40_rows(
        self, signed_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        client, term = signed_in(staff(Role.ASSISTANT)), a_term()
        address = reverse("lms_certificates_admin:index")

        def more(count: int) -> None:
            enrolments = [an_enrolment(term) for _number in range(count)]
            for enrolment in enrolments:
                a_released_result(enrolment)
            services.issue_certificates(term, at=AFTER + timedelta(days=1), actor=staff(Role.ADMINISTRATOR))

        more(3)
        client.get(address)
        with django_assert_max_num_queries(20) as few:
            client.get(address)
        more(37)
        with django_assert_max_num_queries(len(few.captured_queries)):
            client.get(address)
