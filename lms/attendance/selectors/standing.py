"""Where a learner stands between what is scheduled, earned and missed."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from lms.attendance import rules
from lms.programmes.models import Programme


@dataclass(frozen=True)
class Standing:
    """All in class minutes. `missed` counts closed sessions only; `so_far` is what those were scheduled for (R12)."""

    scheduled: int
    so_far: int
    earned: int
    missed: int
    on_leave: int
    required: int
    next_minutes: int
    limit: Fraction

    @property
    def exceeded(self) -> bool:
        """More than the limit is missed already."""
        return rules.exceeds_limit(self.missed, self.scheduled, self.limit)

    @property
    def allowance(self) -> int:
        """The most that may be missed in the whole term."""
        return rules.may_still_miss(0, self.scheduled, self.limit)

    @property
    def may_still_miss(self) -> int:
        """What is left of the allowance."""
        return rules.may_still_miss(self.missed, self.scheduled, self.limit)

    @property
    def expected_missed(self) -> Fraction:
        """What will be missed by the end of the term at the present rate; exact."""
        return rules.expected_at_end(self.missed, self.so_far, self.scheduled)

    @property
    def expected_earned(self) -> Fraction:
        """What will be earned by the end of the term at the present rate; exact."""
        return rules.expected_at_end(self.earned, self.so_far, self.scheduled)

    @property
    def ahead(self) -> int:
        """What the sessions still ahead are scheduled for."""
        return self.scheduled - self.so_far

    @property
    def best_earned(self) -> int:
        """The most that can be earned when nothing more is missed; make-up sessions aside."""
        return rules.best_case(self.earned, self.so_far, self.scheduled)

    @property
    def outlook(self) -> rules.Outlook:
        """How near the limit is."""
        return rules.outlook(self.missed, self.so_far, self.scheduled, self.limit, next_minutes=self.next_minutes)


def standing_from(rows: Iterable[tuple[int, int | None, bool]], programme: Programme) -> Standing:
    """From (class minutes, credited minutes or None while not closed, on leave) of each session, in order of time.

    Approved leave counts as absence where the programme says so (R12).
    """
    scheduled = so_far = earned = missed = leave = upcoming = 0
    for minutes, credited, on_leave in rows:
        scheduled += minutes
        if credited is None:
            upcoming = upcoming or minutes
            continue
        so_far, earned = so_far + minutes, earned + credited
        lost = max(0, minutes - credited)
        leave += lost if on_leave else 0
        missed += 0 if on_leave and not programme.leave_counts_as_absence else lost
    return Standing(
        scheduled, so_far, earned, missed, leave, programme.required_offline_minutes, upcoming, programme.absence_limit
    )
