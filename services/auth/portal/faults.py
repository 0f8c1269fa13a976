"""What ends a visit early with a page of its own: a status, a heading, what happened and what to do next."""


class PageFault(Exception):
    """A request that cannot be answered. All four parts are shown to the filer, so they hold nothing that was typed."""

    def __init__(self, status: int, title: str, happened: str, next_step: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.happened = happened
        self.next_step = next_step


def page_not_found() -> PageFault:
    return PageFault(
        404,
        "Page not found",
        "There is no page at this address.",
        "Check the address, or choose your court from the list of courts.",
    )


def form_not_readable(happened: str, status: int = 400) -> PageFault:
    return PageFault(
        status,
        "This form could not be read",
        happened,
        "Nothing was changed. Go back, reload the page and fill in the form again.",
    )


def form_not_ours() -> PageFault:
    return PageFault(
        403,
        "This form is no longer valid",
        "The form was sent from another site, or belongs to an earlier session, or your browser refused our cookie.",
        "Nothing was changed. Allow cookies for this site, open the page again and fill in the form anew.",
    )
