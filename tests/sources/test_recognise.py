"""A file is recognised by its header alone, and a header that is close says what differs."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from indicators import catalog
from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy

HEADER = (
    "State,Year,Month,Period,Indicator,Data Value,Percent Complete,Percent Pending Investigation,"
    "State Name,Footnote,Footnote Symbol,Predicted Value"
)
ROW = "US,2024,June,12 month-ending,Cocaine (T40.5),17,100,0,United States,,*,18"


def made(header: str = HEADER, row: str = ROW) -> bytes:
    return f"{header}\n{row}\n".encode()


def refused(data: bytes) -> DataError:
    with pytest.raises(DataError) as caught:
        recognise("table.csv", data)
    return caught.value


@pytest.mark.parametrize("name", ["VSRR_Provisional_Drug_Overdose_Death_Counts.csv", "IDVFC_NM_jun25.csv", "x"])
def test_the_name_of_a_file_tells_nothing(name: str) -> None:
    assert recognise(name, made()).source.id == "cdc_overdose"


def test_columns_come_under_our_names_in_any_order() -> None:
    header = ",".join(reversed(HEADER.split(",")))
    match = recognise("table.csv", made(header, ",".join(reversed(ROW.split(",")))))
    assert match.rows().row(0, named=True)["predicted_deaths"] == "18"
    assert match.headers["predicted_deaths"] == "Predicted Value"


def test_a_renamed_header_names_the_nearest_and_the_entry_to_change() -> None:
    error = refused(made(HEADER.replace("Predicted Value", "Predicted Values")))
    assert error.line == 1
    assert error.found == ('"Predicted Value" missing (renamed to "Predicted Values"?); "Predicted Values" is new')
    assert "[cdc_overdose.layouts.export] of catalog/sources.toml" in error.todo


def test_a_column_that_is_new() -> None:
    assert refused(made(HEADER + ",Rank", ROW + ",1")).found == '"Rank" is new'


def test_a_column_that_is_missing() -> None:
    error = refused(made(HEADER.replace(",Predicted Value", ""), ROW.removesuffix(",18")))
    assert error.found == '"Predicted Value" missing'


def test_garbled_text_is_refused(sesnsp_header: str) -> None:
    garbled = sesnsp_header.encode("cp1252").decode("mac_roman").encode("utf-8-sig")
    error = refused(garbled + b"\n" + b",".join([b"1"] * 19) + b"\n")
    assert '"Año" missing' in error.found
    assert error.todo.endswith("if the text is garbled, download the file again")


@pytest.fixture
def sesnsp_header() -> str:
    layout = catalog.sources()["sesnsp_cases"].layouts["state_months"]
    return ",".join(layout.accepted())


def test_a_table_of_another_kind() -> None:
    error = refused(b"isodate,entidad,delito,total\n2024-01-01,1,x,3\n")
    assert error.expected == "the header of a known series"
    assert error.found == "isodate, entidad, delito, total"


def test_a_long_strange_header_is_shortened() -> None:
    names = [f"column{number}" for number in range(300)]
    found = refused((",".join(names) + "\n" + ",".join(names) + "\n").encode()).found
    assert len(found) < 200
    assert found.endswith("…")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_that_is_not_separated_by_commas(separator: str) -> None:
    assert refused(made().replace(b",", separator.encode())).expected == "commas between cells"


@pytest.mark.parametrize(
    "column",
    [
        "Nombre",
        "CURP",
        "nombre_completo",
        "Primer Apellido",
        "Fotografía",
        "Fecha de nacimiento",
        "Date of Birth",
    ],
)
def test_a_file_about_single_persons_is_refused_with_the_reason(column: str) -> None:
    error = refused(f"Entidad,{column},Edad\nx,y,30\n".encode())
    assert error.found == f'a column "{column}"'
    assert "aggregates only" in error.todo


def test_json_about_single_persons_is_refused() -> None:
    people = [{"curp": "x", "edad": 3}]
    assert "aggregates only" in refused(json.dumps(people).encode()).todo


@pytest.mark.parametrize("answer", [b'{"error": true, "message": "Not found"}', b"[]", b"{}", b'[{"state": "AL"}]'])
def test_json_of_no_known_series(answer: bytes) -> None:
    assert refused(answer).expected == "the JSON answer of a known series"


def test_no_header_is_taken_by_two_layouts() -> None:
    layouts = [
        (source.id, name, frozenset(set(layout.accepted().values())), frozenset(layout.accepted()))
        for source in catalog.sources().values()
        for name, layout in source.layouts.items()
        if layout.format == "table"
    ]
    headers = [accepted for *_, accepted in layouts]
    assert len(set(headers)) == len(headers)


CURRENCY = "currency-seizures-fy22-fy23-oct.csv"


def read(name: str, data: bytes) -> Tidy:
    return tidy(recognise(name, data), released=date(2026, 12, 31))


def test_a_file_cut_inside_its_last_figure_is_told_by_its_missing_line_end(fixtures: Path) -> None:
    """It is a whole table, but for one figure that lost its last digits."""
    whole = (fixtures / "cbp_currency" / CURRENCY).read_bytes()
    with pytest.raises(DataError, match="a line end after the last row"):
        read(CURRENCY, whole.rstrip()[:-1])
    packed = read(f"{CURRENCY}.gz", gzip.compress(whole.rstrip(), mtime=0))  # what a container held is whole
    assert packed.facts.equals(read(CURRENCY, whole).facts)


def test_a_line_end_may_miss_where_nothing_is_read_at_the_end(fixtures: Path) -> None:
    """As in Census's release of 2024, whose last column is none of ours."""
    whole = (fixtures / "population_us" / "NST-EST2024-ALLDATA.csv").read_bytes()
    assert read("NST-EST2024-ALLDATA.csv", whole.rstrip()).facts.height
