"""What ``ct doctor`` says of settings."""

from __future__ import annotations

import pytest

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.cli.doctor import _web
from cloudtranscode.errors import InvalidSetting
from cloudtranscode.settings import Settings


@pytest.mark.parametrize(
    ("setting", "found"), [("off", "sources come from buckets alone"), ("public,nas.lan", "public,nas.lan")]
)
def test_where_sources_may_be_fetched_from(setting: str, found: str) -> None:
    (finding,) = _web(Stack(Settings(http_sources=setting)))
    assert (finding.level, finding.found) == ("ok", found)


def test_a_faulty_setting_is_a_problem() -> None:
    with pytest.raises(InvalidSetting, match="CT_HTTP_SOURCES: 'no host'"):
        list(_web(Stack(Settings(http_sources="no host"))))
