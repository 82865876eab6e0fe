"""What tests of every part share."""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

import sharing
from command import Run, runner
from hand_kept import write
from indicators import catalog
from indicators.paths import Home
from indicators.periods import MONTHS_EN
from indicators.readers.files import decode
from indicators.releases import ingest
from indicators.report.view import set_current
from indicators.warehouse import build

PROJECT = Path(__file__).parents[1]

# no test asks how long something takes: on a busy machine an example may take a second
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> sharing.BySharing:
    config.option.loadscopereorder = False
    return sharing.BySharing(config, log)


SLOW = (  # they read whole releases, make whole reports or ask every metric of what ships
    "tests/real/",
    "tests/drift/",
    "tests/fuzz/",
    "tests/tools/",
    "tests/test_edition.py",
    "tests/metrics/test_frames.py",
    "tests/report/test_cache.py",
    "tests/report/test_corrections.py",
    "tests/report/test_data.py",
    "tests/report/test_failures.py",
    "tests/report/test_hostile_words.py",
    "tests/report/test_index.py",
    "tests/report/test_publish.py",
    "tests/report/test_unchanged.py",
    "tests/test_claims.py",
    "tests/test_tidied.py::test_damaged_rows",
    "tests/test_tidied.py::test_deleted_it",
)


@pytest.hookimpl(tryfirst=True)  # before pytest picks by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW) or "shipped_report" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
    items.sort(key=lambda one: sharing.turn(one.nodeid))


@pytest.fixture(autouse=True)
def no_view_left() -> Iterator[None]:
    """Reset what ``indicators.use`` set, so that no test reads the warehouse of another."""
    yield
    set_current(None)


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of small files written for the tests, one folder a source."""
    return Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def real_raw() -> Path:
    """The folder of real releases, in INDICATORS_REAL_RAW or ``shared/raw`` beside the checkout."""
    beside = Path(__file__).parents[2] / "shared" / "raw"
    folder = Path(os.environ.get("INDICATORS_REAL_RAW") or beside)
    if not folder.is_dir():
        pytest.skip(f"real releases not at hand: {folder} is no folder (set INDICATORS_REAL_RAW)")
    return folder


@pytest.fixture(scope="session")
def sesnsp_nation(fixtures: Path) -> Callable[..., pl.DataFrame]:
    """A maker of whole SESNSP tables, as text: the one state and year of a fixture, for 32 states and years.

    The years go up to that of ``through``; the cells of the months after it hold ``unpublished``.
    """

    def nation(block: str, through: date, unpublished: str = "") -> pl.DataFrame:
        text, _ = decode((fixtures / block).read_bytes())
        rows = pl.read_csv(text.encode(), infer_schema=False).fill_null("")
        first, width = int(rows["Año"][0]), len(rows["Clave_Ent"][0])
        labels = catalog.sources()["sesnsp_cases"].categories["state"].items()
        states = [(str(int(catalog.places()[place].code)).zfill(width), label) for label, place in labels]
        tables = []
        for year in range(first, through.year + 1):
            late = rows.columns[-12:][through.month :] if year == through.year else []
            of_year = rows.with_columns(pl.lit(unpublished).alias(month) for month in late)
            tables += [
                of_year.with_columns(pl.lit(str(year)).alias("Año"), Clave_Ent=pl.lit(code), Entidad=pl.lit(name))
                for code, name in states
            ]
        return pl.concat(tables)

    return nation


@pytest.fixture(scope="session")
def federal(fixtures: Path) -> pl.DataFrame:
    """Every state and abroad, 2012 to March 2019; two offences only since 2019, later months blank."""
    text, _ = decode((fixtures / "sesnsp_federal" / "one_state_one_year.csv").read_bytes())
    since_2019 = ("HIDROCARBUROS", "LEY GENERAL EN MATERIA DE DELITOS ELECTORALES")
    block = pl.read_csv(text.encode(), infer_schema=False)
    labels = catalog.sources()["sesnsp_federal"].categories["state"]
    assert isinstance(labels, dict)
    states = [(label, catalog.places()[place].code.lstrip("0")) for label, place in labels.items()]
    old = block.filter(~pl.col("TIPO").str.contains_any(since_2019))
    years = [old.with_columns(pl.lit(str(year)).alias("AÑO")) for year in range(2012, 2019)]
    newest = block.with_columns(pl.lit("").alias(month) for month in block.columns[-9:])
    return pl.concat(
        year.with_columns(ENTIDAD=pl.lit(label), INEGI=pl.lit(code))
        for year in [*years, newest]
        for label, code in states
    )


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Make a folder once in a run, however many processes share it; others wait until it is whole."""

    def make_once(name: str, make: Callable[[Path], None]) -> Path:
        base = tmp_path_factory.getbasetemp()
        base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
        with FileLock(base / f"{name}.lock"):
            if not (base / name).exists():
                making = base / f"{name}.making"
                shutil.rmtree(making, ignore_errors=True)
                making.mkdir()
                make(making)
                making.rename(base / name)
        return base / name

    return make_once


