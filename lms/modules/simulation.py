"""A term of online study and assignments, lived through the services the screens use."""

from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import transaction

import lms.modules
from lms.modules.enums import SubmissionKind
from lms.modules.models import Assignment, LessonPage
from lms.modules.rules import read_lessons
from lms.modules.selectors import module_views
from lms.modules.services import complete_lesson_together, load_assignments, mark_work, submit_work
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import Enrolment
from lms.programmes.rules import ZONE, day_start
from lms.programmes.simulation import SimulatedLearner, SimulatedTerm

DEMO_LESSONS = Path(lms.modules.__file__).parent / "data" / "demo-lessons.toml"
EVENING = time(20, 30)
OPENINGS = (
    "我结合所在单位的岗位职责，先梳理年度重点任务，再逐项设定指标。",
    "本单位现行办法的主要问题是指标雷同，我从职责清单入手重新设计。",
    "我选择综合岗位作为对象，依据年度任务书拟定方案。",
)
MIDDLES = (
    "指标分为完成数量、办理质量、完成时限三类，每项写明数据来源和评分标准，权重合计 100%。",
    "程序上先个人总结，再民主测评，之后了解核实并集体研究，结果书面告知本人并说明救济途径。",
    "对有争议的事项，先核对原始记录，再听取当事人陈述，必要时补充调查后作出答复。",
)
ENDINGS = (
    "可能的副作用是只重数量，因此设置质量抽查指标加以防范。",
    "实施一个季度后根据反馈修订，修订内容经集体研究后公布。",
    "以上数字为教学示例，不涉及真实人员。",
)
COMMENTS = (
    "要点齐全，数据来源写得清楚。",
    "结构完整，评分标准还可以再具体一些。",
    "思路正确，请补充依据的文件名称和程序时限。",
)


@transaction.atomic
def study_online(world: SimulatedTerm) -> None:
    """Evening by evening each learner finishes the next lessons; the diligent get through all of them (R15)."""
    lessons = [
        line for module in module_views(world.term.programme, None) for view in module.courses for line in view.lessons
    ]
    pages = LessonPage.objects.in_bulk([line.pk for line in lessons])
    evenings: dict[tuple[datetime, int], list[Enrolment]] = defaultdict(list)
    for learner, seat in _studying(world):
        for moment, line in zip(_evenings(world, learner, seat, len(lessons)), lessons, strict=False):
            if moment <= world.until:
                evenings[moment, line.pk].append(seat)
    for (moment, pk), enrolments in sorted(evenings.items(), key=lambda item: item[0]):
        world.counts["lessons_finished"] += complete_lesson_together(pages[pk], enrolments, at=moment)


@transaction.atomic
def do_assignments(world: SimulatedTerm) -> None:
    """Texts are handed in a day or two before the deadline; the instructor marks what is past it (R11, R13).

    A term without assignments gets those of the demonstration content: without any nobody could pass.
    """
    instructor = world.staff["instructor"]
    if day_start(world.term.starts_on) <= world.until and not Assignment.objects.filter(term=world.term).exists():
        load_assignments(read_lessons(DEMO_LESSONS.read_text(encoding="utf-8")), world.term)
    studying = _studying(world)
    for assignment in Assignment.objects.filter(term=world.term, published=True).select_related("term"):
        for learner, seat in studying:
            _hand_in(world, assignment, learner, seat, instructor)


def _studying(world: SimulatedTerm) -> list[tuple[SimulatedLearner, Enrolment]]:
    """Learners whose seat is active now, with the seat as the database has it."""
    held = world.enrolled()
    active = Enrolment.objects.filter(term=world.term, state=EnrolmentState.ACTIVE).select_related("term")
    seats = {seat.pk: seat for seat in active}
    pairs = [(learner, seats.get(learner.enrolment.pk)) for learner in held if learner.enrolment is not None]
    return [(learner, seat) for learner, seat in pairs if seat is not None]


def _evenings(world: SimulatedTerm, learner: SimulatedLearner, seat: Enrolment, count: int) -> list[datetime]:
    """One moment a lesson, in order; fewer than all for those who are not diligent."""
    rng = world.rng("study", seat.number)
    first, last = world.term.starts_on, world.term.ends_on
    days = max(1, (last - first).days)
    reach = min(1.0, 0.55 + 0.55 * learner.diligence)
    wanted = round(count * reach)
    offsets = sorted(rng.randrange(days) for _lesson in range(wanted))
    return [datetime.combine(first + timedelta(days=offset), EVENING, tzinfo=ZONE) for offset in offsets]


def _hand_in(
    world: SimulatedTerm, assignment: Assignment, learner: SimulatedLearner, seat: Enrolment, instructor: object
) -> None:
    rng = world.rng("assignment", assignment.title, seat.number)
    at = assignment.due_at - timedelta(hours=rng.randrange(2, 60))
    if at > world.until or rng.random() > 0.8 + 0.2 * learner.diligence:
        return
    text = "".join(rng.choice(part) for part in (OPENINGS, MIDDLES, ENDINGS))
    saved = submit_work(seat, assignment, text, kind=SubmissionKind.FINAL, revision=1, at=at)
    world.counts["handed_in"] += 1
    marked_at = assignment.due_at + timedelta(hours=rng.randrange(12, 72))
    if marked_at > world.until:
        return
    value = Decimal(min(98, max(40, round(58 + 34 * learner.ability + rng.gauss(0, 6)))))
    mark_work(saved, value, revision=1, at=marked_at, actor=instructor, comment=rng.choice(COMMENTS))
    world.counts["assignments_marked"] += 1
