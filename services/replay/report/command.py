"""`ecflink replay report` and `compare`: what the words of the command line mean."""

from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from services.replay.measure.results import load_result
from services.replay.outcome import exiting
from services.replay.report import showing, writing
from services.replay.report.comparing import compare as compare_runs
from services.replay.report.evidence import read_evidence
from services.replay.report.junit import junit
from services.replay.report.markdown import markdown
from services.replay.report.page import page
from services.replay.report.tolerance import Tolerance
from services.runtime.screen import say, show, warn

Format = Literal["html", "json", "markdown", "junit"]
_Percent = Annotated[float, Parameter(validator=Number(gte=0))]
_DEFAULT: Final = Tolerance()


@exiting()
def report(
    run: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    format: Format = "html",  # noqa: A002 - the word of the command line
) -> int:
    """Make the report of a run, from the files in its folder alone.

    Parameters
    ----------
    run
        The folder of a run.
    output
        The file to write. Default: report.html in the run's folder; the other formats go to standard output.
    format
        html: one file for people, which prints. json: the result. markdown: short, for a ticket. junit: for a build.
    """
    text = _text(run, format)
    if output is None and format != "html":
        say(text.rstrip("\n"))
        return 0
    folder = run.parent if run.is_file() else run
    say(str(writing.save(text, output or folder / writing.FILE_NAME)))
    return 0


def _text(run: Path, wanted: Format) -> str:
    match wanted:
        case "html":
            return page(read_evidence(run))
        case "json":
            return load_result(run).model_dump_json(indent=2) + "\n"
        case "markdown":
            return markdown(load_result(run))
        case "junit":
            return junit(load_result(run))


@exiting()
def compare(  # noqa: PLR0913 - a command line
    a: Path,
    b: Path,
    /,
    *,
    threshold: _Percent = _DEFAULT.times * 100,
    threshold_ms: _Percent = _DEFAULT.times_ms,
    rate_threshold: _Percent = _DEFAULT.rate * 100,
    failure_threshold: _Percent = _DEFAULT.failures * 100,
    strict: Annotated[bool, Parameter(negative=())] = False,
    anyway: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Compare run B with run A: each figure, its change, its noise. Ends with 2 when B is worse, 1 when not comparable.

    Worse is what is worse by more than is tolerated and by more than the noise.

    Parameters
    ----------
    a
        The folder of the run that is the measure.
    b
        The folder of the run that is judged.
    threshold
        By how many per cent a time may be longer.
    threshold_ms
        By how many milliseconds a time may be longer, whatever that is in per cent.
    rate_threshold
        By how many per cent the rate may be lower.
    failure_threshold
        How many more in 100 requests may fail.
    strict
        What is unclear counts as worse.
    anyway
        Judge runs of different conditions too.
    json
        Print JSON.
    """
    tolerance = Tolerance(
        times=threshold / 100,
        times_ms=threshold_ms,
        rate=rate_threshold / 100,
        failures=failure_threshold / 100,
        strict=strict,
        anyway=anyway,
    )
    comparison = compare_runs(read_evidence(a), read_evidence(b), tolerance)
    if json:
        say(comparison.model_dump_json(indent=2))
        return comparison.code
    for line in showing.before(comparison):
        say(line)
    show(showing.rows(comparison), columns=showing.COLUMNS)
    for line in showing.after(comparison):
        (warn if comparison.code else say)(line)
    return comparison.code
