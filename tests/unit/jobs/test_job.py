"""What is shown of a job."""

from __future__ import annotations

from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.state import JobState


def test_what_opens_a_url_is_not_shown_wherever_it_stands() -> None:
    document = {
        "client": "ClientA",
        "input": [{"uri": "https://a.example/1.mp4?t=s3cret", "start": 1.5}, "https://a.example/2.mp4"],
        "outputs": [
            {"type": "mp4", "to": "s3://out/why?.mp4", "overlay": {"image": "http://a.example/x.png?t=s3cret"}}
        ],
        "callback": "https://b.example/hook?token=s3cret",
        "metadata": {"page": "https://a.example/watch?v=1"},
    }
    job = Job("one", "ClientA", JobState.QUEUED, document)

    shown = job.to_dict()["document"]

    assert shown == {
        "client": "ClientA",
        "input": [{"uri": "https://a.example/1.mp4?***", "start": 1.5}, "https://a.example/2.mp4"],
        "outputs": [{"type": "mp4", "to": "s3://out/why?.mp4", "overlay": {"image": "http://a.example/x.png?***"}}],
        "callback": "https://b.example/hook?***",
        "metadata": {"page": "https://a.example/watch?v=1"},
    }
    assert "s3cret" in str(job.document)
