"""Cases of which one stands for all in `make test`; the others are thorough, and left to `make test-all`."""

from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet


def one_for_all[Case](cases: Iterable[Case], *, plain: Case) -> list[Case | ParameterSet]:
    """Return the cases for `parametrize`, in their order; all but `plain` are marked thorough."""
    found = list(cases)
    assert plain in found, f"{plain!r} is none of the cases"
    return [case if case == plain else pytest.param(case, marks=pytest.mark.thorough) for case in found]
