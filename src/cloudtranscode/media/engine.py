"""The media room's front: each call is one durable step; values in and out have a JSON form, files stay in scratch."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from cloudtranscode.errors import SourceDamaged
from cloudtranscode.media.artifact import Artifact, collect
from cloudtranscode.media.check.evidence import Encodes, measure_encodes
from cloudtranscode.media.check.file import check_file, examine_file
from cloudtranscode.media.check.judge import Check, passed
from cloudtranscode.media.check.ladder import check_ladder
from cloudtranscode.media.check.ladder_evidence import examine_ladder
from cloudtranscode.media.check.stills import check_pictures, examine_pictures
from cloudtranscode.media.check.texts import check_text, examine_text
from cloudtranscode.media.check.waveform import check_waveform, examine_waveform
from cloudtranscode.media.check.whole import audible, whole
from cloudtranscode.media.encode.commands import encode_commands
from cloudtranscode.media.encode.measuring import measure_commands, measures_of, unmixed_commands
from cloudtranscode.media.encode.stills.assembly import assembly_commands
from cloudtranscode.media.encode.stills.finish import finish_pictures
from cloudtranscode.media.encode.stills.shots import picture_folders, pictures
from cloudtranscode.media.encode.waveform import finish_waveforms
from cloudtranscode.media.packaging.package import make_packages
from cloudtranscode.media.plan.plan import FilePackage, Plan
from cloudtranscode.media.sound.loudness import LoudnessMeasure, read_measures
from cloudtranscode.media.source.commands import probe_command
from cloudtranscode.media.source.limits import within_limits
from cloudtranscode.media.source.probe import read_probe
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.source.survey import doubtful, survey_command, surveyed, with_video
from cloudtranscode.media.subtitles.making import make_texts
from cloudtranscode.media.tools.door import Door
from cloudtranscode.media.tools.jail import Jail
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Completed, Runner, Watch
from cloudtranscode.media.tools.words import ENCODED, FINISHED
from cloudtranscode.media.writing import put_writing


@dataclass(frozen=True, slots=True)
class Engine:
    """Probes, encodes and checks with the tools of this machine."""

    tools: Tools
    jail: Jail

    def probe(self, scratch: Path, door: Door, watch: Watch, name: str = "source") -> MediaInfo:
        """Find out what the source is that the door lends as ``name``.

        Errors: ``SourceNotMedia``, ``SourceDamaged``, ``SourceUnsupported`` for what is beyond every limit,
        ``JobCancelled``, ``IsolationUnavailable``, and the door's.
        """
        runner = self._runner(scratch)
        done = runner.run(probe_command(name), watch, door)
        info = within_limits(read_probe(done.exit_code, done.output, done.tail))
        for video in filter(doubtful, info.video):
            seen = runner.run(survey_command(video, name), watch.quiet(), door)
            info = with_video(info, surveyed(video, seen.tail))
        return info

    def encode(self, plan: Plan, scratch: Path, door: Door, watch: Watch) -> list[Artifact]:
        """Make every output of ``plan`` under ``scratch``; what an earlier attempt left there is removed first.

        Errors: ``SourceDamaged``, ``EncodeFailed``, ``CheckFailed`` when a tool left what cannot be an output,
        ``ScratchLost``, ``JobCancelled``, ``IsolationUnavailable``, and the door's.
        """
        for folder in (ENCODED, FINISHED):
            shutil.rmtree(scratch / folder, ignore_errors=True)
        for folder in (ENCODED, FINISHED, *picture_folders(plan)):
            (scratch / folder).mkdir(parents=True)
        put_writing(plan, scratch)
        runner = self._runner(scratch)
        quiet, said = watch.quiet(), ""
        make_texts(plan, runner, door, quiet)
        for command in encode_commands(plan, self._measure(plan, runner, door, quiet)):
            said = _source_read(runner.run(command, watch, door)).last_words()
        encodes = measure_encodes(plan, runner, quiet)
        whole(plan, encodes, said)
        audible(encodes, self._unmixed(plan, encodes, runner, door, quiet))
        finish_pictures(plan, scratch)
        finish_waveforms(plan, scratch)
        for command in assembly_commands(plan):
            runner.run(command, quiet).ok()
        make_packages(plan, runner, quiet)
        return collect(plan, scratch)

    def check(self, plan: Plan, scratch: Path, watch: Watch) -> list[Check]:
        """Look into every output: what it holds, and whether it decodes to its end.

        Errors: ``CheckFailed`` naming what is wrong, ``ScratchLost``, ``JobCancelled``, ``IsolationUnavailable``.
        """
        runner = self._runner(scratch)
        encodes = measure_encodes(plan, runner, watch)
        checks: list[Check] = []
        for package in plan.packages:
            if isinstance(package, FilePackage):
                checks += check_file(package, plan, encodes, examine_file(package, plan, runner, watch))
            else:
                checks += check_ladder(package, plan, encodes, examine_ladder(package, plan, runner, watch))
        for item in pictures(plan):
            checks += check_pictures(item, examine_pictures(item, plan, runner, watch))
        for text in plan.subtitles:
            checks += check_text(text, plan, examine_text(text, plan, runner, watch))
        for waveform in plan.waveforms:
            checks += check_waveform(waveform, plan, examine_waveform(waveform, scratch))
        return passed(checks)

    def _measure(self, plan: Plan, runner: Runner, door: Door, watch: Watch) -> dict[str, LoudnessMeasure]:
        """Find out how loud the sounds are that have a target, before they are encoded."""
        found: dict[str, LoudnessMeasure] = {}
        for command in measure_commands(plan):
            found |= read_measures(_source_read(runner.run(command, watch, door)).tail)
        return measures_of(plan, found)

    def _unmixed(
        self, plan: Plan, encodes: Encodes, runner: Runner, door: Door, watch: Watch
    ) -> dict[str, LoudnessMeasure]:
        """Find out whether the source of what came out silent is silent, too."""
        found: dict[str, LoudnessMeasure] = {}
        for command in unmixed_commands(plan, encodes.silent):
            found |= read_measures(_source_read(runner.run(command, watch, door)).tail)
        return found

    def _runner(self, scratch: Path) -> Runner:
        return Runner(self.tools, self.jail, scratch)


_SOURCE_FAULTS = re.compile(
    r"in#\d|received no packets|Invalid data|partial file|decode|moov|Truncat|corrupt", re.IGNORECASE
)


def _source_read(done: Completed) -> Completed:
    """Tell a source that cannot be read from an encode that failed."""
    if done.exit_code and any(_SOURCE_FAULTS.search(line) for line in done.tail):
        raise SourceDamaged(f"The source cannot be decoded ({done.last_words()}).")
    return done.ok()
