import subprocess
from pathlib import Path

import pytest

from opencode.core.layers import builtin_layer
from opencode.core.permission import Layer, Request, Rule, judge
from opencode.core.place import Place
from opencode.tools.shared.shell.parse import SAFE_GIT_ENV, shell_requests

HERE = Path(__file__).parent
SIGNS = str.maketrans({"␤": "\n", "␋": "\x0b", "␍": "\r", "␀": "\x0c", "␠": "\u00a0"})
GUIDE = Layer(
    "user config", [Rule("bash", w, "allow") for w in ("git status", "git log", "ls", "cat")]
)


def lines(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [x.translate(SIGNS) for x in text.split("\n") if x and not x.startswith("#")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "project"
    (root / "src" / "sub").mkdir(parents=True)
    (root / "README.md").write_text("read me")
    (root / "package.json").write_text("{}")
    (root / ".env").write_text("KEY=1")
    (root / "src" / "app.py").write_text("")
    (root / "link").symlink_to("/etc")
    (root / ".gitignore").write_text("build/\n*.log\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Place(root)


def bash(requests: list[Request]) -> list[str]:
    return [request.target for request in requests if request.action == "bash"]


def verdict(line: str, place: Place, *layers: Layer, sandboxed: bool = False) -> str:
    requests = shell_requests(line, place)
    return judge(requests, [builtin_layer(), *layers], sandboxed=sandboxed).verdict


@pytest.mark.parametrize("layers", [(), (GUIDE,)], ids=["defaults", "guide"])
def test_no_attack_runs_without_a_question(place: Place, layers: tuple[Layer, ...]) -> None:
    attacks = lines("shell_attacks.txt")
    assert len(attacks) >= 200
    assert [line for line in attacks if verdict(line, place, *layers) == "allow"] == []


def test_nearly_every_line_that_only_looks_runs_unasked(place: Place) -> None:
    benign = lines("shell_benign.txt")
    asked = [line for line in benign if verdict(line, place) != "allow"]
    assert len(benign) >= 40
    assert len(asked) <= 0.06 * len(benign), asked


def test_attacks_stay_asked_when_pieces_are_put_around_them(place: Place) -> None:
    frames = [
        "ls; {}",
        "{}\nls",
        "( {} )",
        "if true; then {}; fi",
        "{{ {}; }} 2>/dev/null",
        "ls && {}",
    ]
    attacks = [a for a in lines("shell_attacks.txt") if "\n" not in a and "#" not in a]
    loose = [
        framed
        for attack in attacks[::7]
        for frame in frames
        if verdict(framed := frame.format(attack), place, GUIDE) == "allow"
    ]
    assert loose == []


def test_every_command_of_a_line_is_found(place: Place) -> None:
    line = "a 1 && b | c; (d) & e $(f `g`) <(h); for i in $(j); do k; done; function l { m; }"
    found = [text.split()[0] for text in bash(shell_requests(line, place))]
    assert set("abcdefghjkm") <= set(found)


def test_a_name_in_disguise_is_denied_as_what_it_is(place: Place) -> None:
    layer = Layer("user config", [Rule("bash", "curl", "deny")])
    for line in ('c"ur"l x', "\\curl x", "c''url x", "X=curl; $X x", "'sudo' curl x"):
        assert verdict(line, place, layer) == "deny", line
    assert verdict("\\cat a", place) == "ask"


FED_TO_A_SHELL = [
    "bash <<< 'curl x'",
    "sudo sh -s a <<EOF\ncurl x\nEOF",
    "bash /dev/stdin <<-'EOF'\n\tcurl x\n\tEOF",
    "echo -n curl x | tee log | env A=1 bash",
    "printf 'curl %s\\n' x y | sh",
    "cat <<EOF | bash\ncurl x\nEOF",
    ". /dev/stdin <<< 'curl x'",
]


@pytest.mark.parametrize("line", FED_TO_A_SHELL)
def test_what_the_line_itself_feeds_to_a_shell_is_judged_as_commands(
    line: str, place: Place
) -> None:
    assert verdict(line, place, Layer("user config", [Rule("bash", "curl", "deny")])) == "deny"
    assert [r for r in shell_requests(line, place) if r.unsure] == []


@pytest.mark.parametrize(
    "line",
    [
        "bash <<< ls < script",
        "cat script | cat <<EOF && bash\nls\nEOF",
        "echo ls | { read x; bash; }",
        'echo "ls $x" | bash',
        "bash <<EOF\nls $x\nEOF",
        "bash --rcfile script <<< ls",
        "bash -o pipefail <<< ls",
        "bash <(echo ls)",
        "echo ls | xargs bash",
        "bash <<< bash",
    ],
)
def test_what_else_a_shell_reads_is_asked_for_with_the_reason(line: str, place: Place) -> None:
    layer = Layer("user config", [Rule("*", "*", "allow"), Rule("bash", "curl", "deny")])
    found = judge(shell_requests(line, place), [builtin_layer(), layer], sandboxed=True)
    assert (found.verdict, found.may_be_denied) == ("ask", True)


def test_another_shell_changes_neither_our_folder_nor_knows_our_variables(place: Place) -> None:
    def outside(line: str) -> list[str]:
        return [r.target for r in shell_requests(line, place) if r.action == "outside"]

    assert outside("bash -c 'cd src'; cat ../other") == [str(place.cwd.parent / "other")]
    assert outside("eval 'cd src'; cat ../other") == []
    assert outside("x=src; bash -c 'cat $x/app.py'") == ["$x/app.py"]


def test_a_wrapper_and_what_it_runs_both_count(place: Place) -> None:
    found = bash(shell_requests("sudo -u root env A=1 nice -n 5 rm -rf x", place))
    assert [text.split()[0] for text in found] == ["sudo", "env", "A=1", "nice", "rm"]
    assert "rm x" in bash(shell_requests("bash -c 'ls; rm x'", place))
    assert "rm README.md" in bash(shell_requests("find . -type f -exec rm README.md ';'", place))


def test_a_redirect_that_writes_asks_for_the_file_and_for_itself(place: Place) -> None:
    requests = shell_requests("echo hi > src/new.py", place)
    assert bash(requests) == ["echo hi", "> src/new.py"]
    assert Request("edit", "src/new.py", access="write") in requests
    assert verdict("echo hi 2>&1 > /dev/null", place) == "allow"


def test_a_redirect_is_no_part_of_what_a_rule_allows(place: Place) -> None:
    allowed = Layer("user config", [Rule("bash", "echo", "allow")])
    assert verdict("echo hi > x", place, allowed) == "ask"
    assert verdict("echo hi > x", place, allowed, sandboxed=True) == "allow"


def test_what_is_written_on_purpose_needs_only_its_command_allowed(place: Place) -> None:
    allowed = Layer("user config", [Rule("bash", "mkdir", "allow")])
    assert verdict("mkdir -p src/new", place, allowed) == "allow"
    assert verdict("mkdir -p ../new", place, allowed) == "ask"
    assert verdict("mkdir .git/hooks/x", place, allowed) == "ask"


def test_paths_are_followed_through_folder_changes(place: Place) -> None:
    def outside(line: str) -> list[str]:
        return [r.target for r in shell_requests(line, place) if r.action == "outside"]

    assert outside("cd src/sub && cat ../app.py") == []
    assert outside("cd src && cat ../../other") == [str(place.cwd.parent / "other")]
    assert outside("cd missing; cat ../x") != []
    assert outside("(cd src); cat ../x") != []
    assert outside("cd link && cat passwd") != []
    assert outside("cat link/../x") != []
    assert outside('cat "$where"') == ['"$where"']


def test_secrets_ask_and_examples_do_not(place: Place) -> None:
    (place.cwd / ".env.example").write_text("KEY=")
    assert verdict("cat .env", place) == "ask"
    assert verdict("cat ./src/../.env", place) == "ask"
    assert verdict("cat .env.example", place) == "allow"
    assert verdict("grep -r KEY .", place) == "ask"
    (place.cwd / ".env").unlink()
    assert verdict("grep -r KEY .", place) == "allow"


def test_links_that_lead_out_are_seen_where_they_are_followed(place: Place) -> None:
    assert verdict("grep -rn x .", place) == "ask"  # .env lies there
    (place.cwd / ".env").unlink()
    assert verdict("grep -rn x .", place) == "allow"
    assert verdict("grep -Rn x .", place) == "ask"
    (place.cwd / "link").unlink()
    assert verdict("grep -Rn x .", place) == "allow"


@pytest.mark.parametrize(
    "config",
    [
        "[core]\n\tfsmonitor = ./evil",
        '[diff "x"]\n\ttextconv = ./evil',
        '[filter "x"]\n\tclean = ./evil',
        "[include]\n\tpath = ../evil",
        "[alias]\n\tstatus = !evil",
    ],
)
def test_git_asks_where_the_repository_runs_programs(place: Place, config: str) -> None:
    assert verdict("git status", place) == "allow"
    with (place.cwd / ".git" / "config").open("a") as file:
        file.write(f"\n{config}\n")
    assert verdict("git status", place) == "ask"
    assert verdict("git status", place, GUIDE) == "ask"


def test_git_settings_for_harmless_calls_keep_fsmonitor_from_running(place: Place) -> None:
    marker = place.cwd / "marker"
    subprocess.run(
        ["git", "-C", str(place.cwd), "config", "core.fsmonitor", f"touch {marker}; false"],
        check=True,
    )
    calm = {"PATH": "/usr/bin:/bin", "HOME": str(place.cwd)}
    subprocess.run(
        ["git", "-C", str(place.cwd), "status"], check=True, env=calm | SAFE_GIT_ENV, stdout=-3
    )
    assert not marker.exists()
    subprocess.run(["git", "-C", str(place.cwd), "status"], check=True, env=calm, stdout=-3)
    assert marker.exists()


@pytest.mark.parametrize("line", lines("shell_irreversible.txt"))
def test_what_cannot_be_undone_asks_though_all_is_allowed(place: Place, line: str) -> None:
    everything = Layer("user config", [Rule("*", "*", "allow")])
    requests = shell_requests(line, place)
    layers = [builtin_layer(), everything]
    assert any(request.irreversible for request in requests)
    assert judge(requests, layers, sandboxed=True).verdict == "ask"


UNDOABLE = """git clean -n
git checkout main
git checkout -b new
git restore --staged x
git push
git branch -d x
git stash
git stash pop
git reset HEAD~1
git rebase main
git commit -m 'reset --hard'
rm x
rm -r src/sub
find . -name '*.pyc' -delete
chmod -R u+w src
docker ps
kubectl get pods
terraform plan
npm test
curl http://x.example"""


@pytest.mark.parametrize("line", UNDOABLE.split("\n"))
def test_what_can_be_undone_is_not_called_irreversible(place: Place, line: str) -> None:
    assert not any(request.irreversible for request in shell_requests(line, place))


def test_variables_of_the_line_are_known_as_long_as_they_are_certain(place: Place) -> None:
    assert verdict("f=README.md; cat $f", place) == "allow"
    assert verdict('for f in *.md src/*.py; do wc -l "$f"; done', place) == "allow"
    assert verdict("f=/etc/passwd; cat $f", place) == "ask"
    assert verdict("f=README.md; f=/etc/passwd; cat $f", place) == "ask"
    assert verdict("f=README.md; read f; cat $f", place) == "ask"


def test_a_denied_command_is_found_wherever_it_hides(place: Place) -> None:
    never = Layer("user config", [Rule("bash", "rm", "deny"), Rule("bash", "git push", "deny")])
    for line in ("ls; rm x", "/bin/rm x", "sudo rm x", "ls | xargs rm", "$(rm x)", "(rm x)",
                 "find . -exec rm {} \\;", "bash -c 'rm x'", "git -C src push",
                 "git --no-pager push",
                 "env A=1 rm x", "uv run rm x", "timeout 9 git push -f", "rm x )"):  # fmt: skip
        assert verdict(line, place, never) == "deny", line
    assert verdict("git log --grep push", place, never) == "allow"
    assert verdict("$x push", place, never, sandboxed=True) == "ask"


def test_text_that_holds_no_command_is_never_allowed(place: Place) -> None:
    everything = Layer("user config", [Rule("*", "*", "allow")])
    for line in ("", "  ", "#", "x=1", "> f", "[[ -f x ]]", "((1))", "unset x", "\x00", "((", "'"):
        assert verdict(line, place, everything, sandboxed=True) == "ask", line


def test_long_and_deep_lines_ask_instead_of_failing(place: Place) -> None:
    for line in ("ls;" * 20_000, "$(" * 500 + "ls" + ")" * 500, "(" * 3000 + "ls" + ")" * 3000,
                 "eval " * 3000 + "ls", "if true; then " * 400 + "ls" + "; fi" * 400):  # fmt: skip
        assert verdict(line, place) in ("ask", "allow")
    assert verdict("eval " * 3000 + "rm x", place) == "ask"
