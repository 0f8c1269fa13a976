"""How a command ends: trouble becomes a message and the code that the documentation gives."""

import pytest

from services.replay.outcome import Code, NoConnection, Unusable, exiting
from services.runtime.faults import Halt, Transient
from services.runtime.settings import SettingsFault


@pytest.mark.parametrize(
    "trouble,code",
    [
        (Unusable("no"), Code.UNUSABLE),
        (Halt("no"), Code.UNUSABLE),
        (SettingsFault("no"), Code.UNUSABLE),
        (NoConnection("no"), Code.NO_CONNECTION),
        (Transient("no"), Code.NO_CONNECTION),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.name,
)
def test_trouble_ends_with_its_code(trouble: Exception, code: Code, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, exiting():
        raise trouble
    assert ended.value.code == code
    assert capsys.readouterr().err == "ecflink replay: no\n"


def test_a_decorated_command_returns_what_it_returns() -> None:
    @exiting()
    def command() -> int:
        return 2

    assert command() == 2
