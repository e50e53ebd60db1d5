from __future__ import annotations

from cloudtranscode.media.tools.progress import Progress, ProgressReader


def _feed(reader: ProgressReader, text: str) -> list[Progress]:
    return [report for line in text.splitlines() if (report := reader.feed(line))]


def test_a_report_ends_with_its_progress_line() -> None:
    reader = ProgressReader(duration_s=10)
    text = "frame=48\nfps=24.0\nout_time_us=2000000\nspeed= 2.0x\nprogress=continue\nframe=50\n"
    assert _feed(reader, text) == [Progress(48, 24.0, 2.0, 2.0, percent=20.0, eta_s=4.0)]


def test_what_is_not_known_yet_is_zero_or_none() -> None:
    text = "frame=0\nfps=0.00\nout_time_us=N/A\nspeed=N/A\nprogress=continue\n"
    assert _feed(ProgressReader(10), text) == [Progress(0, 0.0, 0.0, 0.0, percent=0.0, eta_s=None)]
    assert _feed(ProgressReader(None), text)[0].percent is None


def test_the_end_is_a_hundred_percent_even_if_the_header_promised_more() -> None:
    (report,) = _feed(ProgressReader(10), "frame=240\nout_time_us=9900000\nspeed=3x\nprogress=end\n")
    assert (report.percent, report.eta_s) == (100.0, 0.0)