CDC_HEADER = (
    "State,Year,Month,Period,Indicator,Data Value,Percent Complete,Percent Pending Investigation,"
    "State Name,Footnote,Footnote Symbol,Predicted Value"
)
CDC_INDICATORS = ("Number of Drug Overdose Deaths", '"Synthetic opioids, excl. methadone (T40.4)"')


def _cdc(last: date, revised: int) -> str:
    """CDC's table from January 2015 to ``last`` for the nation and two states; 2016 is ``revised`` up."""
    lines = [CDC_HEADER]
    for state, name, size in (("US", "United States", 5000), ("AZ", "Arizona", 130), ("TX", "Texas", 300)):
        for number in range((last.year - 2015) * 12 + last.month):
            year, month = 2015 + number // 12, number % 12
            final = year == 2015
            note = "Numbers may differ from published reports using final data. See Technical Notes."
            note, symbol = (note, "**") if final else ("Underreported due to incomplete data.", "*")
            for part, indicator in enumerate(CDC_INDICATORS, 1):
                reported = size // part + 10 * number + (0 if final else revised)
                lines.append(
                    f"{state},{year},{MONTHS_EN[month].title()},12 month-ending,{indicator},{reported},100,0.1,"
                    f"{name},{note},{symbol},{reported + 20 * (not final)}"
                )
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def small_releases(once: Callable[..., Path], fixtures: Path, sesnsp_nation: Callable[..., pl.DataFrame]) -> Path:
    """A folder of small releases in the official layouts, all of 2015 and 2016; several sources have two."""

    def text(name: str, *edits: tuple[str, str], encoding: str = "utf-8") -> bytes:
        content = (fixtures / name).read_bytes().decode(encoding)
        for old, new in edits:
            assert old in content
            content = content.replace(old, new)
        return content.encode(encoding)

    def make(folder: Path) -> None:
        def write(name: str, data: bytes) -> None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(data, 1, mtime=0) if name.endswith(".gz") else data)

        write("VSRR_20161114.csv", _cdc(date(2016, 5, 31), 0).encode())
        write("VSRR_20170315.csv", _cdc(date(2016, 9, 30), 7).encode())
        for month, token in ((10, "oct16"), (11, "nov16")):
            table = sesnsp_nation("sesnsp_victims/IDVFC_one_state.csv", date(2016, month, 28))
            write(f"IDVFC_NM_{token}.csv.gz", table.write_csv(line_terminator="\r\n").encode("cp1252"))
        years = (("2022,", "2016,"), ("2023 (FYTD)", "2017 (FYTD)"))
        write(
            "sbo-encounters-fy16-fy17-nov.csv",
            text("cbp_encounters/sbo-encounters-fy22-fy23-nov.csv", *years),
        )
        # a month before: no November, a row that the agency then took away, and one that it revised
        newer = text("cbp_encounters/sbo-encounters-fy22-fy23-nov.csv", *years).decode()
        lines = [one for one in newer.splitlines() if not one.startswith("2017 (FYTD),FYTD,NOV")]
        gone = "2017 (FYTD),FYTD,OCT,Office of Field Operations,FMUA,Mexico,Title 8,Inadmissibles,40"
        older = "\r\n".join([*lines, gone, ""]).replace(
            "El Salvador,Title 8,Apprehensions,101", "El Salvador,Title 8,Apprehensions,91"
        )
        write("sbo-encounters-fy16-fy17-oct.csv", older.encode())
        write(
            "nationwide-encounters-fy16-fy17-oct-state.csv",
            text("cbp_encounters/nationwide-encounters-fy22-fy23-oct-state.csv", *years),
        )
        months = (",2023,", ",2016,"), (",2022,", ",2015,")
        write("vintage-2017-02/missing.csv", text("rnpdno/rnpdno_disappeared_not_located.csv", *months))
        write("vintage-2020-07/rnpdno_state_year.csv", text("rnpdno/rnpdno_state_year.csv"))
        write("nst-est2020.csv", text("population_us/nst-est2020.csv"))
        middles = ("\n2023,", "\n2015,"), ("\n2024,", "\n2017,")
        write("vintage-2018/conapo.csv", text("population_mx/conapo_pob_ent_gender_1950_2070.csv", *middles))

    return once("small_releases", make)


