"""The README's picture is taken of the newest report's scorecard, in both languages, and is small enough to ship."""

import subprocess
import sys
from pathlib import Path

import pytest

import picture
from indicators.errors import UsageError
from indicators.paths import Home

ROOT = Path(__file__).parents[2]
PAGE = "<h1>{quarter}</h1><p style='height: 900px'></p><table id='table-scorecard'></table>"


@pytest.fixture
def project(tmp_path: Path) -> Home:
    for quarter in ("2024Q3", "2024Q4"):
        for lang in picture.LANGUAGES:
            page = tmp_path / "reports" / quarter / lang / "scorecard.html"
            page.parent.mkdir(parents=True)
            page.write_text(PAGE.format(quarter=quarter), encoding="utf-8")
    return Home(tmp_path)


def test_the_newest_report_is_shown_in_both_languages(project: Home) -> None:
    shown = {lang: page.relative_to(project.reports).parts[:2] for lang, page in picture.pages(project).items()}
    assert shown == {"en": ("2024Q4", "en"), "es": ("2024Q4", "es")}


def test_without_a_report_the_reader_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make report"):
        picture.pages(Home(tmp_path))


@pytest.mark.parametrize("lang", picture.LANGUAGES)
def test_the_picture_that_ships_is_small(lang: str) -> None:
    shipped = ROOT / picture.FOLDER / f"scorecard.{lang}.png"
    assert shipped.read_bytes().startswith(b"\x89PNG")
    assert shipped.stat().st_size < 150_000


@pytest.mark.browser
def test_the_table_is_in_the_picture(project: Home, tmp_path: Path) -> None:
    if not Path(picture.CHROMIUM).exists():
        pytest.skip(f"no browser at {picture.CHROMIUM}: install Debian's chromium")
    code = "import sys, picture; from pathlib import Path; from indicators.paths import Home\n"
    code += "picture.take(Home(Path(sys.argv[1])), Path(sys.argv[2]))"
    folder = tmp_path / "pictures"  # taken in a process of its own: the browser of the other tests is open in this one
    subprocess.run([sys.executable, "-c", code, project.root, folder], cwd=ROOT / "tools", check=True)
    taken = sorted(folder.iterdir())
    assert [path.name for path in taken] == ["scorecard.en.png", "scorecard.es.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in taken)
