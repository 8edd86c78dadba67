"""Units: which ones a text names, and what they are worth."""

from __future__ import annotations

import pytest

from nachra.texts import load_toml
from nachra.units import find_units, normalise, unit


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("    En millions de dirhams", {"MAD_mn"}),  # the Office's own, far at the right
        ("(en MDH)", {"MAD_mn"}),
        ("Valeur en MDH", {"MAD_mn"}),
        ("Mds DH", {"MAD_bn"}),
        ("+3,8Mds DH", {"MAD_bn"}),  # the Office's reports glue figure and unit
        ("1,2Md DH", {"MAD_bn"}),
        ("26219MDH", {"MAD_mn"}),
        ("1,2 Md DH", {"MAD_bn"}),
        ("en Mds\u00a0DH", {"MAD_bn"}),
        ("26,2 MMDH", {"MAD_bn"}),  # the press and the ministry
        ("Valeur DHS", {"MAD"}),  # the trade database
        ("en dirhams", {"MAD"}),
        ("Milliers de dirhams", {"MAD_th"}),
        ("MILLIARDS DE DIRHAMS", {"MAD_bn"}),
        ("(thousands)", set()),
        ("MAD million", {"MAD_mn"}),
        ("billion dirhams", {"MAD_bn"}),
        ("USD million", {"USD_mn"}),
        ("26,2 milliards de dollars", {"USD_bn"}),
        ("M$", {"USD_mn"}),
        ("مليون درهم", {"MAD_mn"}),
        ("بملايين الدراهم", {"MAD_mn"}),
        ("26,2 مليار درهم", {"MAD_bn"}),
        ("درهم", {"MAD"}),
        ("Part en %", {"percent"}),
        ("10,5 في المائة", {"percent"}),
        ("Indice base 100 : 2017", {"index"}),
        ("En MDH et en %", {"MAD_mn", "percent"}),
        ("MDH (1 MDH = 1 000 000 DH)", {"MAD_mn", "MAD"}),
        ("Mds DH, soit USD million", {"MAD_bn", "USD_mn"}),
        ("ITO", set()),
        ("DHL", set()),  # no unit inside a word
        ("MDHS2", set()),
        ("", set()),
    ],
)
def test_units_named_in_a_text(text: str, codes: set[str]) -> None:
    assert find_units(text) == codes


@pytest.mark.parametrize("code", load_toml("units.toml"))
def test_every_spelling_names_its_unit_alone(code: str) -> None:
    for name in load_toml("units.toml")[code]["names"]:
        assert find_units(f"en {name} ;") == {code}, name


@pytest.mark.parametrize(
    ("code", "dimension", "factor"),
    [
        ("MAD", "MAD", 1),
        ("MAD_th", "MAD", 10**3),
        ("MAD_mn", "MAD", 10**6),
        ("MAD_bn", "MAD", 10**9),
        ("USD_bn", "USD", 10**9),
    ],
)
def test_worth_of_a_unit(code: str, dimension: str, factor: int) -> None:
    found = unit(code)
    assert (found.code, found.dimension, found.factor) == (code, dimension, factor)


def test_names_of_a_unit() -> None:
    assert (unit("MAD_mn").label("fr"), unit("MAD_mn").long("fr")) == ("MDH", "millions de dirhams")
    assert unit("MAD_bn").label("en") == "MAD billion"
    assert unit("MAD_bn").long("ar") == "مليار درهم"


def test_unknown_unit() -> None:
    with pytest.raises(KeyError):
        unit("EUR_mn")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Année\u00a02024\n", "annee 2024"),
        ("L’Économie", "l'economie"),
        ("ＩＴＯ", "ito"),
        ("1ᵉʳ", "1er"),
        ("الأول", "الاول"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
    ],
)
def test_texts_are_compared_without_accents_case_and_spaces(text: str, normal: str) -> None:
    assert normalise(text) == normal
    assert normalise(normal) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ТОТАL", "total"),  # Cyrillic
        ("ΤΟΤΑL", "total"),  # Greek
        ("TO\u200bTAL\ufeff", "total"),
        ("ＴＯＴＡＬ", "total"),
        ("المجمو\u0640ع", "المجموع"),
        ("سنوی", "سنوي"),
        ("Экспорт", "экcпopт"),  # what looks like nothing else stays apart
    ],
)
def test_look_alikes_are_the_same_text(text: str, normal: str) -> None:
    assert normalise(text) == normal
    assert normalise(normal) == normal
