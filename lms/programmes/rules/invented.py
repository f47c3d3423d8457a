"""Invented learners: common names, units of an invented city, valid ID numbers of the unassigned region 999999."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN_ONE = "伟芳娜敏静磊洋艳勇杰娟涛超霞平刚辉玲华斌宁丽波颖琳峰雪晨莉强"
GIVEN_TWO = [
    "建国",
    "建军",
    "志强",
    "志远",
    "晓燕",
    "晓东",
    "秀英",
    "秀兰",
    "玉梅",
    "玉兰",
    "文博",
    "文静",
    "海涛",
    "海燕",
    "永红",
    "永刚",
    "淑芬",
    "淑华",
    "国庆",
    "国强",
    "雅琴",
    "雅雯",
    "思远",
    "思雨",
    "俊杰",
    "俊峰",
    "立新",
    "立群",
    "春梅",
    "春生",
    "红霞",
    "红军",
    "新民",
    "新宇",
    "慧敏",
    "慧娟",
    "明辉",
    "明远",
    "卫东",
    "卫红",
]
PLACES = [
    "市",
    "秦都区",
    "渭城区",
    "兴平市",
    "武功县",
    "泾阳县",
    "三原县",
    "礼泉县",
    "乾县",
    "永寿县",
    "长武县",
    "旬邑县",
    "淳化县",
]
OFFICES = [
    "财政局",
    "教育局",
    "卫生健康局",
    "农业农村局",
    "水利局",
    "统计局",
    "审计局",
    "民政局",
    "档案馆",
    "图书馆",
    "中心医院",
    "第二中学",
    "社会保险服务中心",
]
POSTS = [
    "科员",
    "一级科员",
    "四级主任科员",
    "三级主任科员",
    "副科长",
    "科长",
    "助理馆员",
    "主管护师",
    "一级教师",
    "高级教师",
    "工程师",
]
FIRST_BIRTHDAY, BIRTHDAYS = date(1968, 1, 1), 10_957


@dataclass(frozen=True)
class InventedPerson:
    """Who somebody is, before she has an account. `phone` is empty: an invented number might be somebody's."""

    name: str
    id_number: str
    unit: str
    position: str

    @property
    def unit_level(self) -> str:
        """City units are named after the city ("市财政局"), all others after their district or county (R18)."""
        return "city_unit" if self.unit.startswith("市") else "district_unit"


@dataclass(frozen=True)
class Habits:
    """What somebody is like, each between 0 and 1."""

    ability: float
    diligence: float
    punctuality: float


def invent_people(count: int, rng: Random, checksum: Callable[[str], str]) -> list[InventedPerson]:
    """`count` people with different ID numbers; the same generator gives the same people."""
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        born_on = FIRST_BIRTHDAY + timedelta(days=rng.randrange(BIRTHDAYS))
        body = f"999999{born_on:%Y%m%d}{rng.randrange(1000):03d}"
        numbers[body + checksum(body)] = None
    return [InventedPerson(_name(rng), number, _unit(rng), rng.choice(POSTS)) for number in numbers]


def invent_habits(rng: Random) -> Habits:
    """Most people are able, diligent and punctual; a few are not."""
    return Habits(rng.betavariate(6, 2), rng.betavariate(7, 1.5), rng.betavariate(9, 1.2))


def _name(rng: Random) -> str:
    return rng.choice(FAMILY) + (rng.choice(GIVEN_ONE) if rng.random() < 0.35 else rng.choice(GIVEN_TWO))


def _unit(rng: Random) -> str:
    place = rng.choice(PLACES)
    return f"{place}{rng.choice(OFFICES)}"
