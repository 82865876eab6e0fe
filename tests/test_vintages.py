"""The store: the day a release counts as known, and vintages that are whole, unedited, and never replaced."""

import json
from datetime import date
from pathlib import Path

import pytest

from indicators.catalog.models import ReleaseNaming
from indicators.errors import DataError
from indicators.releases import store
from indicators.releases.store import ReleaseDay, Vintage

AGENCY = {  # how each agency's names are read: see [<source>.release] in sources.toml
    "sesnsp": ReleaseNaming(token="data", folder="data"),
    "cbp": ReleaseNaming(token="data", folder="released"),
    "cdc": ReleaseNaming(token="released", folder="released"),
    "yearly": ReleaseNaming(token="data", folder="released", yearly=True),
}


def told(agency: str, path: str, given: date | None = None) -> ReleaseDay | None:
    return store.release_day(Path("/releases") / path, AGENCY[agency], given)


@pytest.mark.parametrize(
    ("agency", "path", "released", "data_month"),
    [
        ("sesnsp", "IDVFC_NM_jun25.csv.gz", date(2025, 7, 31), date(2025, 6, 30)),
        ("sesnsp", "IDVFC_NM_mar2021.csv", date(2021, 4, 30), date(2021, 3, 31)),
        ("sesnsp", "IDEFC_NM_dic2020.csv", date(2021, 1, 31), date(2020, 12, 31)),
        ("sesnsp", "IDEFC_NM_ene24.csv.gz", date(2024, 2, 29), date(2024, 1, 31)),
        ("sesnsp", "Estatal Delitos - marzo 2019.xlsx", date(2019, 4, 30), date(2019, 3, 31)),
        ("sesnsp", "Estatal-Víctimas-2015-2025_sep2025.csv", date(2025, 10, 31), date(2025, 9, 30)),
        ("sesnsp", "Municipal-Delitos-2015-2025_ago2026.zip", date(2026, 9, 30), date(2026, 8, 31)),
        ("sesnsp", "RNID-Delitos_Estatal-2026-mar2026.csv.gz", date(2026, 4, 30), date(2026, 3, 31)),
        ("sesnsp", "RNID-Víctimas_Estatal-2026-ene2026.csv", date(2026, 2, 28), date(2026, 1, 31)),
        ("cbp", "sbo-encounters-fy22-fy25-nov.csv", date(2024, 12, 31), date(2024, 11, 30)),
        ("cbp", "sbo-encounters-fy20-fy23-jun.csv", date(2023, 7, 31), date(2023, 6, 30)),
        ("cbp", "nationwide-encounters-fy23-fy26-aug-aor_0.csv", date(2026, 9, 30), date(2026, 8, 31)),
        ("cbp", "nationwide-encounters-fy21-fy24-oct-state.csv.gz", date(2023, 11, 30), date(2023, 10, 31)),
        ("cbp", "weapons-ammunition-seizures-fy22-fy25-SEP.csv", date(2025, 10, 31), date(2025, 9, 30)),
        ("cdc", "VSRR_Provisional_Drug_Overdose_Death_Counts_20250917.csv", date(2025, 9, 17), None),
        ("cdc", "VSRR_Provisional_Drug_Overdose_Death_Counts_2025-09-17.csv", date(2025, 9, 17), None),
        ("cdc", "vsrr-september-2025.csv", date(2025, 9, 30), None),
        ("yearly", "NST-EST2024-ALLDATA.csv", date(2024, 12, 31), None),
        ("yearly", "nst-est2020.csv", date(2020, 12, 31), None),
        ("yearly", "vintage-2018/pob_mit_proyecciones_from_rds.csv.gz", date(2018, 12, 31), None),
        ("yearly", "vintage-2023/conapo_pob_ent_gender_1950_2070.csv.gz", date(2023, 12, 31), None),
    ],
)
def test_release_day_of_every_shape_of_name(agency: str, path: str, released: date, data_month: date | None) -> None:
    assert told(agency, path) == ReleaseDay(released, True, data_month)


