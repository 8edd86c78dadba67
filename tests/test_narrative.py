"""The sentences of a briefing, word for word: what a minister reads first."""

from __future__ import annotations

from pathlib import Path

import pytest
import specimens

from nachra.narrative import headline, key_sentences, movers, status_sentence, structure
from nachra.panel import Panel
from nachra.reading import read_release
from nachra.release import Status

SENTENCES = {
    "annuelle-2024": (
        "Au titre de l'année 2024, les exportations de services numériques s'établissent à 26,2 milliards de dirhams, "
        "contre 26,17 un an auparavant, soit une hausse de 0,2 % "
        "(taux publié ; les niveaux arrondis autorisent de −0,1 % à +0,3 %).",
        "Principale composante : Externalisation des technologies de l'information (ITO), 40,3 % du total ; suivent "
        "Gestion de la relation client (CRM), 37,4 %, puis Externalisation de l'ingénierie et de la R&D (ESO), 13,2 %.",
        "Parmi les 3 composantes dont l'évolution est connue, plus forte hausse : Externalisation des processus "
        "métiers (BPO), +17 % ; plus fort recul : Externalisation des activités à contenu « savoir » (KPO), −38 %.",
        "Chiffres provisoires au titre de l'année 2024.",
    ),
    "historique-2009-2023": (
        "Au titre de l'année 2023, les exportations de l'offshoring (série historique) s'établissent à 17,9 milliards "
        "de dirhams, soit une hausse de 14 % selon le taux publié ; le niveau d'un an auparavant n'est pas publié ici.",
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
        "Chiffres provisoires au titre du premier semestre 2025. Séries non publiées : 2.",
    ),
    "hcp_indice_exportation_trimestriel": (
        "Au titre du troisième trimestre 2025, les exportations (indice du commerce extérieur) s'établissent à 117,4 "
        "points d'indice, contre 116,9 un an auparavant, soit une hausse de 0,4 % "
        "(taux calculé ; les niveaux arrondis autorisent de +0,3 % à +0,5 %).",
        "Les composantes d'un indice ne s'additionnent pas : ni parts ni contributions.",
        "Par composante, plus forte hausse : Demi produits, +10,7 % ; plus fort recul : Énergie et lubrifiants, "
        "−22,3 %.",
        "Aucun chiffre signalé comme provisoire au titre du troisième trimestre 2025.",
    ),
    "oc_ide_recettes_par_secteurs": (
        "Au titre de l'année 2024, les recettes des investissements directs étrangers s'établissent à 43 802 millions "
        "de dirhams, contre 39 745 un an auparavant, soit une hausse de 10,2 % (taux calculé).",
        "Principale composante : Industrie, 37,6 % du total ; suivent Immobilier, 22,0 %, puis Autres services, 7,4 %.",
        "Par composante, plus forte hausse : Assurance, +3 217 % ; plus fort recul : Pêche, −79,1 %.",
        "Chiffres provisoires au titre de l'année 2024.",
    ),
}


def spaced(sentence: str) -> str:
    """A sentence with plain spaces, so that it can be compared with one typed by hand."""
    return sentence.replace("\u00a0", " ").replace("\u202f", " ")


def panel(status: Status = Status.PROVISIONAL, **figures: str | None) -> Panel:
    """A panel of figures named like TOTAL_2024, ITO_2024_growth, ITO_2024_share."""
    suffixes = {"growth": "%%", "share": "%"}
    keys = {" ".join(suffixes.get(part, part) for part in name.split("_")): value for name, value in figures.items()}
    return Panel(specimens.release(keys, status=status))


def test_sentences_of_every_release(release: Path) -> None:
    found = Panel(read_release(release).release)
    sentences = (*key_sentences(found, "fr"), status_sentence(found, "fr"))
    assert tuple(spaced(one) for one in sentences) == SENTENCES[release.stem]


def test_numbers_do_not_part_from_their_units() -> None:
    sentence = headline(panel(TOTAL_2023="26170", TOTAL_2024="26200"), "fr")
    assert "26\u202f200\u00a0milliards" in sentence and "+0,1\u00a0%" not in sentence and "0,1\u00a0%" in sentence


