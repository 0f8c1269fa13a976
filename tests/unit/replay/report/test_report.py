"""The reports of a run: a page that asks nobody, a ticket, a build's test cases; and markup planted in a name."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from services.replay.command import app
from services.replay.measure.results import AuditSummary, Fault, Finding, load_result
from services.replay.measure.stages import Stage
from services.replay.report.junit import cases, junit
from services.replay.report.markdown import markdown
from services.replay.report.writing import write_report
from tests.unit.replay.report.runs import Made, write_run

LOST = AuditSummary(
    outcome="failed",
    lines=[
        "run failed  5,999 of 6,000",
        "P1  VIOLATED   one is missing",
        "P4  clean      dense",
        "P8  unaudited  no canaries",
    ],
    breaches=[Finding(what="sent and not in the ledger", count=30, ids=["0199-a", "0199-b"])],
)
EVIL = "<script>alert(1)</script>|`\x07"


class _Addresses(HTMLParser):
    """Gathers what a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.found += [value or "" for name, value in attrs if name in {"href", "src", "srcset", "action", "data"}]


def read(folder: Path, made: Made) -> tuple[str, _Addresses]:
    write_run(folder, made)
    text = write_report(folder).read_text(encoding="utf-8")
    page = _Addresses()
    page.feed(text)
    return text, page


def test_page_refers_to_nothing_outside(tmp_path: Path) -> None:
    text, page = read(tmp_path, Made())
    assert all(address.startswith(("#", "data:")) for address in page.found)
    assert "url(" not in text
    assert "script" not in page.tags


@pytest.mark.parametrize(
    "made,told",
    [
        (Made(count=100, warm_up_s=50), "No request was timed."),
        (Made(count=50, lost=50, warm_up_s=0), "Of 50 requests, 50 were acknowledged by Kafka, 0 were recorded"),
        (Made(count=800, last=Stage.ACKNOWLEDGED), "All 300 requests were acknowledged by Kafka."),
    ],
    ids=["nothing measured", "all lost", "the broker alone"],
)
def test_run_that_came_to_little_still_has_its_page(tmp_path: Path, made: Made, told: str) -> None:
    assert told in read(tmp_path, made)[0]


def test_page_has_every_place_that_it_refers_to_once(tmp_path: Path) -> None:
    _, page = read(tmp_path, Made(audit=LOST))
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.found if address.startswith("#")} <= set(page.ids)


def test_page_names_verdict_audit_and_ids(tmp_path: Path) -> None:
    text, _ = read(tmp_path, Made(audit=LOST))
    assert "Not passed: the audit failed" in text
    assert "<code>0199-a</code>" in text
    assert "and 28 more, all in audit.json" in text


def test_page_holds_the_digests_of_its_files(tmp_path: Path) -> None:
    text, _ = read(tmp_path, Made())
    assert text.count("<code>") >= 2
    assert "latency.hlog</th>" in text


def test_what_comes_from_a_run_is_never_markup(tmp_path: Path) -> None:
    planted = Made(
        conditions={"run_id": EVIL, "recording": EVIL, "host": EVIL, "notes": {EVIL: EVIL}, "versions": {EVIL: EVIL}},
        faults=(Fault(at_s=3, what=EVIL),),
        audit=LOST.model_copy(update={"breaches": [Finding(what=EVIL, count=1, ids=[EVIL])], "lines": [EVIL]}),
    )
    _, page = read(tmp_path, planted)
    result = load_result(tmp_path)
    assert "script" not in page.tags
    assert fromstring(junit(result)).find("testsuite").get("hostname").startswith("<script>")
    outside_code = re.sub(r"```.*?```|`[^`\n]*`", "", markdown(result).replace("\\`", ""), flags=re.DOTALL)
    assert outside_code.count("<script>") == outside_code.count("\\<script>") > 0


def suite(made: Made, folder: Path) -> Element:
    root: Element = fromstring(junit(write_run(folder, made)))
    found = root.find("testsuite")
    assert found is not None
    return found


def test_junit_counts_its_cases(tmp_path: Path) -> None:
    found = suite(Made(audit=LOST), tmp_path)
    assert found.get("tests") == str(len(found.findall("testcase")))
    assert found.get("failures") == str(len(found.findall("testcase/failure"))) == "4"
    assert found.get("skipped") == str(len(found.findall("testcase/skipped"))) == "1"


def test_junit_of_a_passed_run_has_no_failure(tmp_path: Path) -> None:
    found = suite(Made(), tmp_path)
    assert not found.findall("testcase/failure")
    assert {case.get("classname") for case in found.findall("testcase")} == {
        "verdict",
        "generator",
        "threshold",
        "audit",
    }


def test_audit_that_could_not_look_is_a_failed_case(tmp_path: Path) -> None:
    result = write_run(tmp_path, Made(audit=AuditSummary(outcome="unaudited", unaudited=["no database"])))
    assert "no database" in [case.told for case in cases(result) if case.outcome == "failure"]


def test_markdown_has_verdict_figures_and_ids(tmp_path: Path) -> None:
    text = markdown(write_run(tmp_path, Made(audit=LOST)))
    assert text.startswith("## Replay 20261127-144500-c0ffee: Not passed: the audit failed\n")
    assert "| p99 |" in text
    assert "- `0199-a`\n" in text


@pytest.mark.parametrize("format_", ["json", "markdown", "junit"])
def test_other_formats_go_to_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str], format_: str) -> None:
    write_run(tmp_path)
    assert app(["report", str(tmp_path), "--format", format_], result_action="return_value") == 0
    assert "20261127-144500-c0ffee" in capsys.readouterr().out


def test_report_is_made_again_from_the_folder_alone(tmp_path: Path) -> None:
    write_run(tmp_path)
    first = write_report(tmp_path).read_bytes()
    assert write_report(tmp_path).read_bytes() == first


@pytest.mark.parametrize(
    "spoil",
    [lambda folder: (folder / "run.json").unlink(), lambda folder: (folder / "run.json").write_text('{"version": 2}')],
    ids=["no result", "another version"],
)
def test_folder_that_is_no_run_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object]
) -> None:
    write_run(tmp_path)
    spoil(tmp_path)
    with pytest.raises(SystemExit) as ended:
        app(["report", str(tmp_path)], result_action="return_value")
    assert ended.value.code == 1
    assert "run.json" in capsys.readouterr().err
