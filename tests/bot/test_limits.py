"""How much one may ask for, and how fast we write to everybody."""

from __future__ import annotations

from bot.limits import Buckets, Rate


class _Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_asks_too_much_may_come_back_after_the_time_that_was_told() -> None:
    time = _Time()
    buckets = Buckets(Rate(burst=2, per_minute=60), now=time)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 1, 1]
    assert buckets.take("b") == 0
    time.now = 1.0
    assert [buckets.take("a"), buckets.take("a")] == [0, 1]


def test_of_many_who_line_up_each_has_a_turn_of_its_own() -> None:
    time = _Time()
    buckets = Buckets(Rate(burst=2, per_minute=60), now=time)
    assert [buckets.line_up("") for _ in range(5)] == [0, 0, 1, 2, 3]
    time.now = 3.0
    assert [buckets.line_up(""), buckets.line_up("")] == [1, 2]
