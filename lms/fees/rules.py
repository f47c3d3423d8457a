"""Fee, subsidy and refund: pure functions; money is integer fen (R17, R18, R20)."""

from dataclasses import dataclass
from datetime import date, timedelta

#: What an entry of a kind does to what is owed: +1 adds to it, -1 takes from it.
SIGNS = {"charge": 1, "subsidy": -1, "cut": 1, "payment": -1, "refund": 1, "release": -1}
FULL, BETWEEN, NONE = "full", "between", "none"


@dataclass(frozen=True)
class Balance:
    """Sums of one order's journal in fen, all not negative but `due`: what is still owed (negative = paid too much)."""

    charged: int = 0
    subsidised: int = 0
    paid: int = 0
    refunded: int = 0
    released: int = 0

    @property
    def payable(self) -> int:
        """What the learner or her unit bears."""
        return self.charged - self.subsidised - self.released

    @property
    def due(self) -> int:
        """What is still open."""
        return self.payable - self.paid + self.refunded

    @property
    def held(self) -> int:
        """Money received and not paid back."""
        return self.paid - self.refunded

    @property
    def state(self) -> str:
        """`open`, `part`, `paid`, `over` or `released`."""
        if self.due < 0:
            return "over"
        if self.due == 0:
            return "released" if self.released else "paid"
        return "part" if self.held else "open"


def subsidy_of(amount_fen: int, numerator: int, denominator: int) -> int:
    """The subsidised share of an amount, rounded half up to the fen: 80/100 of 180000 is 144000 (R18)."""
    if not 0 <= numerator <= denominator or denominator == 0:
        raise ValueError("a rate lies between 0 and 1")
    return (2 * amount_fen * numerator + denominator) // (2 * denominator)


def last_full_day(starts_on: date, days: int) -> date:
    """The last calendar day on which asking gives the whole money back: `days` days before the start (R20)."""
    return starts_on - timedelta(days=days)


def refund_verdict(asked_on: date, starts_on: date, days: int) -> str:
    """`full` at least `days` calendar days before the start, `none` from the first day on, else `between` (R20).

    Days are days in Asia/Shanghai: asking at 23:59:59 on the last full day still gives everything back.
    """
    if asked_on >= starts_on:
        return NONE
    return FULL if asked_on <= last_full_day(starts_on, days) else BETWEEN


def read_yuan(text: str) -> int:
    """Fen of an amount as typed ("360", "360.5", "1,440.00", full-width digits). ValueError when it is none."""
    plain = (
        text.strip().translate(str.maketrans("０１２３４５６７８９．，", "0123456789.,")).replace(",", "").lstrip("¥￥")
    )
    whole, point, cents = plain.partition(".")
    if not whole.isascii() or not whole.isdigit() or len(whole) > 9:
        raise ValueError("not an amount")
    if point and not (cents.isascii() and cents.isdigit() and len(cents) <= 2):
        raise ValueError("not an amount")
    return int(whole) * 100 + int((cents + "00")[:2])