@pytest.fixture(scope="session")
def small_home(once: Callable[..., Path], small_releases: Path) -> Home:
    """A home whose store and warehouse hold ``small_releases``, for reading: copy what a test changes."""

    def make(root: Path) -> None:
        home = Home(root)
        outcomes = [
            ingest.add(path, home.raw, ingest.IngestRequest(received=date(2021, 1, 4)))
            for path in ingest.files_under([small_releases])
        ]
        assert [one.status for one in outcomes] == ["added"] * len(outcomes), outcomes
        build.ensure(home)

    return Home(once("small_home", make))


@pytest.fixture(scope="session")
def edition_home(once: Callable[..., Path]) -> Home:
    """A home with the edition and the tables kept by hand, as they ship, and their warehouse; for reading."""

    def make(root: Path) -> None:
        for name in ("data/processed/edition", "data/raw/published", "data/raw/ledger"):
            shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns(".*"))
        build.ensure(Home(root))

    return Home(once("edition_home", make))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run one command of the program, in an empty home of the test's own unless another is given."""
    return runner(monkeypatch, capsys, Home(tmp_path))


@pytest.fixture
def look(run: Run, small_home: Home) -> Run:
    """Run a command that changes nothing in the small home."""
    return partial(run, home=small_home)


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write rows (or bytes) into a raw folder and give that folder back."""
    return partial(write, tmp_path / "raw")


NO_NETWORK = """
import os, socket

def refuse(*address, **_):
    with open(os.environ["SOCKETS_OPENED"], "a") as file:
        file.write(f"{address}\\n")
    raise OSError("the network was asked for")

def guarded(name):
    original = getattr(socket.socket, name)
    def call(self, *arguments):
        return original(self, *arguments) if self.family == socket.AF_UNIX else refuse(name, *arguments)
    setattr(socket.socket, name, call)

for name in ("connect", "connect_ex", "sendto"):
    guarded(name)
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
"""


@pytest.fixture(scope="session")
def offline(once: Callable[..., Path]) -> dict[str, str]:
    """An environment in which every Python process refuses to use the network, and notes that it was asked to.

    Sockets between processes of one machine (AF_UNIX) stay: the fork server needs them.
    """

    def make(folder: Path) -> None:
        (folder / "sitecustomize.py").write_text(NO_NETWORK)

    folder = once("offline", make)
    return {**os.environ, "PYTHONPATH": str(folder), "SOCKETS_OPENED": str(folder / "opened")}


@pytest.fixture(scope="session")
def shipped_report(once: Callable[..., Path], offline: dict[str, str]) -> Home:
    """A fresh home with what ships and nothing else, in which `indicators report` was run once, offline.

    ``printed`` and ``progress`` beside its folders hold what the command said.
    """

    def make(root: Path) -> None:
        for name in ("data/processed/edition", "data/raw/published", "data/raw/ledger", "notebooks"):
            shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns(".*"))
        shutil.copy(PROJECT / "requirements.lock", root)
        opened = root / "opened"
        done = subprocess.run(
            [sys.executable, "-m", "indicators", "report"],
            env={**offline, "INDICATORS_HOME": str(root), "SOCKETS_OPENED": str(opened)},
            capture_output=True,
            text=True,
            cwd=root,
        )
        assert done.returncode == 0, done.stderr
        assert not opened.exists(), opened.read_text()
        (root / "printed").write_text(done.stdout, encoding="utf-8")
        (root / "progress").write_text(done.stderr, encoding="utf-8")

    return Home(once("shipped_report", make))
