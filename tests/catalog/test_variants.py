"""One entry with ``{names}`` in its key becomes one metric a variant, in both languages."""

import pytest

from indicators import catalog
from indicators.catalog.base import expand
from indicators.errors import DataError

VARIANTS = {
    "drug": {
        "cocaine": {"where": {"drug": ["cocaine"]}, "en": "cocaine", "es": "cocaína"},
        "heroin": {"where": {"drug": ["heroin"]}, "en": "heroin", "es": "heroína"},
    },
    "side": {"ports": {"where": {"component": ["field_operations"]}, "en": "at ports", "es": "en puertos"}},
}


def test_a_variant_fills_key_where_texts_and_companion() -> None:
    entry = {
        "where": {"dataset": ["a"]},
        "companion": "{drug}_events",
        "name": {"en": "Seizures of {drug}", "es": "Decomisos de {drug}"},
    }
    found = expand("x.toml", {"variants": VARIANTS, "{drug}_lb": entry})
    assert list(found) == ["cocaine_lb", "heroin_lb"]
    assert found["heroin_lb"] == {
        "where": {"dataset": ["a"], "drug": ["heroin"]},
        "companion": "heroin_events",
        "name": {"en": "Seizures of heroin", "es": "Decomisos de heroína"},
    }


def test_two_names_give_every_pair() -> None:
    found = expand("x.toml", {"variants": VARIANTS, "ratio_{drug}_{side}": {}})
    assert list(found) == ["ratio_cocaine_ports", "ratio_heroin_ports"]
    assert found["ratio_cocaine_ports"]["where"] == {"drug": ["cocaine"], "component": ["field_operations"]}


def test_a_plain_entry_stays_as_it_is() -> None:
    assert expand("x.toml", {"plain": {"note": "{kept}"}}) == {"plain": {"note": "{kept}"}}


def test_a_name_without_variants_is_refused() -> None:
    with pytest.raises(DataError, match="name with variants"):
        expand("x.toml", {"variants": VARIANTS, "{arm}_lb": {}})


def test_no_metric_keeps_a_placeholder() -> None:
    for one in catalog.metrics().values():
        texts = [one.id, one.companion or ""]
        texts += [text[lang] for text in (one.name, one.definition, one.caveat) for lang in ("en", "es")]
        assert not any("{" in text for text in texts), one.id


def test_every_companion_is_a_metric() -> None:
    known = catalog.metrics()
    assert [one.id for one in known.values() if one.companion and one.companion not in known] == []
