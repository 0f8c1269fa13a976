"""The tables of figures that the reports share. Pure."""

from services.replay.measure.figures import PERCENTILES
from services.replay.measure.results import RunResult
from services.replay.report import words
from services.replay.report.evidence import Evidence
from services.replay.report.percentiles import TICKS_IN_TABLE, levels
from services.replay.report.pictures import Table


def times_table(result: RunResult) -> Table:
    """Return the percentiles of each stage, as run.json has them."""
    stages = list(result.stages.values())
    named = {
        "requests": [f"{each.expected:,}" for each in stages],
        "never came": [f"{each.missing:,}" for each in stages],
    }
    named |= {name: [words.brief(each.percentiles[name]) for each in stages] for name in PERCENTILES}
    named["mean"] = [words.duration(each.mean_ms) for each in stages]
    heads = ["figure", *(words.STAGE_NAMES[stage] for stage in result.stages)]
    return Table(
        "Time from the instant at which a request was due", heads, [[name, *row] for name, row in named.items()]
    )


def histogram_table(run: Evidence) -> Table | None:
    """Return the whole distribution of each stage, level by level; None where nothing was timed."""
    spreads = run.spreads()
    if not spreads:
        return None
    total = max(spread.every.total for spread in spreads.values())
    heads = ["percentile", "beyond it, 1 in", *(f"{words.STAGE_NAMES[stage].lower()}" for stage in spreads)]
    rows = [
        [
            words.level(percent),
            _one_in(percent),
            *(words.brief(each.at(percent)) for each in spreads.values()),
        ]
        for percent in levels(total, TICKS_IN_TABLE)
    ]
    rows.append(["slowest", "", *(words.brief(each.at(100)) for each in spreads.values())])
    return Table("Time within which so many of the requests came", heads, rows)


def _one_in(percent: float) -> str:
    rarity = 100 / (100 - percent)
    return f"{rarity:,.0f}" if rarity >= 100 else f"{rarity:.3g}"  # noqa: PLR2004 - three digits
