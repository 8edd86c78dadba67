"""The wordings of the three languages: the same keys and placeholders, and nothing that a workbook could not hold."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from babel import Locale

from nachra import texts
from nachra.checks import RULES
from nachra.findings import CATALOGUE, OVER_EDITIONS
from nachra.periods import Period, parse_period
from nachra.plurals import form
from nachra.texts import load_toml
from nachra.units import normalise

LANGUAGES = ("fr", "en", "ar")
TRANSLATIONS = ("en", "ar")
#: the limits of Excel for a function's help, and for a sheet's name
MAX_HELP, MAX_SHEET_NAME = 255, 31
#: what no name of a sheet may hold; an apostrophe may, but every formula would have to double it
NOT_IN_SHEET_NAMES = set("[]:*?/\\'")
#: controls, among them those of direction: the reading order of a cell is set by its format
CONTROLS = {"Cf", "Cc", "Co", "Cn"}
FULL_STOPS = (".", "?", "؟")

TERMINAL = tuple(f"revisions.{name}" for name in ("old", "new", "written", "change", "more_notes"))
SHEETS = ("cover", "key_figures", "evolution", "structure", "data", "controls", "notes", "provenance", "ledger")
#: the same in every language
UNTRANSLATED = {"annotation.author", "freeze.author", "briefing.sum_mark"}
PROFILES = sorted(f"releases/{path.name}" for path in (texts.templates() / "releases").glob("*.toml"))
#: what is not a label: names of months, words for ranks and rates, marks of numbers
RULES_OF_LANGUAGES = {"lookalikes.toml", "months.toml", "narrative.toml", "sdmx.toml", "styles.toml"}
#: the files whose words stand language by language in each entry
LABELLED = [
    *sorted(path.name for path in texts.templates().glob("*.toml") if path.name not in RULES_OF_LANGUAGES),
    *PROFILES,
]


def sections(language: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = load_toml(f"texts/{language}.toml")
    return found


def wordings(language: str) -> dict[str, str]:
    """All texts of a language under their full keys ("errors.empty"); of several plural forms, the general one."""
    return {
        f"{section}.{name}": value["other"] if isinstance(value, dict) else value
        for section, entries in sections(language).items()
        for name, value in entries.items()
    }


def forms(language: str) -> dict[str, str]:
    """All texts of a language, each plural form under its own key ("counts.error one")."""
    return {
        f"{section}.{name} {form}": value
        for section, entries in sections(language).items()
        for name, told in entries.items()
        for form, value in (told if isinstance(told, dict) else {"other": told}).items()
    }


def plural_tables(language: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every wording with plural forms, of the texts and of the labels beside them."""
    for section, entries in sections(language).items():
        yield from ((f"{section}.{name}", told) for name, told in entries.items() if isinstance(told, dict))
    for file in LABELLED:
        for path, words in labels(load_toml(file), file):
            if isinstance(told := words[language], dict):
                yield path, told


def placeholders(wording: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(wording) if name is not None}


