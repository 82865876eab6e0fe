"""The cells of a chain, added up by the test itself: every cell, not those alone that are printed."""

from math import isclose

from indicators.report.explain import Explanation, Sum


def adds_up(part: Sum) -> bool:
    """Return true where the numbers of all cells make the value of their sum."""
    numbers = part.cells["number"]
    assert part.value is not None
    if part.role == "population":  # on the straight line between two days, or that of one day
        return numbers.min() <= part.value <= numbers.max()  # type: ignore[operator]
    return isclose(numbers.sum() / part.years, part.value, abs_tol=1e-6)  # the warehouse keeps eight decimals


def wrong(found: Explanation) -> list[str]:
    """Return the sums whose cells do not make them, and the number itself where its sums do not."""
    values = [part.value for part in found.sums if part.value is not None]
    made = values[0]
    if len(values) == 2:
        per = 100_000 if any(part.role == "population" for part in found.sums) else 1
        made = values[0] / values[1] * per
    apart = [part.role for part in found.sums if not adds_up(part)]
    return apart if isclose(made, found.row["value"], rel_tol=1e-9) else [*apart, "value"]
