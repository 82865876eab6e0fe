"""Whether a release can be right: held against the last release of its source, and against its own past.

``rules`` notices, ``review`` pairs the releases; only their ``totals`` are held against each other. What each rule
and limit is stands in ``catalog/checks.toml``; its words under ``finding`` in ``catalog/text``. A finding that is a
refusal keeps a release out of the store, unless somebody accepts it with a reason, which is kept with the release.
"""

from __future__ import annotations

from indicators.checks.review import findings_of, stem
from indicators.checks.rules import Finding
from indicators.checks.words import sentence

__all__ = ["Finding", "findings_of", "sentence", "stem"]
