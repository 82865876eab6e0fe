"""Names that come from a server: whatever it says, a plain name in the folder it is meant for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.catalog.base import entry
from indicators.catalog.downloads import Listing
from indicators.errors import DataError
from indicators.fetch.client import Answer
from indicators.fetch.download import file_name


@pytest.mark.parametrize(
    ("url", "disposition", "name"),
    [
        ("https://a/b/c.csv?x=1", "", "c.csv"),
        (
            "https://a/b/KHSM%20Encounters%20%28USBP%29%20fy25m11.xlsx",
            "",
            "KHSM Encounters (USBP) fy25m11.xlsx",
        ),
        ("https://a/x", 'attachment; filename="d.zip"', "d.zip"),
        (
            "https://a/x",
            "attachment; filename=\"V_.zip\"; filename*=UTF-8''V%C3%ADctimas.zip",
            "Víctimas.zip",
        ),
        ("https://a/x", "attachment; filename*=UTF-8''Vi%CC%81ctimas.zip", "Víctimas.zip"),  # accent apart
        ("https://a/x", "attachment; filename*=ISO-8859-1''V%EDctimas.zip", "Víctimas.zip"),
        ("https://a/x", r'attachment; filename="C:\\data\\d.csv"', "d.csv"),
        ("https://a/x", 'attachment; filename="../../.bashrc"', "bashrc"),
        ("https://a/", "", "unnamed"),
    ],
)
def test_what_servers_call_a_file(url: str, disposition: str, name: str) -> None:
    assert file_name(Answer(url, 200, {"content-disposition": disposition})) == name


@given(st.text(max_size=300), st.text(max_size=300), st.booleans())
def test_no_name_leaves_its_folder(path: str, said: str, starred: bool) -> None:
    disposition = f"attachment; filename*=UTF-8''{said}" if starred else f'attachment; filename="{said}"'
    if "\n" in said or "\r" in said:
        disposition = ""  # no header can hold them
    name = file_name(Answer(f"https://a/{path}", 200, {"content-disposition": disposition}))
    folder = Path("/folder")
    assert (folder / name).parent == folder
    assert name not in ("", ".", "..")
    assert not name.startswith(".")
    assert len(name.encode()) <= 200
    assert name.isprintable()


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": "http://a.example/"},
        {"page": "https://user:word@a.example/"},
        {"page": "https:///x"},
        {"link": "("},
        {"download": "http://a.example/{share}"},
        {"limit_mb": 0},
        {"kind": "listings"},
        {"proxy": "x"},
    ],
)
def test_a_way_that_is_wrong_is_refused_with_its_key(wrong: dict[str, object]) -> None:
    fields = {"kind": "listing", "page": "https://a.example/", "link": "x", **wrong}
    with pytest.raises(DataError, match=r"sources\.toml"):
        entry(Listing, Path("sources.toml"), "x", fields)
