"""What ends a visit early with a page of its own: a status, a heading, what happened and what to do next."""

from services.auth.portal.states import Helps, State, Telling, telling


class PageFault(Exception):
    """A request that cannot be answered. All four parts are shown to the filer, so they hold nothing that was typed."""

    def __init__(self, status: int, title: str, happened: str, next_step: str, *, state: State | None = None) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.happened = happened
        self.next_step = next_step
        self.state = state

    @property
    def told(self) -> Telling:
        """What its page says."""
        known = telling(self.state) if self.state else None
        return Telling(
            title=self.title,
            happened=self.happened,
            next_step=self.next_step,
            status=self.status,
            helps=known.helps if known else Helps.NOBODY,
            at_risk=known.at_risk if known else False,
        )


def fault_of(which: State, *, status: int | None = None, happened: str | None = None) -> PageFault:
    """Return the fault of a state; `happened` in place of the state's own sentence."""
    told = telling(which)
    return PageFault(status or told.status, told.title, happened or told.happened, told.next_step, state=which)


def page_not_found() -> PageFault:
    return fault_of(State.PAGE_NOT_FOUND)


def form_not_readable(happened: str, status: int = 400) -> PageFault:
    return fault_of(State.FORM_NOT_READABLE, status=status, happened=happened)


def form_not_ours() -> PageFault:
    return fault_of(State.FORM_NOT_OURS)
