from collections.abc import Generator

import pytest

from opencode.i18n.captions import caption, heading
from opencode.i18n.catalog import Catalogue, speak, spoken


@pytest.fixture
def _german() -> Generator[None]:
    before = spoken()
    speak(Catalogue("de"))
    yield
    speak(before)


@pytest.mark.usefixtures("_german")
def test_what_tools_say_over_their_results_is_told_in_the_language_spoken() -> None:
    assert caption("1 match in 1 file") == "1 Treffer in 1 Datei"
    assert caption("12 matches in 3 files") == "12 Treffer in 3 Dateien"
    assert caption("2 entries") == "2 Einträge"
    assert caption("1 entry") == "1 Eintrag"
    assert caption("0 files") == "0 Dateien"
    assert caption("1 error") == "1 Fehler"
    assert caption("2 of 3 completed") == "2 von 3 erledigt"
    assert heading("file") == "Datei"


@pytest.mark.usefixtures("_german")
def test_titles_of_others_stay_as_they_are() -> None:
    for title in ("Exa", "src/a.py", "3 gherkins", "2 files too many", ""):
        assert caption(title) == title
    assert heading("URL") == "URL"


def test_english_is_what_the_tools_said() -> None:
    assert caption("12 matches in 3 files") == "12 matches in 3 files"
    assert heading("file") == "file"
