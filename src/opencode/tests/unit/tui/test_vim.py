import pytest

from opencode.tui.vim.vim import Vim


def typed(keys: str, text: str, vim: Vim | None = None) -> str:
    """The text after the keys of normal mode, `|` where the cursor is; letters typed in insert
    mode are written, ␛ is Esc."""
    vim = vim or Vim()
    at = text.index("|")
    text = text.replace("|", "")
    at = vim.leave_insert(text, at + 1 if at < len(text) and text[at] != "\n" else at)
    for key in keys:
        if key == "␛" and vim.is_writing:
            at = vim.leave_insert(text, at)
        elif key == "␛":
            vim.step_back()
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
        ("fd", "|a.b,c.d", "a.b,c.|d"),
        ("2f.", "|a.b,c.d", "a.b,c|.d"),
        ("t,", "|a.b,c.d", "a.|b,c.d"),
        ("Fa", "a.b,c.|d", "|a.b,c.d"),
        ("T,", "a.b,c.|d", "a.b,|c.d"),
        ("f.;", "|a.b,c.d", "a.b,c|.d"),
        ("f.;,", "|a.b,c.d", "a|.b,c.d"),
        ("t.;", "|a.b,c.d", "a.b,|c.d"),
        ("fz", "o|ne", "o|ne"),
        ("}", "|a\nb\n\nc", "a\nb\n|\nc"),
        ("}}", "|a\n\nb", "a\n\n|b"),
        ("{", "a\n\nb|c", "a\n|\nbc"),
        ("{{", "a\n\nb|c", "|a\n\nbc"),
        ("%", "f|(a, (b))", "f(a, (b)|)"),
        ("%%", "|f(a, (b))", "f|(a, (b))"),
        ("2$", "|one\ntwo", "one\ntw|o"),
    ],
)
def test_far_motions_go_where_vim_goes(keys: str, before: str, after: str) -> None:
    assert typed(keys, before) == after


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ("diw", "one t|wo three", "one | three"),
        ("daw", "one t|wo three", "one |three"),
        ("daw", "one two thr|ee", "one tw|o"),
        ("d2aw", "|one two three", "|three"),
        ("daw", "foo|.bar baz", "foo|bar baz"),
        ("diW", "foo|.bar baz", "| baz"),
        ("diw", "one|   two", "one|two"),
        ('ci"new␛', 'say("o|ld", 1)', 'say("ne|w", 1)'),
        ('ci"new␛', 's|ay("old", 1)', 'say("ne|w", 1)'),
        ('da"', 'a "b|c" d', "a |d"),
        ("yi'$p", "a '|bc'", "a 'bc'b|c"),
        ("di(", "f(a, |b)", "f(|)"),
        ("da(", "f(a, |b) x", "f| x"),
        ("dib", "f(a, (|b))", "f(a, (|))"),
        ("d2i(", "f(a, (|b))", "f(|)"),
        ("ci{x␛", "{\n a|b\n}", "{|x}"),
        ("da[", "a[b[|c]]", "a[b|]"),
        ("di<", "<a|b>", "<|>"),
        ("di(", "no |brackets", "no |brackets"),
        ("dip", "a\nb|b\n\nc", "|\nc"),
        ("dap", "a\nb|b\n\nc", "|c"),
        ("dap", "a\n\nc|c", "|a"),
    ],
)
def test_text_objects_are_what_vim_means_by_them(keys: str, before: str, after: str) -> None:
    assert typed(keys, before) == after


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ("vld", "|one two", "|e two"),
        ("ved", "|one two", "| two"),
        ("vbd", "one t|wo", "one |o"),
        ("v$d", "o|ne\ntwo", "|o\ntwo"),
        ("vjd", "o|ne\ntwo", "o|o"),
        ("Vd", "one\nt|wo\nthree", "one\n|three"),
        ("Vjd", "|one\ntwo\nthree", "|three"),
        ("Vkd", "one\nt|wo\nthree", "|three"),
        ("vecnew␛", "|one two", "ne|w two"),
        ("Vcnew␛", "one\nt|wo", "one\nne|w"),
        ("veyP", "|one two", "on|eone two"),
        ("Vyp", "|one\ntwo", "one\n|one\ntwo"),
        ("viwd", "one t|wo three", "one | three"),
        ("vapd", "|a\n\nb", "|b"),
        ("vlohd", "o|ne two", "| two"),
        ("v3ld", "|one two", "|two"),
        ("v2iwd", "|one two", "|two"),
        ("vVd", "one\nt|wo", "|one"),
        ("vv", "|one", "|one"),
        ("ve␛x", "|one two", "on| two"),
        ("veU", "|one two", "|ONE two"),
        ("ve~", "|oNe two", "|OnE two"),
        ("verx", "|one two", "|xxx two"),
        ("VjJ", "|one\n  two", "one| two"),
        ("yiwwvep", "|one two", "one |one"),
        ("vtwd", "|one two", "|wo"),
    ],
)
def test_what_visual_mode_marks_is_what_is_changed(keys: str, before: str, after: str) -> None:
    assert typed(keys, before) == after


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ("sx␛", "|one", "|xne"),
        ("Snew␛", "o|ne\ntwo", "ne|w\ntwo"),
        ("Yp", "|one\ntwo", "one\n|one\ntwo"),
        ("2X", "one| two", "o| two"),
        ("J", "|one\n  two", "one| two"),
        ("3J", "|one\ntwo\nthree", "one two| three"),
        ("3~", "|one two", "ONE| two"),
        ("dfe", "|one two", "| two"),
        ("2dfo", "|a-o-o-", "|-"),
        ("dt ", "|one two", "| two"),
        ("dFo", "one tw|o", "|o"),
        ("d%", "f|(a, (b)) x", "f| x"),
        ("dw.", "|one two three", "|three"),
        ("cwnew␛w.", "|one two three", "new ne|w three"),
        ("A!␛j.", "|one\ntwo", "one!\ntwo|!"),
        ("x3.", "|one two", "|two"),
        ("ciwx␛w.", "|one two", "x |x"),
        ("dd.", "|one\ntwo\nthree", "|three"),
        (".", "o|ne", "o|ne"),
    ],
)
def test_more_commands_and_the_last_change_again(keys: str, before: str, after: str) -> None:
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
    assert vim.step_back()
    assert vim.key("w", "one two", 0) == ("one two", 4, "", 1)


@pytest.mark.parametrize(("key", "also"), [("u", "undo"), ("ctrl+r", "redo"), ("/", "find")])
def test_what_only_the_editor_can_do_is_asked_of_it(key: str, also: str) -> None:
    vim = Vim()
    vim.leave_insert("one", 0)
    done = vim.key(key, "one", 0)
    assert done
    assert done.also == also


def test_esc_leaves_a_selection_where_its_end_was() -> None:
    vim = Vim()
    assert typed("ve", "|one two", vim) == "on|e two"
    assert vim.is_selecting
    assert vim.selected("one two") == (0, 3, False)
    assert vim.step_back()
    assert vim.mode == "normal"
    assert not vim.step_back()


def test_lines_are_marked_whole_from_either_end() -> None:
    vim = Vim()
    typed("Vk", "one\ntw|o\nthree", vim)
    assert vim.selected("one\ntwo\nthree") == (0, 7, True)