@pytest.mark.parametrize(
    ("path", "released", "data_month"),
    [
        ("vintage-2022-10/sbo-encounters-fy19-fy22.csv", date(2022, 10, 31), date(2022, 9, 30)),
        (
            "vintage-2023-11-fy23-final/nationwide-encounters-fy20-fy23-state.csv.gz",
            date(2023, 11, 30),
            date(2023, 9, 30),
        ),
        ("vintage-2025-11/nationwide-encounters-fy22-fy25-aor.csv", date(2025, 11, 30), date(2025, 9, 30)),
    ],
)
def test_closed_window_names_no_month_and_reaches_september(path: str, released: date, data_month: date) -> None:
    """``-aor`` is no month: the window before it is closed."""
    assert told("cbp", path) == ReleaseDay(released, True, data_month)


def test_closed_window_with_a_day_given_reaches_september_too() -> None:
    day = date(2022, 10, 21)
    assert told("cbp", "sbo-encounters-fy19-fy22.csv", day) == ReleaseDay(day, False, date(2022, 9, 30))


def test_month_of_the_folder_is_the_data_month_where_the_agency_names_folders_so() -> None:
    assert told("sesnsp", "vintage-2024-05/estatal.csv") == ReleaseDay(date(2024, 6, 30), True, date(2024, 5, 31))


def test_what_is_given_wins_over_name_and_folder_and_is_no_estimate() -> None:
    day = date(2025, 7, 20)
    found = told("sesnsp", "vintage-2024-05/IDVFC_NM_jun25.csv", day)
    assert found == ReleaseDay(day, False, date(2025, 6, 30))


def test_nearest_vintage_folder_tells() -> None:
    found = told("cdc", "vintage-2019-04/unpacked/vintage-2019-09-EDITED/VSRR.csv")
    assert found == ReleaseDay(date(2019, 9, 30), True, None)


@pytest.mark.parametrize(
    ("agency", "path"),
    [
        ("sesnsp", "estatal.csv"),
        ("cbp", "sbo-encounters-fy19-fy22.csv"),
        ("cbp", "nationwide-encounters-fy22-fy25-aor.csv"),
        ("cdc", "VSRR_Provisional_Drug_Overdose_Death_Counts.csv"),
        ("cdc", "rows.csv"),
        ("cdc", "rows_20250231.csv"),  # there is no such day
        ("cdc", "vsrr_sep-17-2025.csv"),  # a day of 2025, not September 2017
        ("cdc", "decisions_24.csv"),  # begins like December
        ("cbp", "marijuana_22.csv"),  # begins like March
        ("cdc", "vintage-2018/rows.csv"),  # a year tells a yearly source only
        ("yearly", "00_Pob_Mitad_1950_2070.csv"),
    ],
)
def test_nothing_tells_the_day(agency: str, path: str) -> None:
    assert told(agency, path) is None


def vintage(data: bytes, released: date = date(2025, 9, 30), source: str = "cdc_overdose") -> Vintage:
    import hashlib

    sha256 = hashlib.sha256(data).hexdigest()
    return Vintage(
        id=f"{source}-{released}-{sha256[:8]}", source=source, layout="export", file="rows.csv",
        sha256=sha256, content_sha256=sha256, size_bytes=len(data), how="by hand", url="", released=released,
        released_estimated=True, data_month=None, received=date(2025, 10, 1),
    )  # fmt: skip


def test_stored_vintage_is_read_back_as_it_was(tmp_path: Path) -> None:
    first, second = vintage(b"first"), vintage(b"second", date(2019, 4, 30))
    for one, data in ((first, b"first"), (second, b"second")):
        store.store(tmp_path, one, data)
    assert store.all_vintages(tmp_path) == [second, first]
    assert store.all_vintages(tmp_path, "sesnsp_cases") == []
    assert [one.read(tmp_path) for one in (first, second)] == [b"first", b"second"]


def test_edited_stored_file_is_noticed(tmp_path: Path) -> None:
    one = vintage(b"as published")
    (store.store(tmp_path, one, b"as published") / "rows.csv").write_bytes(b"as wished")
    with pytest.raises(DataError, match="must never be edited"):
        one.read(tmp_path)


