"""The layers against sitting-in: each finds its own contradiction, and honest classes find none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.conf import KNOWN_LAYERS, attendance_settings
from lms.attendance.enums import FlagKind
from lms.attendance.rules.places import is_inside_networks, metres_between, read_networks, round_metres
from lms.attendance.rules.suspicion import (
    Check,
    Journals,
    Limits,
    Meeting,
    PlaceSign,
    Refused,
    find_suspicions,
    own_phones,
)

START = datetime(2025, 3, 10, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HERE = Meeting(1, "301", START, START + 200 * MINUTE)
LIMITS = Limits(old_ms=8000, travel=10 * MINUTE, wrong_codes=5)
ANNA, BERTA = 11, 12


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def came(learner: int = ANNA, minutes: float = -5, device: str = "a", **fields: Any) -> Check:
    return Check(fields.pop("meeting", 1), learner, fields.pop("kind", "in"), after(minutes), device=device, **fields)


def left(learner: int = ANNA, minutes: float = 201, device: str = "a", **fields: Any) -> Check:
    return came(learner, minutes, device, kind="out", **fields)


def found(*checks: Check, layers: Any = KNOWN_LAYERS, **more: Any) -> set[tuple[str, int]]:
    rows = find_suspicions(Journals(HERE, checks, **more), layers, LIMITS)
    return {(row.kind, row.learner) for row in rows}


def evidence(kind: str, *checks: Check, **more: Any) -> Any:
    rows = find_suspicions(Journals(HERE, checks, **more), KNOWN_LAYERS, LIMITS)
    return next(row.evidence for row in rows if row.kind == kind)


def test_an_honest_morning_has_no_findings() -> None:
    assert found(came(), left(), came(BERTA, -5, "b"), left(BERTA, 201, "b")) == set()


def test_neighbours_who_check_in_within_the_same_second_are_no_finding() -> None:
    assert found(came(ANNA, -5, "a"), came(BERTA, -5, "b")) == set()


class TestPhones:
    def test_the_phone_of_the_first_check_is_hers(self) -> None:
        assert own_phones([came(minutes=5, device="late"), came(minutes=0, device="first")]) == {ANNA: {"first"}}

    def test_a_check_by_staff_binds_no_phone(self) -> None:
        assert own_phones([came(device="desk", by_phone=False), came(minutes=9)]) == {ANNA: {"a"}}

    def test_another_phone_later_is_found(self) -> None:
        earlier = came(minutes=-5000, meeting=7)
        assert found(earlier, came(device="new")) == {("other_device", ANNA)}

    def test_a_second_app_beside_her_own_phone_is_a_weak_sign_only(self) -> None:
        earlier, prompt = came(minutes=-5000, meeting=7), TestWeakSigns.PROMPT
        assert found(earlier, came(), left(device="wechat")) == set()
        assert found(earlier, came(), left(device="wechat"), prompt=prompt) == {("gone", ANNA)}

    def test_the_phone_of_another_learner_is_found_even_beside_her_own(self) -> None:
        earlier = [came(minutes=-5000, meeting=7), came(BERTA, -5000, "b", meeting=7)]
        assert found(*earlier, came(), left(device="b")) == {("other_device", ANNA)}

    def test_the_first_phone_of_all_is_none(self) -> None:
        assert found(came(device="new")) == set()

    def test_a_phone_that_staff_approved_is_hers(self) -> None:
        earlier = came(minutes=-5000, meeting=7)
        assert found(earlier, came(device="new"), approved={(ANNA, "new")}) == set()

    def test_whoever_was_seen_when_called_has_nothing_to_explain(self) -> None:
        earlier = came(minutes=-5000, meeting=7)
        assert found(earlier, came(device="new"), seen={ANNA: True}) == set()
        without = set(KNOWN_LAYERS) - {"headcount"}
        assert found(earlier, came(device="new"), seen={ANNA: True}, layers=without) == {("other_device", ANNA)}

    def test_the_evidence_names_the_learner_whose_phone_it_is(self) -> None:
        earlier = [came(minutes=-5000, meeting=7), came(BERTA, -5000, "b", meeting=7)]
        assert evidence("other_device", *earlier, came(device="b"))["phone_of"] == [BERTA]

    def test_one_phone_for_two_learners_flags_both(self) -> None:
        assert found(came(), came(BERTA, -4)) == {("shared_device", ANNA), ("shared_device", BERTA)}
        assert evidence("shared_device", came(), came(BERTA, -4))["with"] == [BERTA]

    def test_a_shared_phone_is_settled_only_when_all_were_seen(self) -> None:
        checks = came(), came(BERTA, -4)
        assert found(*checks, seen={ANNA: True, BERTA: True}) == set()
        both = {("shared_device", ANNA), ("shared_device", BERTA)}
        assert found(*checks, seen={ANNA: True}) == both
        assert found(*checks, seen={ANNA: True, BERTA: False}) == both | {("not_seen", BERTA)}

    def test_a_borrowed_phone_that_staff_approved_flags_nobody(self) -> None:
        assert found(came(), came(BERTA, -4), approved={(BERTA, "a")}) == set()

    def test_phones_that_keep_no_mark_are_not_one_phone(self) -> None:
        assert found(came(device=""), came(BERTA, -4, "")) == set()


class TestTimeAndPlace:
    def test_two_rooms_at_once(self) -> None:
        other = {2: Meeting(2, "302", START, START + 200 * MINUTE)}
        assert found(came(), came(minutes=-3, meeting=2), others=other) == {("two_rooms", ANNA)}

    def test_sessions_that_touch_do_not_overlap(self) -> None:
        other = {2: Meeting(2, "302", START - 200 * MINUTE, START)}
        assert found(came(minutes=5), came(minutes=-8, meeting=2), others=other) == set()

    @pytest.mark.parametrize(("minutes", "kinds"), [(9.99, {("impossible_time", ANNA)}), (10, set())])
    def test_nobody_is_in_the_next_room_faster_than_it_can_be_reached(self, minutes: float, kinds: Any) -> None:
        other = {2: Meeting(2, "302", START - 200 * MINUTE, START)}
        gone = left(minutes=-1, meeting=2)
        assert found(gone, came(minutes=minutes - 1), others=other) == kinds

    def test_the_same_room_takes_no_time(self) -> None:
        other = {2: Meeting(2, "301", START - 200 * MINUTE, START)}
        assert found(left(minutes=-1, meeting=2), came(minutes=0), others=other) == set()

    def test_leaving_before_coming(self) -> None:
        assert found(came(minutes=10), left(minutes=5)) == {("impossible_time", ANNA)}

    def test_an_exam_elsewhere(self) -> None:
        assert found(came(), elsewhere={ANNA: {"code": "sitting_an_exam"}, BERTA: {}}) == {("exam_elsewhere", ANNA)}


class TestWeakSigns:
    PROMPT = (START + 60 * MINUTE, START + 65 * MINUTE)

    def test_one_weak_sign_is_never_enough(self) -> None:
        outside = [PlaceSign(ANNA, "in", "place", inside=False, metres=4000)]
        assert found(came(code_age_ms=9900)) == set()
        assert found(came(stale_tries=9)) == set()
        assert found(came(code_age_ms=9900, stale_tries=9)) == set()
        assert found(came(), hints=outside) == set()
        assert found(came(), prompt=self.PROMPT) == set()

    def test_hints_are_weighed_and_not_kept(self) -> None:
        outside = [PlaceSign(ANNA, "in", "place", inside=False, metres=4000)]
        signs = evidence("relayed", came(code_age_ms=9900), hints=outside)["signs"]
        assert set(signs) == {"timing_in"}, "a flag is kept for good, a hint for a time"

    def test_late_codes_in_and_out_together_are_not_enough_either(self) -> None:
        assert found(came(code_age_ms=9900), left(code_age_ms=9900)) == set()

    def test_a_late_code_and_no_answer_during_class(self) -> None:
        assert found(came(code_age_ms=8000), prompt=self.PROMPT) == {("relayed", ANNA)}
        assert found(came(code_age_ms=7999), prompt=self.PROMPT) == set()

    def test_an_answer_during_class_settles_it(self) -> None:
        assert found(came(code_age_ms=9000), came(minutes=61, kind="mid"), prompt=self.PROMPT) == set()

    def test_whoever_came_after_the_check_or_left_before_it_owes_no_answer(self) -> None:
        assert found(came(minutes=61, code_age_ms=9000), prompt=self.PROMPT) == set()
        assert found(came(code_age_ms=9000), left(minutes=55), prompt=self.PROMPT) == set()

    def test_late_at_the_way_out_and_no_answer_reads_as_gone(self) -> None:
        assert found(came(), left(stale_tries=3), prompt=self.PROMPT) == {("gone", ANNA)}

    def test_the_rooms_own_network_speaks_for_her(self) -> None:
        inside = [PlaceSign(ANNA, "in", "network", inside=True)]
        assert found(came(code_age_ms=9000), prompt=self.PROMPT, hints=inside) == set()

    def test_hints_count_only_while_their_layer_is_on(self) -> None:
        far = [PlaceSign(ANNA, "in", "place", inside=False, metres=4000)]
        assert found(came(code_age_ms=9000), hints=far) == {("relayed", ANNA)}
        assert found(came(code_age_ms=9000), hints=far, layers=set(KNOWN_LAYERS) - {"place"}) == set()

    def test_being_seen_settles_weak_signs(self) -> None:
        assert found(came(code_age_ms=9000), prompt=self.PROMPT, seen={ANNA: True}) == set()

    def test_not_seen_and_no_answer_reads_as_gone(self) -> None:
        assert found(came(), prompt=self.PROMPT, seen={ANNA: False}) == {("gone", ANNA), ("not_seen", ANNA)}


class TestForgery:
    def test_a_forged_or_borrowed_ticket_is_found_even_without_a_check(self) -> None:
        assert found(refused=[Refused(ANNA, "forged_ticket", START)]) == {("forged", ANNA)}
        assert found(refused=[Refused(ANNA, "borrowed_ticket", START)]) == {("forged", ANNA)}

    def test_wrong_codes_are_found_from_five_on(self) -> None:
        wrong = [Refused(ANNA, "typed_wrong", START)] * 4
        assert found(refused=wrong) == set()
        assert found(refused=[*wrong, wrong[0]]) == {("forged", ANNA)}

    def test_an_expired_ticket_is_no_forgery(self) -> None:
        assert found(refused=[Refused(ANNA, "stale_ticket", START)] * 20) == set()


@pytest.mark.parametrize("layer", KNOWN_LAYERS)
def test_without_layers_nothing_is_found(layer: str) -> None:
    everything = {
        "refused": [Refused(ANNA, "forged_ticket", START)],
        "seen": {ANNA: False},
        "elsewhere": {ANNA: {}},
        "prompt": TestWeakSigns.PROMPT,
        "hints": [PlaceSign(ANNA, "in", "place", inside=False)],
    }
    checks = [came(minutes=-5000, meeting=7), came(device="x", code_age_ms=9000), came(BERTA, device="x")]
    assert found(*checks, **everything, layers=()) == set()
    assert found(*checks, **everything, layers={layer}) <= found(*checks, **everything) | {("relayed", ANNA)}


def test_every_finding_has_a_name_for_readers_and_every_layer_in_the_settings_is_known() -> None:
    assert set(attendance_settings.LAYERS) <= set(KNOWN_LAYERS)
    kinds = {"shared_device", "other_device", "two_rooms", "impossible_time", "exam_elsewhere", "relayed", "forged"}
    assert kinds | {"not_seen", "gone"} == set(FlagKind.values)


@given(
    st.lists(
        st.builds(
            Check,
            meeting=st.sampled_from([1, 2]),
            learner=st.integers(1, 4),
            kind=st.sampled_from(["in", "mid", "out"]),
            at=st.integers(-300, 300).map(after),
            by_phone=st.booleans(),
            device=st.sampled_from(["", "a", "b"]),
            code_age_ms=st.none() | st.integers(0, 20000),
            stale_tries=st.integers(0, 5),
        ),
        max_size=12,
    ),
    st.dictionaries(st.integers(1, 4), st.booleans()),
    st.sets(st.sampled_from(KNOWN_LAYERS)),
)
def test_findings_are_unique_repeatable_and_only_about_who_left_a_trace(
    checks: list[Check], seen: dict[int, bool], layers: set[str]
) -> None:
    other = {2: Meeting(2, "302", START + 30 * MINUTE, START + 90 * MINUTE)}
    journals = Journals(HERE, checks, others=other, seen=seen)
    rows = find_suspicions(journals, layers, LIMITS)
    assert len({(row.kind, row.learner) for row in rows}) == len(rows)
    assert {row.learner for row in rows} <= {check.learner for check in checks if check.meeting == 1}
    assert rows == find_suspicions(Journals(HERE, checks[::-1], others=other, seen=seen), layers, LIMITS) or len(
        {check.at for check in checks}
    ) < len(checks)


class TestPlaces:
    def test_a_hundredth_of_a_degree_north_is_a_bit_over_a_kilometre(self) -> None:
        assert round(metres_between((34.33, 108.70), (34.34, 108.70))) == 1112

    @pytest.mark.parametrize(("metres", "kept"), [(0, 0), (49, 0), (51, 100), (1234, 1200), (99999, 100000)])
    def test_distances_are_rounded_before_they_are_kept(self, metres: float, kept: int) -> None:
        assert round_metres(metres, 100) == kept

    def test_networks_are_read_line_by_line(self) -> None:
        networks = read_networks("10.20.0.0/16\n\n 2001:db8::/32 \n192.0.2.7\n")
        assert is_inside_networks("10.20.3.4", networks)
        assert is_inside_networks("::ffff:10.20.3.4", networks)
        assert is_inside_networks("2001:db8::1", networks)
        assert is_inside_networks("192.0.2.7", networks)
        assert not is_inside_networks("10.21.0.1", networks)
        assert not is_inside_networks("unknown", networks)

    def test_what_is_no_network_is_refused(self) -> None:
        with pytest.raises(ValueError, match="room"):
            read_networks("10.0.0.0/8\nroom 3")
