"""Questions to the warehouse: read-only for everybody who asks, and answered in words."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from indicators.errors import UsageError
from indicators.paths import Home
from indicators.releases import ingest
from indicators.warehouse import build, query


@pytest.fixture
def forbidden(small_home: Home, tmp_path: Path) -> Callable[[str], str]:
    """Try a statement, in a folder of its own, and return the reason why it was refused."""

    def refused(sql: str) -> str:
        before = small_home.warehouse.read_bytes()
        with pytest.raises(UsageError) as caught:
            query.query(small_home.warehouse, sql)
        assert small_home.warehouse.read_bytes() == before
        assert list(tmp_path.iterdir()) == [tmp_path / "secret.csv"]
        return str(caught.value)

    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    return refused


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (a INT)",
        "INSERT INTO encounters SELECT * FROM encounters",
        "UPDATE vintage SET released = '2000-01-01'",
        "DELETE FROM vintage",
        "DROP TABLE vintage",
        "ALTER TABLE vintage ADD COLUMN mine INT",
        "CREATE OR REPLACE MACRO encounters_asof(day) AS TABLE SELECT 1",
    ],
)
def test_nothing_can_be_written(forbidden: Callable[[str], str], sql: str) -> None:
    assert "read-only" in forbidden(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_csv('{}/secret.csv')",
        "FROM read_text('{}/secret.csv')",
        "FROM read_parquet('{}/*')",
        "FROM glob('{}/*')",
        "FROM '{}/secret.csv'",
        "COPY vintage TO '{}/copy.csv'",
        "COPY (SELECT 1) TO '{}/copy.parquet'",
        "EXPORT DATABASE '{}/copy'",
        "ATTACH '{}/other.duckdb'",
        "FROM read_csv('https://example.org/a.csv')",
    ],
)
def test_no_file_and_no_address_can_be_reached(forbidden: Callable[[str], str], tmp_path: Path, sql: str) -> None:
    forbidden(sql.format(tmp_path))


@pytest.mark.parametrize("sql", ["INSTALL httpfs", "LOAD httpfs", "LOAD '/tmp/mine.duckdb_extension'"])
def test_no_extension_can_be_loaded(forbidden: Callable[[str], str], sql: str) -> None:
    forbidden(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SET enable_external_access = true",
        "SET GLOBAL enable_external_access = true",
        "RESET enable_external_access",
        "SET lock_configuration = false",
        "PRAGMA lock_configuration = false",
        "SET autoload_known_extensions = true",
        "SET python_enable_replacements = true",
        "SET allow_unsigned_extensions = true",
    ],
)
def test_settings_are_locked(forbidden: Callable[[str], str], sql: str) -> None:
    forbidden(sql)


def test_variables_of_the_program_are_no_tables(small_home: Home) -> None:
    """DuckDB would take any frame of the calling functions for a table."""
    frame = query.query(small_home.warehouse, "SELECT 1 AS one")
    assert frame.height == 1
    with pytest.raises(UsageError, match="frame does not exist"):
        query.query(small_home.warehouse, "FROM frame")


@pytest.mark.parametrize("sql", ["SELEC 1", "FROM nowhere", "SELECT INTERVAL 1 DAY", "SELECT 'a"])
def test_wrong_words_get_an_answer_in_words(small_home: Home, sql: str) -> None:
    with pytest.raises(UsageError):
        query.query(small_home.warehouse, sql)


def test_empty_question_has_an_empty_answer(small_home: Home) -> None:
    assert query.query(small_home.warehouse, "").is_empty()


def test_question_with_values_binds_them(small_home: Home) -> None:
    with query.connect(small_home.warehouse) as connection:
        rows = query.select(
            connection,
            "SELECT source FROM vintage WHERE source = $name",
            {"name": "'; DROP TABLE vintage; --"},
        )
    assert rows.is_empty()


def test_as_of_takes_text_and_days(small_home: Home) -> None:
    with query.connect(small_home.warehouse) as connection:
        by_text = connection.sql("SELECT count(*) FROM encounters_asof('2016-12-01')").fetchall()
        by_day = query.select(connection, "SELECT count(*) AS n FROM encounters_asof($day)", {"day": date(2016, 12, 1)})
        with pytest.raises(duckdb.ConversionException):
            connection.sql("FROM encounters_asof('soon')").fetchall()
    assert by_text == by_day.rows()


def test_months_without_cases_of_a_municipality_are_told_by_its_coverage(
    tmp_path: Path, sesnsp_nation: Callable[..., pl.DataFrame]
) -> None:
    nation = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", date(2016, 12, 31)).with_columns(
        pl.format("{}001", "Clave_Ent").alias("Cve. Municipio"), Municipio=pl.lit("Uno")
    )
    second = nation.filter(pl.col("Año") == "2016").with_columns(
        pl.col(nation.columns[7:19]).replace({str(number): "0" for number in range(1, 1000)}),
        pl.format("{}002", "Clave_Ent").alias("Cve. Municipio"),
        Municipio=pl.lit("Dos"),
    )
    order = [*nation.columns[:3], "Cve. Municipio", "Municipio", *nation.columns[3:19]]
    home = Home(tmp_path)
    path = home.root / "IDM_NM_dic16.csv"
    path.write_bytes(pl.concat([nation, second]).select(order).write_csv().encode("latin-1"))
    assert ingest.add(path, home.raw, ingest.IngestRequest(received=date(2017, 2, 1))).status == "added"
    build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)
    record = Path(__file__).parents[1] / "docs" / "decisions" / "0018-municipalities.md"
    question = record.read_text(encoding="utf-8").partition("```sql\n")[2].partition("```")[0]
    found = query.query(home.warehouse, question)
    months = dict(found.group_by("municipality_code").agg(pl.col("period_start").min()).iter_rows())
    assert months == {"11001": date(2015, 1, 1), "11002": date(2016, 1, 1)}
    assert found.filter(municipality_code="11002")["cases"].to_list() == [0] * 12
    by_state = nation.filter(Entidad="Guanajuato").filter(pl.col("Subtipo de delito") == "Homicidio doloso")
    expected = by_state.select(pl.col(nation.columns[7:19]).cast(pl.Int64)).sum().sum_horizontal()[0]
    assert found["cases"].sum() == expected > 0