def test_lost_stored_file_is_noticed(tmp_path: Path) -> None:
    one = vintage(b"as published")
    (store.store(tmp_path, one, b"as published") / "rows.csv").unlink()
    with pytest.raises(DataError, match="No such file"):
        one.read(tmp_path)


@pytest.mark.parametrize("step", ["_write", "rename"])
def test_crash_before_the_rename_leaves_no_half_vintage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(*((store, "_write") if step == "_write" else (Path, "rename")), crash)
    with pytest.raises(KeyboardInterrupt):
        store.store(tmp_path, vintage(b"data"), b"data")
    assert store.all_vintages(tmp_path) == []
    assert list((tmp_path / "cdc_overdose").iterdir()) == []


def test_folder_of_a_killed_run_is_no_vintage(tmp_path: Path) -> None:
    """A run that is killed can't clean up: what it leaves has a name that nothing reads."""
    folder = store.store(tmp_path, vintage(b"data"), b"data")
    folder.rename(folder.with_name(".incoming-abc"))
    assert store.all_vintages(tmp_path) == []


def test_vintage_without_its_record_is_not_written_over(tmp_path: Path) -> None:
    one = vintage(b"data")
    (store.store(tmp_path, one, b"data") / store.RECORD).unlink()
    with pytest.raises(DataError, match="delete the folder"):
        store.store(tmp_path, one, b"data")
    assert [path.name for path in (tmp_path / "cdc_overdose").iterdir()] == ["2025-09-30-3a6eb079"]


NO_DAY = json.dumps({"id": "x", "released": "2025-09-30", "received": None, "data_month": None})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 1}', "\N{BROKEN BAR}", '{"released": "soon"}', NO_DAY])
def test_broken_record_names_its_file(tmp_path: Path, text: str) -> None:
    folder = store.store(tmp_path, vintage(b"data"), b"data")
    (folder / store.RECORD).write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=r"vintage\.json.*(\n.*)*add its file again"):
        store.all_vintages(tmp_path)


def test_record_says_how_a_release_came(tmp_path: Path) -> None:
    folder = store.store(tmp_path, vintage(b"data"), b"data")
    record = json.loads((folder / store.RECORD).read_text(encoding="utf-8"))
    assert record["how"] == "by hand"
    assert (record["released"], record["released_estimated"]) == ("2025-09-30", True)
    assert (record["size_bytes"], record["sha256"]) == (4, vintage(b"data").sha256)


@pytest.fixture
def checked_store(tmp_path: Path) -> Path:
    """A store with a release of 1 October, seen again on the 10th."""
    store.store(tmp_path, vintage(b"data"), b"data")
    store.record_check(tmp_path, vintage(b"data"), date(2025, 10, 10))
    return tmp_path


def test_clock_that_was_set_back_is_told_with_both_days(checked_store: Path) -> None:
    """Received by such a clock, a release would seem known on days on which nobody had it."""
    with pytest.raises(DataError, match=r"checked\.csv\n.*no day after 2025-10-08.*\n.*2025-10-10\n.*that line"):
        store.refuse_clock_set_back(checked_store, date(2025, 10, 8))
    (checked_store / "cdc_overdose" / store.CHECKED).unlink()
    store.refuse_clock_set_back(checked_store, date(2025, 10, 8))
    with pytest.raises(DataError, match=r"vintage\.json\n.*2025-09-29.*\n.*2025-10-01\n.*that folder"):
        store.refuse_clock_set_back(checked_store, date(2025, 9, 29))


@pytest.mark.parametrize("today", [date(2025, 10, 9), date(2025, 10, 10), date(2027, 1, 1)])
def test_clock_of_another_time_zone_is_no_clock_that_was_set_back(checked_store: Path, today: date) -> None:
    store.refuse_clock_set_back(checked_store, today)


def test_broken_record_of_one_source_does_not_hide_a_clock_set_back(checked_store: Path) -> None:
    (store.store(checked_store, vintage(b"x", source="rnpdno"), b"x") / store.RECORD).write_text("{}")
    store.refuse_clock_set_back(checked_store, date(2025, 10, 10))
    with pytest.raises(DataError, match="2025-10-10"):
        store.refuse_clock_set_back(checked_store, date(2025, 1, 1))