@pytest.mark.parametrize(
    ("figures", "ending"),
    [
        ({"TOTAL_2024": "26.2"}, "26,2 milliards de dirhams ; aucune période comparable n'est publiée ici."),
        (
            {"TOTAL_2023": None, "TOTAL_2024": "26.2", "TOTAL_2024_growth": "-0.3"},
            "soit une baisse de 0,3 % selon le taux publié ; le niveau d'un an auparavant n'est pas publié ici.",
        ),
        (
            {"TOTAL_2023": "26.17", "TOTAL_2024": "26.2", "TOTAL_2024_growth": "9.9"},
            "contre 26,17 un an auparavant, soit une hausse de 0,1 % (taux calculé : le taux publié est hors de ce que "
            "les niveaux autorisent, de −0,1 % à +0,3 %).",
        ),
        (
            {"TOTAL_2023": "26200", "TOTAL_2024": "26205"},
            "contre 26 200 un an auparavant, soit une quasi-stabilité (taux calculé).",
        ),
        (
            {"TOTAL_2023": "26.2", "TOTAL_2024": "26.2", "TOTAL_2024_growth": "0"},
            "soit une quasi-stabilité (taux publié ; les niveaux arrondis autorisent de −0,4 % à +0,4 %).",
        ),
        (
            {"TOTAL_2023": "14.0", "TOTAL_2024": "13.0"},
            "contre 14,0 un an auparavant, soit une baisse de 7 % "
            "(taux calculé ; les niveaux arrondis autorisent de −7,8 % à −6,5 %).",
        ),
        (
            {"TOTAL_2023": "0", "TOTAL_2024": "26.2"},
            "; la base d'un an auparavant, nulle ou négative, ne permet pas de taux.",
        ),
        ({"ITO_2024": "10.5"}, "La publication ne donne pas de total."),
    ],
    ids=[
        "no level before",
        "no level, published fall",
        "refused",
        "stable",
        "published stable",
        "fall",
        "zero",
        "none",
    ],
)
def test_headline_at_the_edges(figures: dict[str, str | None], ending: str) -> None:
    assert spaced(headline(panel(**figures), "fr")).endswith(ending)


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"TOTAL_2024": "26.2"}, "La publication ne détaille pas les sous-secteurs."),
        (
            {"TOTAL_2024": "20", "KPO_2024": "5"},
            "Seule composante dont la part est publiée ou calculable : Externalisation des activités à contenu "
            "« savoir » (KPO), 25 % du total.",
        ),
        (
            {"TOTAL_2024": "20", "KPO_2024": "5", "ITO_2024": "7.5"},
            "Principale composante : Externalisation des technologies de l'information (ITO), 38 % du total ; suit "
            "Externalisation des activités à contenu « savoir » (KPO), 25 %.",
        ),
    ],
    ids=["no parts", "one", "two"],
)
def test_structure_at_the_edges(figures: dict[str, str | None], sentence: str) -> None:
    assert spaced(structure(panel(**figures), "fr")) == sentence


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (
            {"ITO_2023": "10", "ITO_2024": "12", "KPO_2024": "1"},
            "Seule composante dont l'évolution est connue : "
            "Externalisation des technologies de l'information (ITO), +20 %.",
        ),
        (
            {"ITO_2023": "10000", "ITO_2024": "10004", "CRM_2023": "10000", "CRM_2024": "9996", "KPO_2024": "1"},
            "Aucune composante dont l'évolution est connue ne varie.",
        ),
        (
            {"ITO_2023": "10", "ITO_2024": "12", "CRM_2023": "10", "CRM_2024": "11"},
            "Par composante, plus forte hausse : Externalisation des technologies de l'information (ITO), +20 %.",
        ),
        (
            {"ITO_2023": "10", "ITO_2024": "8", "CRM_2023": "10", "CRM_2024": "9", "KPO_2024": "1"},
            "Parmi les 2 composantes dont l'évolution est connue, plus fort recul : "
            "Externalisation des technologies de l'information (ITO), −20 %.",
        ),
    ],
    ids=["one of two", "too little to be written", "only rises", "only falls"],
)
def test_movers_at_the_edges(figures: dict[str, str | None], sentence: str) -> None:
    known = panel(TOTAL_2023="30000", TOTAL_2024="30001", **figures)
    assert spaced(movers(known, "fr")) == sentence


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
    assert status_sentence(panel(status, TOTAL_2024="26.2"), "fr") == sentence
