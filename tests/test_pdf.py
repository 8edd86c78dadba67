"""PDFs beside workbooks: tagged, in the workbook's language, one page wide; an office that fails takes one file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import office
import pytest
from specimens import open_workbook

from nachra import pdf
from nachra.errors import ConversionError, UnreadableError
from nachra.jobs import Briefed, Job, run_job

LANGUAGES = {"fr": "fr-MA", "ar": "ar-MA", "en": "en-GB"}
#: embedded marks of direction, with which pdftotext wraps what runs the other way
MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def printed(
    soffice: Path, releases: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Path]]:
    """The briefing of one release in each language, and its PDF."""
    folder = tmp_path_factory.mktemp("pdf")
    made = {language: folder / f"note.{language}.xlsx" for language in LANGUAGES}
    for language, path in made.items():
        (made_one,) = run_job(Job(releases[0], path.with_suffix(""), (language,), target=path))
        assert isinstance(made_one, Briefed)
    outcomes = dict(pdf.convert(list(made.values()), soffice))
    results = {}
    for language, path in made.items():
        result = outcomes[path]
        assert result == folder / f"note.{language}.pdf" and isinstance(result, Path)
        results[language] = (path, result)
    return results


def pages(path: Path) -> list[str]:
    """The text of each page, in reading order."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, encoding="utf-8", check=True)
    return [MARKS.sub("", page) for page in done.stdout.split("\f")[:-1]]


def as_extracted(text: str) -> str:
    """Arabic as pdftotext gives it: the letters of a lam-alef ligature in the order of the eye, no isolates."""
    return re.sub("ل([اأإآ])", "\\1ل", re.sub("[\u2067\u2069]", "", text))


@pytest.mark.calc
@pytest.mark.parametrize("language", LANGUAGES)
def test_pdf_is_tagged_titled_and_in_its_language(printed: dict[str, tuple[Path, Path]], language: str) -> None:
    workbook, result = printed[language]
    content = result.read_bytes()
    assert re.search(rb"/MarkInfo\s*<<\s*/Marked true", content) and b"/StructTreeRoot" in content
    assert re.findall(rb"/Lang\s*\(([^)]*)\)", content) == [LANGUAGES[language].encode()]
    assert b"/DisplayDocTitle true" in content
    # one alternative text a chart
    charts = sum(len(sheet._charts) for sheet in open_workbook(workbook).worksheets)
    assert charts and content.count(b"/Alt") == charts
    said = subprocess.run(["pdfinfo", result], capture_output=True, encoding="utf-8", check=True).stdout
    assert f"Title:           {open_workbook(workbook).properties.title}" in said and "(A4)" in said


@pytest.mark.calc
@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_are_printed(printed: dict[str, tuple[Path, Path]], language: str) -> None:
    """An office that takes charts for active content, or loses them, leaves holes that nothing else shows."""
    workbook, result = printed[language]
    text = as_extracted(" ".join(" ".join(pages(result)).split()))
    with zipfile.ZipFile(workbook) as package:
        parts = [package.read(name) for name in package.namelist() if name.startswith("xl/charts/chart")]
    titles = [re.findall(r"<a:t>([^<]*)</a:t>", part.decode())[0] for part in parts]
    assert len(titles) == 4
    for title in titles:
        # a long title is broken over two lines
        words = as_extracted(title.split(":")[0].split("،")[0].split(",")[0].replace("\u00a0", " ")).split()
        assert " ".join(words) in text, title


@pytest.mark.calc
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sheet_is_one_page_wide(printed: dict[str, tuple[Path, Path]], language: str) -> None:
    workbook, result = printed[language]
    footers = [page.strip().rpartition("\n")[2] for page in pages(result)]
    expected = []
    for sheet in open_workbook(workbook).worksheets:
        name = as_extracted(sheet.title)
        count = sum(name in footer for footer in footers)
        assert count == 1 or (count > 1 and sheet.page_setup.fitToHeight == 0), sheet.title
        expected += [name] * count
    assert len(footers) == len(expected)
    assert all(name in footer for name, footer in zip(expected, footers, strict=True))
    # the data sheet is long, not wide: its first and last headers are on each of its pages
    data = open_workbook(workbook).worksheets[6]
    ends = [as_extracted(str(data.cell(4, column).value)).split()[0] for column in (1, data.max_column)]
    for name, page in zip(expected, pages(result), strict=True):
        assert name != as_extracted(data.title) or all(end in page for end in ends)


@pytest.mark.calc
def test_numbers_are_written_as_the_sentences_write_them(printed: dict[str, tuple[Path, Path]]) -> None:
    text = {language: "".join(pages(result)) for language, (_, result) in printed.items()}
    assert "26,219" in text["fr"] and "40,3 %" in text["fr"]
    assert "26.219" in text["en"] and "40.3%" in text["en"]
    assert "26,219" in text["ar"] and "40,3%" in text["ar"] and "\u066b" not in text["ar"]
    # letters are joined and in order: the words are found as they are written
    assert "مجموع صادرات" in text["ar"]


@pytest.mark.calc
def test_signs_stand_before_their_numbers_in_arabic(printed: dict[str, tuple[Path, Path]]) -> None:
    text = "".join(pages(printed["ar"][1]))
    assert "+0,2%" in text and not re.search(r"\d[+-](?:\s|$)", text, re.MULTILINE)


