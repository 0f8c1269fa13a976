"""The benchmarks' own sums: arrivals the same in every run, a manifest that the audit reads, figures as JSON."""

import hashlib
import io
import json
from pathlib import Path

import pytest

from bench.backlog import noted, requests
from bench.figures import Figure, keep
from bench.generator import arrivals
from services.contract.proof import KeyRing


def test_arrivals_keep_their_rate() -> None:
    moments = arrivals(20_000, rate=1_000)
    assert moments == sorted(moments)
    assert moments[-1] == pytest.approx(20, rel=0.05)


def test_arrivals_are_the_same_in_every_run() -> None:
    assert arrivals(100, rate=1_000) == arrivals(100, rate=1_000)


def test_the_manifest_names_what_was_sent() -> None:
    lines = io.BytesIO()
    (made,) = noted(requests(1, KeyRing({"bench": bytes(32)})), lines)
    digest = hashlib.sha256(made.message.value or b"").hexdigest()
    assert json.loads(lines.getvalue()) == {"request_id": str(made.request.request_id), "digest": digest}


def test_kept_figures_are_numbers(tmp_path: Path) -> None:
    figures = [Figure("drain", 30_000.5, "links/s", "plain service: 2,000/s", 15.0), Figure("latency", 1.5, "ms", "")]
    keep(figures, tmp_path / "var" / "bench.json")
    drain, latency = json.loads((tmp_path / "var" / "bench.json").read_text())
    assert drain == {
        "name": "drain",
        "value": 30_000.5,
        "unit": "links/s",
        "beside": "plain service: 2,000/s",
        "ratio": 15.0,
    }
    assert latency["ratio"] is None
