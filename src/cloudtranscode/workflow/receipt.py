"""The receipt of a job: what was read, what was made of it, and how it was found to be right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from cloudtranscode import __version__
from cloudtranscode.location import parse
from cloudtranscode.workflow.wanted import Wanted

Json = dict[str, Any]

RECEIPT_VERSION = 1


def write_receipt(wanted: Sequence[Wanted], results: Json) -> Json:
    """Put the results of the steps together.

    Shape: ``{version, sources, media, plan, tools, commands, outputs}``, each output ``{to, type, bytes, duration_s,
    checks, files}``. ``files`` are the published objects with size and SHA-256, ``commands`` every one that made them.
    """
    checks = _by_output(results["checks"]["checks"])
    files = _files(results["made"]["artifacts"], results["staged"]["uploads"])
    return {
        "version": RECEIPT_VERSION,
        "sources": results["sources"],
        "media": results["media"],
        "plan": results["plan"],
        "tools": {"cloudtranscode": __version__, **results["made"]["tools"]},
        "commands": results["made"]["commands"],
        "outputs": [_output(one.type, one.to.uri, checks[one.output.id], files[one.output.id]) for one in wanted],
    }


def _output(kind: str, to: str, checks: list[Json], files: list[Json]) -> Json:
    durations = [float(check["found"]) for check in checks if check["name"].endswith("duration")]
    return {
        "to": to,
        "type": kind,
        "bytes": sum(file["bytes"] for file in files),
        "duration_s": durations[0] if durations else None,
        "checks": checks,
        "files": files,
    }


def _by_output(checks: list[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for check in checks:
        found[check["output_id"]].append({key: value for key, value in check.items() if key != "output_id"})
    return found


def _files(artifacts: list[Json], uploads: list[Json]) -> dict[str, list[Json]]:
    """Artifacts and uploads stand in the same order: that of appearance."""
    found: dict[str, list[Json]] = defaultdict(list)
    for artifact, upload in zip(artifacts, uploads, strict=True):
        found[artifact["output_id"]].append(
            {"to": parse(upload["location"]).uri, "bytes": upload["size"], "sha256": upload["sha256"]}
        )
    return found