@pytest.mark.calc
def test_a_file_that_fails_does_not_stop_the_others(soffice: Path, releases: list[Path], tmp_path: Path) -> None:
    bad, gone = tmp_path / "abîmé.xlsx", tmp_path / "absent.xlsx"
    bad.write_bytes(b"PK\x03\x04 not a workbook")
    good, twin = tmp_path / "bon (1).xlsx", tmp_path / "bon (1).xlsm"
    for path in (good, twin):
        shutil.copy(releases[0], path)
    outcomes = dict(pdf.convert([bad, gone, good, twin, good], soffice))
    assert outcomes[good] == tmp_path / "bon (1).pdf"
    for path, kind, code in ((bad, ConversionError, "pdf_failed"), (gone, UnreadableError, "os")):
        error = outcomes[path]
        assert isinstance(error, kind) and error.code == code and error.path == str(path)
    assert isinstance(outcomes[twin], ConversionError) and len(outcomes) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in (bad, good, twin, tmp_path / "bon (1).pdf")
    )


#: an office that converts one file after the other with the real one, until it comes to the second
FAILING = """#!{python}
import os, signal, subprocess, sys
arguments = sys.argv[1:]
out = arguments[arguments.index("--outdir") + 1]
first = arguments.index("--outdir") + 2
for copy in arguments[first:]:
    if copy.endswith("1.xlsx"):
        os.makedirs(out, exist_ok=True)
        open(os.path.join(out, "1.pdf"), "wb").write(b"%PDF-1.7 half of")
        {how}
    subprocess.run([{soffice!r}, *arguments[:first], copy], check=True)
"""


@pytest.mark.calc
@pytest.mark.skipif(os.name == "nt", reason="the failing office is a script")
@pytest.mark.parametrize(
    ("how", "code"),
    [("signal.pause()", "pdf_timeout"), ("os.kill(os.getpid(), signal.SIGKILL)", "pdf_died")],
    ids=["hangs", "dies"],
)
def test_an_office_that_fails_takes_one_file(
    soffice: Path, releases: list[Path], tmp_path: Path, how: str, code: str
) -> None:
    launcher = tmp_path / "office"
    launcher.write_text(FAILING.format(python=sys.executable, soffice=str(soffice), how=how))
    launcher.chmod(0o755)
    paths = [Path(shutil.copy(releases[0], tmp_path / f"{name}.xlsx")) for name in "abc"]
    (tmp_path / "b.pdf").write_bytes(b"the older one")
    outcomes = dict(pdf.convert(paths, launcher, patience=25))
    assert [outcomes[paths[place]] for place in (0, 2)] == [tmp_path / "a.pdf", tmp_path / "c.pdf"]
    error = outcomes[paths[1]]
    assert isinstance(error, ConversionError) and error.code == code
    assert (tmp_path / "b.pdf").read_bytes() == b"the older one"
    # nothing is left running
    running = subprocess.run(["pgrep", "-f", str(launcher)], capture_output=True, text=True).stdout
    assert running == ""


@pytest.mark.skipif(os.name == "nt", reason="the broken office is a script")
def test_an_office_that_never_works_is_given_up(releases: list[Path], tmp_path: Path) -> None:
    launcher, starts = tmp_path / "office", tmp_path / "starts"
    launcher.write_text(f"#!/bin/sh\necho >> {starts}\nexit 1\n")
    launcher.chmod(0o755)
    paths = [Path(shutil.copy(releases[0], tmp_path / f"{name}.xlsx")) for name in "abcdefgh"]
    outcomes = dict(pdf.convert(paths, launcher))
    assert [getattr(outcomes[path], "code", None) for path in paths] == ["pdf_died"] * 8
    assert starts.read_text().count("\n") == pdf.FRUITLESS_STARTS


@pytest.mark.calc
def test_command_line_writes_pdfs_beside_the_workbooks(soffice: Path, releases: list[Path], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nachra.cli", "batch", str(releases[0]), str(releases[2]), "--outline", "note"]
    command += ["--pdf", "--json", "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(office.REPOSITORY / "addin"), pdf.VARIABLE: str(soffice)}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["briefings"]
    assert [one["pdf"] for one in told] == [one["path"].removesuffix(".xlsx") + ".pdf" for one in told]
    assert all(Path(one["pdf"]).read_bytes().startswith(b"%PDF-") for one in told) and len(told) == 2


def test_command_line_says_at_once_that_there_is_no_office(releases: list[Path], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nachra.cli", "brief", str(releases[0]), "--pdf", "-o", str(tmp_path / "a.xlsx")]
    environment = {**os.environ, "PYTHONPATH": str(office.REPOSITORY / "addin"), pdf.VARIABLE: "nowhere"}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 3 and "nowhere" in done.stderr and list(tmp_path.iterdir()) == []


# --- which office ---------------------------------------------------------------------------------


def test_without_an_office_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "USUAL_PLACES", ())
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    with pytest.raises(ConversionError) as caught:
        pdf.find_office()
    for language in LANGUAGES:
        message = caught.value.message(language)
        assert "LibreOffice" in message and pdf.VARIABLE in message
    monkeypatch.setenv(pdf.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(ConversionError, match="nowhere"):
        pdf.find_office()


def test_the_office_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    launcher = tmp_path / "program" / "soffice"
    launcher.parent.mkdir()
    launcher.write_text("#!/bin/sh\n")
    launcher.chmod(0o755)
    monkeypatch.setenv(pdf.VARIABLE, str(launcher))
    assert pdf.find_office() == launcher
    stated = launcher.parent / "bootstraprc"
    stated.write_text("[Bootstrap]\nProductKey=LibreOffice 25.8\n")
    assert pdf.find_office() == launcher
    stated.write_text("[Bootstrap]\nProductKey=LibreOffice 7.4\n")
    with pytest.raises(ConversionError, match=r"7\.4 .* 25\.2"):
        pdf.find_office()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"garbage"])
def test_a_workbook_that_says_no_language_is_french(data: bytes) -> None:
    assert pdf.language_of(data) == "fr-MA"
