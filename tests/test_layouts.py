"""Profiles: a wrong one is refused with the key that is wrong, and the shipped ones say what their workbooks hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import releases_made as made

from nachra.errors import ProfileError
from nachra.layouts import Layout, load_layout, load_layouts, nomenclature
from nachra.profiles import folders
from nachra.texts import templates
from nachra.units import normalise

#: a profile with one row an observation, whose series are those of the nomenclature
LIST = """
id = "liste"
name = "Liste"
publisher = "Office des Essais"
[recognise]
texts = ["Liste d'essai"]
[table]
header = "Période"
rows = "observations"
[columns]
"Période" = "period"
"Code" = "series"
"Valeur" = "level"
"""


def written(folder: Path, text: str, name: str = "profil.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> ProfileError:
    path = written(folder, text)
    with pytest.raises(ProfileError) as caught:
        load_layout(path)
    assert caught.value.path == str(path)
    assert str(path) in caught.value.message()
    return caught.value


SERIES = '\n[[series]]\ncode = "{}"\nlabel = {{ fr = "{}" }}\n'


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("[recognise]", 'units = "MAD_mn"\n[recognise]', "units", "Extra"),
        ('header = "Secteurs"', 'header = "Secteurs"\nheadre = "x"', "table.headre", "Extra"),
        ('header = "Secteurs"', 'header = "  "', "table.header", "at least 1"),
        ('id = "essai"', 'id = "Mon essai"', "id", "pattern"),
        ('id = "essai"', "", "id", "Field required"),
        ('publisher = "Office des Essais"', "publisher = 3", "publisher", "string"),
        ('texts = ["Tableau d\'essai"]', "texts = []", "recognise.texts", "at least 1"),
        ('rows = "series"', 'rows = "periods"', "table", 'columns = "series"'),
        ('rows = "series"', 'rows = "lignes"', "table.rows", "series"),
        ("[recognise]", 'unit = "MAD_mm"\n[recognise]', "unit", "units.toml"),
        ("[recognise]", 'unit = "percent"\n[recognise]', "unit", "levels"),
        ("[recognise]", 'default_status = "sûr"\n[recognise]', "default_status", "final"),
        ("[recognise]", '[numbers]\ndecimal = ";"\n[recognise]', "numbers.decimal", "','"),
        ("[recognise]", '[numbers]\ngroup = "x"\n[recognise]', "numbers.group", "pattern"),
        ("[recognise]", '[where]\nunite = "D2"\n[recognise]', "where.unite", "Extra"),
        ('code = "SERVICES"', 'code = "services"', "series.2.code", "pattern"),
        ('code = "SERVICES"\n', 'code = "SERVICES"\nrole = "somme"\n', "series.2.role", "total"),
        ('code = "SERVICES"', 'code = "INDUSTRIE"', "series", "INDUSTRIE"),
        # one label for two series: figures would be read as whichever comes last
        ('label = { fr = "Services" }', 'label = { fr = "INDUSTRIES  manufacturières" }', "series", "manufacturières"),
        ("[recognise]", '[columns]\n"Valeur" = "level"\n[recognise]', "-", "[columns]"),
    ],
)
def test_wrong_key_of_a_table_is_named(tmp_path: Path, old: str, new: str, key: str, reason: str) -> None:
    assert made.PROFILE.count(old) == 1
    error = refused(tmp_path, made.PROFILE.replace(old, new))
    assert (error.code, error.params["key"]) == ("profile_key", key)
    assert f"« {key} »" in error.message()
    assert reason in str(error.params["reason"])


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('"level"', '"value"', "columns.Valeur", "'level'"),
        ('"Valeur" = "level"', "", "-", "a level"),
        ('"Code" = "series"', "", "-", "a series"),
        ('[columns]\n"Période" = "period"\n"Code" = "series"\n"Valeur" = "level"', "", "-", "[columns]"),
        ('rows = "observations"', 'rows = "observations"\ncolumns = "periods"', "table", 'columns = "roles"'),
    ],
)
def test_wrong_key_of_a_list_is_named(tmp_path: Path, old: str, new: str, key: str, reason: str) -> None:
    assert LIST.count(old) == 1
    error = refused(tmp_path, LIST.replace(old, new))
    assert (error.code, error.params["key"]) == ("profile_key", key)
    assert reason in str(error.params["reason"])


@pytest.mark.parametrize("data", [b"id = ", b'id = "a"\nid = "b"\n', b'name = "\xe9"', b'{"id": "a"}'])
def test_broken_toml(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "profil.toml"
    path.write_bytes(data)
    with pytest.raises(ProfileError) as caught:
        load_layout(path)
    assert (caught.value.code, caught.value.path) == ("profile_toml", str(path))


def test_profile_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        load_layout(tmp_path / "absent.toml")
    assert caught.value.code == "os"


def test_series_are_those_of_the_nomenclature_where_none_are_given(tmp_path: Path) -> None:
    assert load_layout(written(tmp_path, LIST)).series == list(nomenclature())
    assert [one.code for one in nomenclature()] == ["TOTAL", "ITO", "CRM", "ESO", "BPO", "KPO"]
    own = load_layout(written(tmp_path, LIST + SERIES.format("AUTRE", "Autre")))
    assert [one.code for one in own.series] == ["AUTRE"]


def test_nomenclature_tells_its_series_apart() -> None:
    labels = [
        normalise(label) for one in nomenclature() for label in {one.code, *one.label.values(), *one.aliases} if label
    ]
    doubled = {label for label in labels if labels.count(label) > 1}
    # "total" is the code and an alias of one series
    assert doubled <= {"total"}


def test_shipped_profiles_load() -> None:
    shipped = {one.id: one for one in load_layouts()}
    assert set(shipped) == {path.stem for path in (templates() / "releases").glob("*.toml")}
    assert set(shipped) == {"annuel", "semestriel", "oc-ide-secteurs", "hcp-indice-exportation"}
    for one in shipped.values():
        assert [series.code for series in one.series if series.role == "total"], one.id
        assert set(one.subject) == {"fr", "en", "ar"}, one.id
        assert all(set(series.label) == {"fr", "en", "ar"} for series in one.series), one.id


def test_profile_shown_in_the_guide_is_a_profile(tmp_path: Path) -> None:
    guide = (templates() / "releases" / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert shown
    for text in shown:
        assert load_layout(written(tmp_path, text)).table.rows == "series"


def test_guide_names_every_role_and_key() -> None:
    guide = (templates() / "releases" / "README.md").read_text(encoding="utf-8")
    keys = {"id", *Layout.model_fields} - {"table", "recognise", "columns", "name", "publisher"}
    assert [key for key in keys if not re.search(rf"\b{key}\b", guide)] == []


def test_folders_of_nachra_layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    written(first, made.PROFILE)
    written(second, LIST)
    (second / "notes.txt").write_text("rien", encoding="utf-8")
    monkeypatch.setenv("NACHRA_LAYOUTS", f"{first}:{second}")
    assert folders("releases", "NACHRA_LAYOUTS") == (templates() / "releases", first, second)
    assert [one.id for one in load_layouts()][-2:] == ["essai", "liste"]


def test_same_id_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, made.PROFILE.replace('id = "essai"', 'id = "annuel"'))
    monkeypatch.setenv("NACHRA_LAYOUTS", str(tmp_path))
    with pytest.raises(ProfileError) as caught:
        load_layouts()
    assert (caught.value.code, caught.value.path, caught.value.params["id"]) == ("profile_twice", str(path), "annuel")


def test_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NACHRA_LAYOUTS", str(tmp_path / "absent"))
    with pytest.raises(ProfileError) as caught:
        load_layouts()
    assert caught.value.path == str(tmp_path / "absent")
