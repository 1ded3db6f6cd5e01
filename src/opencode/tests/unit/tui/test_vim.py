import pytest

from opencode.tui.vim import Vim


def typed(keys: str, text: str) -> str:
    """The text after the keys of normal mode, `|` where the cursor is; letters typed in insert
    mode are written, ␛ is Esc."""
    vim = Vim()
    at = text.index("|")
    text = text.replace("|", "")
    at = vim.leave_insert(text, at + 1 if at < len(text) and text[at] != "\n" else at)
    for key in keys:
        if key == "␛":
            at = vim.leave_insert(text, at)
        elif vim.is_writing:
            text, at = text[:at] + key + text[at:], at + 1
        elif done := vim.key(key, text, at):
            text, at = done.text, done.at
    return text[:at] + "|" + text[at:]


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ("l", "|one", "o|ne"),
        ("9l", "|one\ntwo", "on|e\ntwo"),
        ("h", "|one", "|one"),
        ("j", "on|e\ntwo", "one\ntw|o"),
        ("jj", "thre|e\na\nfour", "three\na\nfou|r"),
        ("k", "one\ntw|o", "on|e\ntwo"),
        ("w", "|foo.bar baz", "foo|.bar baz"),
        ("3w", "|foo.bar baz", "foo.bar |baz"),
        ("W", "|foo.bar baz", "foo.bar |baz"),
        ("w", "|日本 語", "日本 |語"),
        ("b", "foo.bar |baz", "foo.|bar baz"),
        ("B", "foo.bar |baz", "|foo.bar baz"),
        ("e", "|foo bar", "fo|o bar"),
        ("ee", "|foo bar", "foo ba|r"),
        ("$", "|one\ntwo", "on|e\ntwo"),
        ("0", "  on|e", "|  one"),
        ("^", "  on|e", "  |one"),
        ("G", "|one\ntwo\nthree", "one\ntwo\n|three"),
        ("2G", "|one\ntwo\nthree", "one\n|two\nthree"),
        ("gg", "one\ntwo\nthre|e", "|one\ntwo\nthree"),
        ("l", "|\nsecond", "|\nsecond"),
    ],
)
def test_motions_go_where_vim_goes(keys: str, before: str, after: str) -> None:
    assert typed(keys, before) == after


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ("x", "o|ne", "o|e"),
        ("x", "on|e", "o|n"),
        ("2x", "|one", "|e"),
        ("dd", "one\nt|wo\nthree", "one\n|three"),
        ("dd", "one\nt|wo", "|one"),
        ("dd", "on|e", "|"),
        ("2dd", "|one\ntwo\nthree", "|three"),
        ("dw", "|one two", "|two"),
        ("dw", "one |two\nthree", "one| \nthree"),
        ("d2w", "|one two three", "|three"),
        ("de", "|one two", "| two"),
        ("d$", "o|ne\ntwo", "|o\ntwo"),
        ("D", "o|ne\ntwo", "|o\ntwo"),
        ("db", "one tw|o", "one |o"),
        ("dj", "|one\ntwo\nthree", "|three"),
        ("dG", "one\n|two\nthree", "|one"),
        ("dgg", "one\ntwo\n|three\nfour", "|four"),
        ("cwsix␛", "|one two", "si|x two"),
        ("ccnew␛", "one\nt|wo\nthree", "one\nne|w\nthree"),
        ("Cx␛", "o|ne two", "o|x"),
        ("rz", "o|ne", "o|ze"),
        ("3rz", "o|ne", "o|ne"),
        ("ddp", "|one\ntwo", "two\n|one"),
        ("yyp", "|one\ntwo", "one\n|one\ntwo"),
        ("yyP", "one\n|two", "one\n|two\ntwo"),
        ("ywP", "|one two", "one| one two"),
        ("xp", "|abc", "b|ac"),
        ("y$jp", "|ab\ncd", "ab\nca|bd"),
    ],
)
def test_operators_change_what_vim_changes(keys: str, before: str, after: str) -> None:
    assert typed(keys, before) == after


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ("ix␛", "o|ne", "o|xne"),
        ("ax␛", "o|ne", "on|xe"),
        ("ax␛", "on|e", "one|x"),
        ("Ix␛", "on|e", "|xone"),
        ("Ax␛", "|one", "one|x"),
        ("ox␛", "|one\ntwo", "one\n|x\ntwo"),
        ("Ox␛", "one\n|two", "one\n|x\ntwo"),
    ],
)
def test_inserting_begins_where_vim_begins(keys: str, before: str, after: str) -> None:
    assert typed(keys, before) == after


def test_letters_that_mean_nothing_change_nothing() -> None:
    assert typed("qZdz&", "o|ne") == "o|ne"


def test_esc_forgets_an_unfinished_command() -> None:
    vim = Vim()
    vim.leave_insert("one two", 0)
    vim.key("d", "one two", 0)
    assert vim.drop_pending()
    assert vim.key("w", "one two", 0) == ("one two", 4, "")


@pytest.mark.parametrize(("key", "also"), [("u", "undo"), ("/", "find")])
def test_what_only_the_editor_can_do_is_asked_of_it(key: str, also: str) -> None:
    vim = Vim()
    vim.leave_insert("one", 0)
    done = vim.key(key, "one", 0)
    assert done
    assert done.also == also
