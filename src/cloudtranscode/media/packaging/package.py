"""From encoded renditions to what is delivered."""

from __future__ import annotations

from cloudtranscode.media.packaging.file import file_command
from cloudtranscode.media.packaging.ladder import ladder_command
from cloudtranscode.media.plan.plan import FilePackage, Plan
from cloudtranscode.media.tools.command import Command


def package_commands(plan: Plan) -> list[Command]:
    """Return one command per package; nothing is encoded again."""
    return [
        file_command(package, plan) if isinstance(package, FilePackage) else ladder_command(package, plan)
        for package in plan.packages
    ]
