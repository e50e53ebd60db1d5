"""``python -m cloudtranscode.devstack``: serve until told to stop; one line of JSON says how to use it."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from threading import Event
from typing import Any

from cloudtranscode.devstack.scenario import two_accounts
from cloudtranscode.devstack.server import AUDIT_PATH, Devstack


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m cloudtranscode.devstack", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; any free one by default")
    parser.add_argument("--scenario", action="store_true", help="create the stack's and two clients' accounts")
    parser.add_argument("--output", type=Path, help="write the JSON to this file (readable by you only) as well")
    options = parser.parse_args(arguments)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Devstack(options.port) as devstack:
        facts: dict[str, Any] = {"endpoint": devstack.endpoint, "requests": devstack.endpoint + AUDIT_PATH}
        if options.scenario:
            facts["scenario"] = two_accounts(devstack).to_dict()
        line = json.dumps(facts)
        if options.output:
            options.output.touch(mode=0o600)
            options.output.write_text(line + "\n")
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        stop.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