def labels(entry: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of words by language below an entry of a file, with the path to it."""
    if isinstance(entry, list):
        entry = dict(enumerate(entry))
    if not isinstance(entry, dict):
        return
    if set(LANGUAGES) & set(entry):
        yield path, entry
        return
    for name, value in entry.items():
        yield from labels(value, f"{path} {name}")


def is_arabic(wording: str) -> bool:
    return any("ARABIC LETTER" in unicodedata.name(ch, "") for ch in wording)


def in_words(wording: str) -> bool:
    """Tell whether a text says anything besides its placeholders, figures and punctuation."""
    return any(ch.isalpha() for ch in re.sub(r"\{\w*\}", "", wording))


def flaws(wording: str) -> list[str]:
    """What is badly typed in a text, whatever its language."""
    lines = wording.strip("\n").split("\n")
    found = {
        "empty": not wording.strip(),
        "letters and accents apart": unicodedata.normalize("NFC", wording) != wording,
        "control characters": any(unicodedata.category(ch) in CONTROLS for line in lines for ch in line),
        "two spaces": "  " in wording,
        "spaces at the end of a line": any(line != line.rstrip() for line in lines[1:]),
        "a straight quotation mark": '"' in wording,
        "an accent or an opening quotation mark for an apostrophe": "\u00b4" in wording or "\u2018" in wording,
        "a pair left open": any(wording.count(pair[0]) != wording.count(pair[1]) for pair in ("()", "[]", "«»", "“”")),
    }
    return [flaw for flaw, is_there in found.items() if is_there]


# --- the same texts in every language -----------------------------------------------------------


def test_the_languages_are_these() -> None:
    assert texts.languages() == ("fr", "ar", "en")


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_language_has_the_same_keys_in_the_same_order(language: str) -> None:
    assert list(wordings(language)) == list(wordings("fr"))


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_language_fills_in_the_same_placeholders(language: str) -> None:
    wanted = {key: placeholders(wording) for key, wording in wordings("fr").items()}
    assert {key: placeholders(wording) for key, wording in wordings(language).items()} == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_filled_in(language: str) -> None:
    for key, wording in wordings(language).items():
        names = placeholders(wording)
        assert all(name.isidentifier() for name in names), key
        filled = texts.text(key, language, **{name: f"‹{name}›" for name in names})
        assert all(f"‹{name}›" in filled for name in names) and not set(filled) & set("{}"), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_cleanly_typed(language: str) -> None:
    assert {key: found for key, wording in forms(language).items() if (found := flaws(wording))} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_kind_of_apostrophe_a_file(language: str) -> None:
    everything = "".join(forms(language).values())
    assert not ("'" in everything and "\u2019" in everything)
    assert language != "ar" or not set("'\u2019") & set(everything)


@pytest.mark.parametrize("language", LANGUAGES)
def test_punctuation_is_the_languages_own(language: str) -> None:
    foreign = set({"fr": "“”،؛؟", "en": "«»،؛؟", "ar": "“”,;?"}[language])
    # French parts these signs from the word before; the other languages join them to it
    slip = r"[^\s\u00a0\u202f][;:!?»](?:\s|$)" if language == "fr" else r"[\s\u00a0\u202f][;:!?،؛؟](?:\s|$)"
    for key, wording in forms(language).items():
        key = key.removesuffix(" other")
        # errors of Excel are not of any language, and the glossary is cut at " : "
        body = re.sub(r"#\w+!", "", wording.replace(" : ", ": ") if key == "briefing.glossary" else wording)
        assert not set(body) & foreign, key
        assert not re.search(slip, body) or (key, language) == ("briefing.glossary", "fr"), key


@pytest.mark.parametrize("section", ["briefing", "charts", "provenance", "revisions", "trajectory", "outlook"])
def test_no_printed_line_begins_with_a_french_sign(section: str) -> None:
    """What stands in a workbook keeps its signs beside their words, by a no-break space."""
    told = {key: one for key, one in forms("fr").items() if key.startswith(f"{section}.")}
    # a term and its meaning are cut apart there; what only a terminal shows is not broken by a page
    told = {key: one for key, one in told.items() if key.split()[0] not in ("briefing.glossary", *TERMINAL)}
    assert told
    for key, one in told.items():
        assert not re.search(r"\S [:;!?»%]|« ", one), key


def test_sentences_end_alike_in_every_language() -> None:
    ends = {
        key: [wordings(language)[key].rstrip().endswith(FULL_STOPS) for language in LANGUAGES]
        for key in wordings("fr")
        # an abbreviation: "n.d."
        if key != "briefing.missing"
    }
    assert {key: found for key, found in ends.items() if len(set(found)) > 1} == {}
    full = [key for key in ends if key.startswith(("errors.", "findings.", "reasons."))]
    assert [key for key in full if not all(ends[key])] == []


def test_arabic_is_written_in_arabic() -> None:
    for key, wording in wordings("ar").items():
        assert key in UNTRANSLATED or not in_words(wordings("fr")[key]) or is_arabic(wording), key
        # Moroccan institutions write 0-9, and no stretched letters
        assert not any(ch == "ـ" or (ch.isdecimal() and not ch.isascii()) for ch in wording), key


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_arabic_in_the_other_languages(language: str) -> None:
    assert [key for key, wording in wordings(language).items() if is_arabic(wording)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    known = {form(count, language) for count in (*range(200), 1_000_000)}
    tables = dict(plural_tables(language))
    assert tables
    for key, told in tables.items():
        assert "other" in told and set(told) <= known | {"zero"}, key
        wanted = placeholders(told["other"])
        # a form for one number may say it in a word; no form may say more
        assert all(wanted - {"count"} <= placeholders(one) <= wanted for one in told.values()), key
        # only a form that stands for one number may do without it
        for name, one in told.items():
            if name not in ("zero", "one", "two") and "count" in wanted:
                assert "count" in placeholders(one), key


def test_no_text_leaves_the_plural_to_the_reader() -> None:
    for language in ("fr", "en"):
        for key, wording in forms(language).items():
            found = set(re.findall(r"(?<=\w)\((?:s|e|es|x|aux)\)", wording))
            assert not found or key.startswith("briefing.glossary"), key


# --- what the program asks of its texts ---------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_and_rule_has_its_words(language: str) -> None:
    told = sections(language)
    assert set(told["findings"]) == set(CATALOGUE) | set(OVER_EDITIONS)
    assert set(told["rules"]) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheets_have_names_that_excel_accepts(language: str) -> None:
    told = sections(language)
    names = [told["briefing"][f"sheet_{name}"] for name in SHEETS]
    assert len({name.casefold() for name in names}) == len(SHEETS)
    for name in (*names, told["annotation"]["sheet"]):
        assert len(name) <= MAX_SHEET_NAME and not set(name) & NOT_IN_SHEET_NAMES


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_inside_formulas_and_formats_need_no_quoting(language: str) -> None:
    told = sections(language)["briefing"]
    for key in ("verdict_yes", "verdict_no", "sum_mark", "missing"):
        assert not set(told[key]) & set("\"\\;'"), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_the_glossary_is_cut_in_two(language: str) -> None:
    lines = sections(language)["briefing"]["glossary"].strip().split("\n")
    assert len(lines) == len(sections("fr")["briefing"]["glossary"].strip().split("\n"))
    for line in lines:
        term, _, meaning = line.partition(" : ")
        assert term.strip() and meaning.strip(), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_legends_explain_the_marks(language: str) -> None:
    told, statuses = sections(language)["briefing"], load_toml("statuses.toml")
    for name in ("provisional", "revised", "estimated", "break"):
        assert f"{{{name}}} {statuses[name]['label'][language]}" in told["legend_status"]
    assert told["legend_missing"].startswith("{mark}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_a_message_proposes_are_understood(language: str) -> None:
    told = sections(language)["reasons"]
    measures = load_toml("functions.toml")["measures"]
    for measure, names in measures.items():
        assert any(re.search(rf"(?<!\w)و?{name}(?!\w)", told["unknown_measure"]) for name in names), measure
    known = {
        normalise(word) for entry in load_toml("nomenclature.toml")["methodology"].values() for word in entry["words"]
    }
    proposed = re.findall(r"@(\w+)", told["unknown_methodology"] + told["period_unknown"])
    assert len(proposed) == 2 and {normalise(word) for word in proposed} <= known
    periods = re.findall(r"[STHQ]\d 20\d\d", told["unknown_period"])
    assert len(periods) == 2 and all(parse_period(period) for period in periods)


@pytest.mark.parametrize("language", LANGUAGES)
def test_periods_are_read_as_they_are_written(language: str) -> None:
    months = [Period(2025, month, month) for month in range(1, 13)]
    quarters = [Period(2025, last, last - 2) for last in (3, 6, 9, 12)]
    for period in (Period(2025), Period(2025, 6), Period(2025, 12, 7), Period(2025, 11, 2), *quarters, *months):
        assert parse_period(period.label(language)) == period, period.label(language)


# --- words beside the texts ---------------------------------------------------------------------


@pytest.mark.parametrize("file", LABELLED)
def test_labels_are_there_in_every_language(file: str) -> None:
    found = list(labels(load_toml(file), file))
    assert found
    for path, words in found:
        assert set(words) == set(LANGUAGES), path
        words = {language: told["other"] if isinstance(told, dict) else told for language, told in words.items()}
        assert len({frozenset(placeholders(word)) for word in words.values()}) == 1, path
        # a command may be quoted, as it is typed
        assert {language: flaws(word.replace('"', "")) for language, word in words.items()} == {
            language: [] for language in LANGUAGES
        }, path
        assert not is_arabic(words["fr"] + words["en"]), path
        # names (nachra), codes (ITO) and signs (%) stay as they are
        assert is_arabic(words["ar"]) or words["ar"].replace(":", " :") == words["fr"].replace("\u00a0:", " :"), path


@pytest.mark.parametrize(("file", "keys"), [("statuses.toml", {"label"}), ("units.toml", {"label", "long"})])
def test_statuses_and_units_have_all_their_labels(file: str, keys: set[str]) -> None:
    for code, entry in load_toml(file).items():
        assert keys <= set(entry), code


def test_series_and_methodologies_have_all_their_labels() -> None:
    nomenclature = load_toml("nomenclature.toml")
    assert all({"label", "short"} <= set(series) for series in nomenclature["series"])
    assert all("label" in entry for entry in nomenclature["methodology"].values())


@pytest.mark.parametrize("file", PROFILES)
def test_profiles_name_their_subject_and_series(file: str) -> None:
    profile = load_toml(file)
    assert "subject" in profile and all("label" in series for series in profile.get("series", []))


def test_functions_have_help_that_excel_can_show() -> None:
    file = load_toml("functions.toml")
    functions = {name: entry for name, entry in file.items() if name.startswith("EXPORT_")}
    assert functions and {entry["category"] for entry in functions.values()} <= set(file["categories"])
    for name, function in functions.items():
        for words in (function["help"], *(argument["help"] for argument in function["arguments"])):
            assert all(0 < len(words[language]) <= MAX_HELP for language in LANGUAGES), name


@pytest.mark.parametrize(("language", "locale"), [("fr", "fr"), ("en", "en"), ("ar", "ar_MA")])
@pytest.mark.parametrize("width", ["wide", "abbreviated"])
def test_months_are_named_as_in_the_cldr(language: str, locale: str, width: str) -> None:
    names = Locale.parse(locale).months["format"][width]
    assert load_toml("months.toml")[language][width] == [names[month] for month in range(1, 13)]


def test_other_spellings_of_months_are_those_of_a_year() -> None:
    months = load_toml("months.toml")
    assert {name: len(spellings) for name, spellings in months["other"].items() if len(spellings) != 12} == {}
