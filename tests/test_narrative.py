"""The sentences of a briefing: what a minister reads first, in three languages."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
import specimens
import told

from nachra import texts
from nachra.briefing import Number, Paragraph, plain
from nachra.figures import Figure
from nachra.formats import Manner
from nachra.narrative import Narrator, series_sentence
from nachra.panel import Panel
from nachra.periods import Period
from nachra.reading import read_release
from nachra.release import Release, Status
from nachra.sentences import Sentences, numbers
from nachra.sheets import compose
from nachra.texts import languages, load_toml
from nachra.units import unit

SEEDS = range(400)
#: wordings that the fifty cases do not show, and where they are tested instead
ELSEWHERE = {
    "only_level", "only_levels",  # test_headline_by_kind
    "movers_none", "rank_beyond",  # test_sentences_of_every_release
    "structure_not_additive",
    "leads_known",  # test_a_part_leads_only_where_nothing_larger_may_be_unpublished
    "structure_unknown",  # test_a_release_without_shares_is_not_said_to_have_no_parts
    "status_final", "status_provisional_some", "status_revised", "status_estimated", "status_estimated_some",
    "status_break", "status_break_some",  # test_status_in_words
}  # fmt: skip

SENTENCES = {
    "annuelle-2024": (
        "Au titre de l'année 2024, les exportations de services numériques s'établissent à 26,2 milliards de dirhams, "
        "contre 26,17 un an auparavant, soit une quasi-stabilité, à +0,2 % (taux publié ; au vu des niveaux arrondis, "
        "qui autorisent de −0,1 % à +0,3 %, l'évolution reste dans la marge d'arrondi).",
        "Principale composante : Externalisation des technologies de l'information (ITO), 40,3 % du total ; suivent "
        "Gestion de la relation client (CRM), 37,4 %, puis Externalisation de l'ingénierie et de la R&D (ESO), 13,2 %.",
        "Parmi les 3 composantes dont l'évolution est connue, plus forte hausse : Externalisation des processus "
        "métiers (BPO), +17 % ; plus fort recul : Externalisation des activités à contenu « savoir » (KPO), −38 %.",
        "Chiffres provisoires au titre de l'année 2024.",
    ),
    "historique-2009-2023": (
        "Au titre de l'année 2023, les exportations de l'offshoring (série historique) s'établissent à 17,9 milliards "
        "de dirhams, soit une hausse de 14 % selon le taux publié, non contrôlable ici (niveau d'un an auparavant non "
        "publié).",
        "La publication ne détaille pas les sous-secteurs.",
        "Aucune évolution par composante n'est publiée ni calculable pour cette période.",
        "Aucun chiffre signalé comme provisoire au titre de l'année 2023.",
    ),
    "semestrielle-2025-S1": (
        "Au titre du premier semestre 2025, les exportations de services numériques s'établissent à 13,4 milliards de "
        "dirhams, contre 12,9 un an auparavant, soit une hausse de 3,5 % "
        "(taux publié ; les niveaux arrondis autorisent de +3,1 % à +4,7 %).",
        "Principale composante : Externalisation des technologies de l'information (ITO), 39,2 % du total ; suivent "
        "Gestion de la relation client (CRM), 31,3 %, puis Externalisation de l'ingénierie et de la R&D (ESO), 19,3 %.",
        "Aucune évolution par composante n'est publiée ni calculable pour cette période.",
        "Chiffres provisoires au titre du premier semestre 2025. Non publiées : 2 séries.",
    ),
    "hcp_indice_exportation_trimestriel": (
        "Au titre du troisième trimestre 2025, les exportations (indice du commerce extérieur) s'établissent à 117,4 "
        "points d'indice, contre 116,9 un an auparavant, soit une quasi-stabilité, à +0,4 % (taux calculé).",
        "Les composantes d'un indice ne s'additionnent pas : ni parts ni contributions.",
        "Par composante, plus forte hausse : Demi produits, +10,7 % ; plus fort recul : Énergie et lubrifiants, "
        "−22,3 %.",
        "Aucun chiffre signalé comme provisoire au titre du troisième trimestre 2025.",
    ),
    "oc_ide_recettes_par_secteurs": (
        "Au titre de l'année 2024, les recettes des investissements directs étrangers s'établissent à 43 802 millions "
        "de dirhams, contre 39 745 un an auparavant, soit une hausse de 10,2 % (taux calculé).",
        "L'évolution du total est imputable principalement à : Industrie, +5,5 points ; Immobilier, +5,4 points. "
        "En sens inverse : Énergie et mines, −2,1 points.",
        "Principale composante : Industrie, 37,6 % du total ; suivent Immobilier, 22,0 %, puis Autres services, 7,4 %.",
        "Par composante, plus forte hausse : Assurance, +3 217 % ; plus fort recul : Pêche, −79,1 %.",
        "Chiffres provisoires au titre de l'année 2024.",
    ),
}


def spaced(sentence: str) -> str:
    """A sentence with plain spaces, so that it can be compared with one typed by hand."""
    return sentence.replace("\u00a0", " ").replace("\u202f", " ")


def narrator(status: Status = Status.PROVISIONAL, language: str = "fr", **figures: str | None) -> Narrator:
    """A narrator of figures named like TOTAL_2024, ITO_2024_growth, ITO_2024_share."""
    suffixes = {"growth": "%%", "share": "%"}
    keys = {" ".join(suffixes.get(part, part) for part in name.split("_")): value for name, value in figures.items()}
    return Narrator(Panel(specimens.release(keys, status=status)), Manner(language))


def test_sentences_of_every_release(release: Path) -> None:
    found = Narrator(Panel(read_release(release).release), Manner("fr"))
    assert tuple(spaced(plain(one)) for one in (*found.key_messages(), found.status())) == SENTENCES[release.stem]


# --- fifty cases a language, to be read by a person ------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
def test_fifty_sentences_are_those_that_a_person_has_read(language: str) -> None:
    """Rewrite them with `python tests/told.py`, and read them again."""
    kept = (told.SNAPSHOTS / f"sentences-{language}.txt").read_text(encoding="utf-8")
    assert told.snapshot(language) == kept
    assert len(re.findall(r"(?m)^\d+\. ", kept)) == 50


def test_the_fifty_show_every_wording(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    wording = texts.wording

    def noted(key: str, *others: str) -> str:
        asked.add(key)
        return wording(key, *others)

    monkeypatch.setattr("nachra.phrases.wording", noted)
    for case in told.cases():
        case.told("fr")
    known = {f"narrative.{name}" for name in load_toml("texts/fr.toml")["narrative"]}
    assert known - asked == {f"narrative.{name}" for name in ELSEWHERE}


# --- nothing that a reader would stumble on, in cases of any kind ------------------------------------------------

#: what no sentence may hold, by language
STUMBLES = {
    "fr": {
        "a vowel after a full article or preposition": r"(?i)(?<!\w)(?:de|le|la|que|ne|se|du) [aeiouyâàéèêëîïôûœ]",
        "an article twice, or uncontracted": r"(?<!\w)(?:le le|la la|les les|de les?|à les?|de de|du du)(?!\w)",
        "an elision before a consonant": r"(?<!\w)[dl]['’][bcdfgjklmnpqrstvwxz]",
        "a plural verb with a singular subject": r"(?:le chiffre|l'indice)[^.:;]* s'établissent",
        "a singular verb with a plural subject": r"les [^.:;]* s'établit(?!\w)",
        "a plural after less than two": r"[^\d,.\s]\s[01](?:,\d+)?\s(?:milliards|millions|points|dirhams)(?!\w)",
        "a singular after two or more": r"\s(?:[2-9]|\d\d+)(?:,\d+)?\s(?:milliard|million|point)(?!\w)",
        "a sign without its no-break space": r"(?<![\u00a0\u202f])[;:?!]|(?<![\d\u00a0])%",
    },
    "en": {
        "a singular after another number than one": r"\s(?:0|[2-9]|\d\d+|\d+\.\d+) (?:index|percentage) point(?!\w)",
        "a space before a sign": r"\s[;:,.%?!)]",
        "an article twice": r"(?i)\b(?:the the|a a|of of|to to|in in)\b",
        "a before a vowel": r"(?<!\w)a [aeio]\w+",
    },
    "ar": {
        "Latin or French marks": r"[,;?](?!\d)",
        "eastern digits": r"[\u0660-\u0669\u06f0-\u06f9]",
        "a sign that no mark keeps on its side": r"(?<!\u200e)[+\u2212]\d",
        "a plural after 11 or more": r"\s(?:1[1-9]|[2-9]\d)\s(?:ملايين|ملايير|نقط)(?!\w)",
        "a singular after 3 to 10": r"\s(?:[3-9]|10)\s(?:مليون|مليار)(?!\w)",
        "a plural after a fraction": r"\d,[1-9]\d*\s(?:ملايين|ملايير)(?!\w)",
        "a space before a sign": r"\s[،؛:.؟)]",
    },
}
EVERYWHERE = {
    "two spaces": r"  ",
    "an empty pair": r"\(\s*\)",
    "two full stops": r"\.\.",
    "a placeholder": r"[{}]",
    "no full stop": r"[^.]$",
    "a space at an end": r"^\s|\s$",
    "a sign at zero": r"[+\u2212]0(?:[.,]0+)?(?![\d.,])",
}


@pytest.mark.parametrize("language", languages())
def test_generated_sentences_are_well_formed(language: str) -> None:
    seen = 0
    for case in (*told.cases(), *(told.generated(seed) for seed in SEEDS)):
        sentence = case.told(language)
        if not sentence:
            continue
        seen += 1
        found = [name for name, slip in (EVERYWHERE | STUMBLES[language]).items() if re.search(slip, sentence)]
        assert not found, (found, sentence)
    assert seen > len(SEEDS) / 2


@pytest.mark.parametrize(
    ("language", "slip"),
    [
        ("fr", "les exportations s'établit à 3,0\u00a0milliards."),
        ("fr", "Au titre du mois de avril."),
        ("fr", "une hausse de 1,9\u00a0milliards."),
        ("fr", "soit 3,0 %."),
        ("fr", "de le total."),
        ("en", "of 2.0 percentage point."),
        ("ar", "بلغت 3\u00a0مليار درهم."),
        ("ar", "بلغت 12\u00a0ملايير درهم."),
        ("ar", "بمعدل +3 في المائة."),
    ],
)
def test_stumbles_are_recognised(language: str, slip: str) -> None:
    assert any(re.search(pattern, slip) for pattern in STUMBLES[language].values())


@pytest.mark.parametrize("seed", range(0, 400, 8))
def test_every_generated_number_is_that_of_its_cell(seed: int) -> None:
    """A whole briefing of each: its sentences agree with its tables, or this raises."""
    from nachra.places import Places

    for language in languages():
        release = told.generated(seed).release()
        if Panel(release).unit and Panel(release).headline:
            Sentences(Places(compose(release, (), language))).check()


# --- at the edges ----------------------------------------------------------------------------------------------------


def test_numbers_do_not_part_from_their_units() -> None:
    sentence = plain(narrator(TOTAL_2023="26170", TOTAL_2024="26200").headline())
    assert "26\u202f200\u00a0milliards" in sentence and "+0,1\u00a0%" in sentence


@pytest.mark.parametrize(
    ("figures", "ending"),
    [
        ({"TOTAL_2024": "26.2"}, "sans comparaison possible sur un an (niveau d'un an auparavant non publié)."),
        (
            {"TOTAL_2023": None, "TOTAL_2024": "26.2", "TOTAL_2024_growth": "-0.3"},
            "soit une quasi-stabilité, à −0,3 % selon le taux publié, non contrôlable ici (niveau d'un an auparavant "
            "non publié).",
        ),
        (
            {"TOTAL_2023": "26.17", "TOTAL_2024": "26.2", "TOTAL_2024_growth": "9.9"},
            "contre 26,17 un an auparavant, soit une quasi-stabilité, à +0,1 % (taux calculé : le taux publié est hors "
            "de ce que les niveaux autorisent, de −0,1 % à +0,3 %).",
        ),
        (
            {"TOTAL_2023": "14.0", "TOTAL_2024": "13.0"},
            "contre 14,0 un an auparavant, soit une baisse de 7 % "
            "(taux calculé ; les niveaux arrondis autorisent de −7,8 % à −6,5 %).",
        ),
        ({"TOTAL_2023": "0", "TOTAL_2024": "26.2"}, "sans comparaison possible sur un an (base nulle ou négative)."),
        ({"ITO_2024": "10.5"}, "La publication ne donne pas de total."),
    ],
    ids=["no level before", "no level, published fall", "refused", "fall", "zero", "none"],
)
def test_headline_at_the_edges(figures: dict[str, str | None], ending: str) -> None:
    assert spaced(plain(narrator(**figures).headline())).endswith(ending)


@pytest.mark.parametrize(
    ("rate", "word"),
    [
        ("0.4", "une quasi-stabilité, à +0,4 %"),
        ("-0.4", "une quasi-stabilité, à −0,4 %"),
        ("0.5", "une légère hausse de 0,5 %"),
        ("-1.4", "une légère baisse de 1,4 %"),
        ("1.5", "une hausse de 1,5 %"),
        ("-19.9", "une baisse de 19,9 %"),
        ("20.0", "une forte hausse de 20,0 %"),
        ("-20.0", "une forte baisse de 20,0 %"),
    ],
)
def test_words_change_at_the_thresholds(rate: str, word: str) -> None:
    found = narrator(TOTAL_2023=None, TOTAL_2024="26.2", TOTAL_2024_growth=rate)
    assert f"soit {word} selon le taux publié" in spaced(plain(found.headline()))


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("level", "s'établissent à 13,4 milliards de dirhams."),
        ("comparison", "s'établissent à 13,4 milliards de dirhams, contre 12,9 un an auparavant."),
        ("growth", "autorisent de +3,1 % à +4,7 %)."),
    ],
)
def test_headline_by_kind(kind: str, ending: str) -> None:
    found = narrator(TOTAL_2023="12.9", TOTAL_2024="13.4", TOTAL_2024_growth="3.5")
    assert spaced(plain(found.headline(kind))).endswith(ending)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status.FINAL, "Aucun chiffre signalé comme provisoire au titre de l'année 2024."),
        (Status.REVISED, "Chiffres révisés au titre de l'année 2024."),
        (Status.ESTIMATED, "Chiffres estimés au titre de l'année 2024."),
        (Status.BREAK, "Rupture de série au titre de l'année 2024."),
    ],
)
def test_status_in_words(status: Status, sentence: str) -> None:
    assert plain(narrator(status, TOTAL_2024="26.2").status()) == sentence


def test_published_rate_is_quoted_where_the_levels_allow_it() -> None:
    """13.4 on 12.9 is +3.9 %; +3.5 % was published, which their rounding allows."""
    found = narrator(TOTAL_2023="12.9", TOTAL_2024="13.4", TOTAL_2024_growth="3.5")
    shown = [one.written for one in numbers(found.headline()) if isinstance(one, Number)]
    assert shown == ["13,4", "12,9", "3,5", "+3,1", "+4,7"]


def test_rank_is_said_only_where_rounding_leaves_no_doubt() -> None:
    sure = narrator(TOTAL_2024="20", ITO_2024="9", CRM_2024="8")
    # 8.5 to 9.5 and 8.55 to 8.65: either may be the larger
    open_ = narrator(TOTAL_2024="20", ITO_2024="9", CRM_2024="8.6")
    paragraphs = [plain(one.series_paragraph(one.panel.release.series[1])) for one in (sure, open_)]
    assert "première des 2" in paragraphs[0]
    assert "première" not in paragraphs[1] and "La part dans le total" in paragraphs[1]


def test_a_part_leads_only_where_rounding_leaves_no_doubt() -> None:
    # 8.5 to 9.5 and 8.55 to 8.65: either may be the larger
    said = plain(narrator(TOTAL_2024="20", ITO_2024="9", CRM_2024="8.6").structure())
    assert "Principales composantes" in said and "suit" not in said
    assert "Principale composante" in plain(narrator(TOTAL_2024="20", ITO_2024="9", CRM_2024="8").structure())


def test_a_part_leads_only_where_nothing_larger_may_be_unpublished() -> None:
    said = plain(narrator(TOTAL_2024="20.0", BPO_2024="2.0", KPO_2024="1.0", ITO_2024=None).structure())
    assert said.startswith("Parts connues") and "Principale" not in said
    known = plain(narrator(TOTAL_2024="20.0", BPO_2024="11.0", KPO_2024="1.0", ITO_2024=None).structure())
    assert known.startswith("Principale composante")


def test_a_part_in_another_currency_leaves_every_rank_open() -> None:
    figures = {"TOTAL 2024": "20.0", "CRM 2024": "2.0", "KPO 2024": "1.0", "ITO 2024": "9.0"}
    found = specimens.release(figures)
    dollars = found.observations[3].model_copy(update={"figure": Figure(Decimal(9), Decimal(1), unit("USD_bn"))})
    kept = {name: getattr(found, name) for name in Release.model_fields}
    panel = Panel(Release(**kept | {"observations": (*found.observations[:3], dollars)}))
    said = [plain(Narrator(panel, Manner("fr")).series_paragraph(part)) for part in panel.release.parts]
    assert not any("première" in one for one in said)


@pytest.mark.parametrize(
    "figures",
    [
        {"ITO 2024": "3.0", "CRM 2024": "2.0"},
        {"TOTAL 2023": "-10", "TOTAL 2024": "-12", "ITO 2023": "-5", "ITO 2024": "-6"},
        {"TOTAL 2024": "20", "TOTAL 2024-Q4": "5", "ITO 2024": "12"},
    ],
    ids=["no total", "negative total", "parts of another period"],
)
def test_a_release_without_shares_is_not_said_to_have_no_parts(figures: dict[str, str | None]) -> None:
    found = specimens.release(figures)
    assert plain(Narrator(Panel(found), Manner("fr")).structure()).startswith("Aucune part dans le total n'est publiée")
    blocks = [one for sheet in compose(found, ()).sheets for one in sheet.blocks if isinstance(one, Paragraph)]
    said = " ".join(plain(one.text) for one in blocks)
    assert "ne détaille pas" not in said and "Aucune part dans le total" in said


def test_shares_published_without_levels_are_told() -> None:
    found = specimens.release({"TOTAL 2024": "26.2", "ITO 2024 %": "40.0", "CRM 2024 %": "60.0"})
    said = plain(Narrator(Panel(found), Manner("fr")).structure())
    assert "Gestion de la relation client (CRM), 60,0" in said.partition("suit")[0]


def test_contributions_within_rounding_explain_nothing() -> None:
    found = narrator(TOTAL_2023="10", TOTAL_2024="12", ITO_2023="5.0", ITO_2024="7.0", CRM_2023="5", CRM_2024="5")
    said = plain(found.contributors())
    assert "(ITO)" in said and "(CRM)" not in said


def test_one_sentence_serves_a_cell() -> None:
    panel = narrator(TOTAL_2023="12.9", TOTAL_2024="13.4").panel
    total = panel.release.total
    assert total
    assert series_sentence(panel, total, Period(2024), Manner("en"))[0] == (
        "In 2024, exports of digital services came to "
    ) or plain(series_sentence(panel, total, Period(2024), Manner("en"))).startswith("Total")
