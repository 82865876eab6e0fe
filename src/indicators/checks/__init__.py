"""Whether a release can be right: held against the last release of its source, and against its own past.

``totals`` adds a release up, ``rules`` notices, ``review`` pairs the releases. What each rule and limit is stands
in ``catalog/checks.toml``; its words stand under ``finding`` in ``catalog/text``. A finding that is a refusal
keeps a release out of the store, unless somebody accepts it with a reason, which is kept with the release.
"""

from __future__ import annotations

from indicators.checks.review import Read, add_up, findings_of, judge, stem
from indicators.checks.rules import Finding
from indicators.checks.totals import Totals
from indicators.checks.words import sentence

__all__ = ["Finding", "Read", "Totals", "add_up", "findings_of", "judge", "sentence", "stem"]
