"""GitHub runs what `.ci/run` runs, with actions that cannot change under us and no right but to read."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORKFLOW = (ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")


def test_actions_are_pinned_by_commit_with_their_version() -> None:
    used = re.findall(r"uses: (.+)", WORKFLOW)
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_the_machine_is_named_with_its_version() -> None:
    assert re.search(r"runs-on: ubuntu-\d+\.\d+$", WORKFLOW, re.MULTILINE)
    assert re.search(r"container: python:\d+\.\d+\.\d+-\w+", WORKFLOW)


def test_it_may_only_read_and_keeps_no_credentials() -> None:
    assert re.findall(r"^permissions:\n((?:  .+\n)+)", WORKFLOW, re.MULTILINE) == ["  contents: read\n"]
    assert "write" not in WORKFLOW
    assert "persist-credentials: false" in WORKFLOW
    assert "secrets." not in WORKFLOW


def test_it_runs_the_check_that_everybody_runs() -> None:
    assert re.search(r"run: \.ci/run$", WORKFLOW, re.MULTILINE)
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
