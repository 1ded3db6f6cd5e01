from pathlib import Path

import msgspec
import pytest

from opencode.core.command import Command
from opencode.core.provider import ModelInfo
from opencode.core.session import Session
from opencode.tests.tui.conftest import Sitting
from opencode.tui.dialogs.picker import Picker
from opencode.tui.widgets.prompt import Prompt
from opencode.tui.widgets.sidebar import Sidebar


async def test_ctrl_n_begins_anew(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("one")
        seat.door.reply(seat.session, "the answer")
        await seat.sees("the answer")
        await seat.press("ctrl+n")
        await seat.until(lambda: "the answer" not in seat.screen())
        await seat.say("two")
        assert len({session for session, _ in seat.door.said}) == 2


async def test_ctrl_o_lists_sessions_and_enter_opens_one(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("apples")
        seat.door.reply(seat.session, "about apples")
        await seat.press("ctrl+n")
        await seat.say("pears")
        await seat.press("ctrl+o")
        await seat.until(lambda: isinstance(seat.app.screen, Picker))
        await seat.type("app")
        await seat.press("enter")
        await seat.sees("about apples")


async def test_ctrl_p_offers_every_command_and_runs_it(sitting: Sitting) -> None:
    async with sitting(size=(100, 50)) as seat:
        await seat.press("ctrl+p")
        for name in ("New session", "Switch model", "Switch agent", "Switch theme", "Export"):
            await seat.sees(name)
        await seat.type("switch agent")
        await seat.press("enter")
        await seat.sees("Looks first")
        await seat.press("down", "enter")
        await seat.until(lambda: seat.app.facts.agent == "plan")


async def test_models_are_chosen_by_a_list_by_name_or_by_a_sentence(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("hello")
        await seat.type("/models two")
        await seat.press("enter")
        await seat.until(lambda: seat.session.model == "fake/two")
        await seat.type("Use GPT-4o for this conversation")
        await seat.press("enter")
        await seat.until(lambda: seat.session.model == "other/gpt-4o")
        assert len(seat.door.said) == 1
        await seat.type("Switch to fake")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, Picker))
        await seat.press("escape")
        await seat.type("Switch to Claude")
        await seat.press("enter")
        await seat.sees("No model fits “Claude”")
        assert len(seat.door.said) == 1


async def test_a_sentence_that_means_no_model_goes_to_the_model(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Use tabs for this conversation")
        assert seat.door.said[0][1] == "Use tabs for this conversation"
        await seat.say("Use it")
        assert seat.door.said[1][1] == "Use it"


async def test_a_local_model_is_looked_for_among_those_of_this_machine(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("Use local model gpt-4o")
        await seat.press("enter")
        await seat.sees("No model fits “gpt-4o”")
        seat.door.offered.append(ModelInfo("ollama/llama3.2:latest"))
        await seat.type("Use local model llama3.2")
        await seat.press("enter")
        await seat.until(lambda: seat.app.facts.model == "ollama/llama3.2:latest")
        assert not seat.door.said


async def test_slash_completes_and_tab_takes_it(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("/them")
        await seat.sees("Switch theme")
        await seat.press("tab")
        assert seat.app.chat.query_one(Prompt).text == "/themes "
        assert seat.app.facts.agent == "build"


async def test_at_completes_files_and_agents(sitting: Sitting, project: Path) -> None:
    (project / "src").mkdir()
    (project / "src" / "engine.py").touch()
    async with sitting() as seat:
        await seat.type("look at @engi")
        await seat.sees("src/engine.py")
        await seat.press("enter")
        prompt = seat.app.chat.query_one(Prompt)
        assert prompt.text == "look at @src/engine.py "
        prompt.put("")
        await seat.type("@pl")
        await seat.sees("@plan")
        await seat.press("escape")
        assert prompt.text == "@pl"


async def test_an_exclamation_mark_runs_a_shell_line(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("!make test")
        await seat.press("enter")
        await seat.until(lambda: seat.door.ran)
        assert seat.door.ran == [("bash", {"command": "make test"})]
        await seat.sees("Bash $ make test")
        await seat.press("exclamation_mark", "enter")
        await seat.sees("Run a shell line")
        assert not seat.door.said


async def test_an_unknown_slash_word_goes_to_the_door_which_knows_custom_commands(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await seat.say("/deploy now")
        assert seat.door.said[0][1] == "/deploy now"


async def test_undo_brings_the_prompt_back_into_the_input(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("change it")
        seat.door.reply(seat.session, "changed")
        await seat.sees("changed")
        await seat.press("ctrl+x", "u")
        await seat.sees("1 file restored")
        assert seat.app.chat.query_one(Prompt).text == "change it"


async def test_export_writes_the_whole_session(sitting: Sitting, tmp_path: Path) -> None:
    async with sitting() as seat:
        await seat.say("hello")
        seat.door.reply(seat.session, "hi")
        seat.app.facts.directory = str(tmp_path)
        await seat.type("/export out.json")
        await seat.press("enter")
        await seat.until(lambda: (tmp_path / "out.json").exists())
        written = msgspec.json.decode((tmp_path / "out.json").read_bytes(), type=Session)
        assert [m.text for m in written.messages] == ["hello", "hi"]


async def test_a_session_is_renamed_copied_and_deleted_by_commands(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("hello")
        seat.door.reply(seat.session, "hi")
        await seat.type("/rename Better")
        await seat.press("enter")
        await seat.until(lambda: seat.session.title == "Better")
        await seat.type("/fork")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, Picker))
        await seat.press("enter")
        await seat.until(lambda: len(seat.door.kept) == 2)
        await seat.until(lambda: not isinstance(seat.app.screen, Picker))
        await seat.type("/delete")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, Picker))
        await seat.press("down", "enter")
        await seat.until(lambda: len(seat.door.kept) == 1)


@pytest.mark.parametrize("key", ["f1", "ctrl+h"])
async def test_help_opens_and_closes(sitting: Sitting, key: str) -> None:
    async with sitting(size=(100, 110)) as seat:
        await seat.press(key)
        for text in ("Keys", "Ctrl+N", "Ctrl+S", "Ctrl+Q", "Ctrl+P", "Ctrl+L", "Ctrl+O", "/export"):
            await seat.sees(text)
        await seat.press(key)
        await seat.until(lambda: "/export" not in seat.screen())


async def test_help_is_read_by_the_keys_and_names_vim_s_where_they_are_in_force(
    sitting: Sitting,
) -> None:
    async with sitting(size=(80, 24), vim=True) as seat:
        await seat.press("f1")
        await seat.sees("Shift+Enter, Ctrl+J,        New line")
        await seat.sees("  Alt+Enter, \\ Enter")
        await seat.press("pagedown")
        await seat.sees("Page down")
        await seat.press("end")
        await seat.sees("/quit")
        await seat.press("pageup")
        await seat.until(lambda: "/quit" not in seat.screen())
        await seat.press("home", *["pagedown"] * 3)
        await seat.sees("Vim keys")
        await seat.sees("iw aw")
        await seat.press("escape")
        await seat.type("on")  # the keys are back in the input
        assert "Vim keys" not in seat.screen()


async def test_help_is_drawn_anew_for_another_width(sitting: Sitting) -> None:
    async with sitting(size=(80, 24)) as seat:
        await seat.press("f1")
        await seat.sees("Enter                       Send")
        await seat.pilot.resize_terminal(40, 20)
        await seat.until(lambda: "Enter   " in seat.screen() and "    Send" in seat.screen())
        assert max(map(len, seat.screen().split("\n"))) == 40


async def test_where_ctrl_h_is_told_from_backspace_it_is_help_at_any_time(sitting: Sitting) -> None:
    async with sitting(size=(100, 110)) as seat:
        await seat.type("ab")
        await seat.press("ctrl+h")
        await seat.sees("/export")
        assert seat.app.chat.query_one(Prompt).text == "ab"


async def test_ctrl_l_clears_the_view_and_nothing_else(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("hello")
        seat.door.reply(seat.session, "hi there")
        await seat.sees("hi there")
        await seat.press("ctrl+l")
        await seat.until(lambda: "hi there" not in seat.screen())
        assert len(seat.session.messages) == 2


async def test_ctrl_s_says_saved(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.press("ctrl+s")
        await seat.sees("Saved")


async def test_the_sidebar_lists_sessions_and_opens_them(sitting: Sitting) -> None:
    async with sitting(size=(120, 40)) as seat:
        await seat.say("apples")
        seat.door.reply(seat.session, "about apples")
        await seat.press("ctrl+n")
        await seat.press("ctrl+b")
        await seat.until(lambda: "apples" in seat.screen())
        sidebar = seat.app.chat.query_one(Sidebar)
        rows = seat.screen().split("\n")
        y = next(n for n, row in enumerate(rows) if "apples" in row)
        await seat.pilot.click(offset=(90, y))
        await seat.sees("about apples")
        assert sidebar.has_class("-shown")


async def test_a_list_can_be_used_in_the_smallest_window(sitting: Sitting) -> None:
    async with sitting(size=(20, 6)) as seat:
        await seat.press("ctrl+p")
        await seat.sees("Sess")
        await seat.press("down", "enter")
        await seat.until(lambda: not isinstance(seat.app.screen, Picker))


async def test_dark_and_light_are_names_of_themes_and_others_are_told(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("/themes light")
        await seat.press("enter")
        await seat.until(lambda: seat.app.theme == "opencode-light")
        await seat.type("/themes lihgt")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, Picker))
        await seat.press("escape")
        await seat.sees("There is no theme “lihgt”")


async def test_themes_are_shown_while_looking_and_left_by_esc(sitting: Sitting) -> None:
    async with sitting() as seat:
        before = seat.app.theme
        await seat.press("ctrl+x", "t")
        await seat.until(lambda: isinstance(seat.app.screen, Picker))
        await seat.press("down")
        await seat.until(lambda: seat.app.theme != before)
        await seat.press("escape")
        await seat.until(lambda: seat.app.theme == before)


async def test_find_goes_to_the_text(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("hello")
        seat.door.reply(seat.session, "needle\n\n" + "hay\n\n" * 60)
        await seat.sees("hay")
        await seat.type("/find needle")
        await seat.press("enter")
        await seat.sees("needle")


async def test_ctrl_c_clears_then_asks_once_before_leaving(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("abc")
        await seat.press("ctrl+c")
        assert seat.app.chat.query_one(Prompt).text == ""
        await seat.press("ctrl+c")
        await seat.sees("Ctrl+C again")
        assert seat.app.is_running
        await seat.press("ctrl+c")
        await seat.until(lambda: seat.app._exit)


async def test_ctrl_q_leaves(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.press("ctrl+q")
        await seat.until(lambda: seat.app._exit)
        assert seat.app.return_code == 0


async def test_keys_can_be_moved_and_mistakes_are_told(sitting: Sitting) -> None:
    async with sitting(keys={"help": "f5", "new": "ctrl+p", "nonsense": "f9"}) as seat:
        await seat.sees("nonsense")
        await seat.press("f5")
        await seat.sees("Keys")


async def test_a_large_paste_is_a_chip_and_sent_whole(sitting: Sitting) -> None:
    from textual.events import Paste

    text = "\n".join(f"row {n}" for n in range(40))
    async with sitting() as seat:
        prompt = seat.app.chat.query_one(Prompt)
        prompt.post_message(Paste(text))
        await seat.until(lambda: "40 lines" in prompt.text)
        assert "row 3" not in prompt.text
        await seat.press("enter")
        await seat.until(lambda: seat.door.said)
        assert seat.door.said[0][1].strip() == text


async def test_a_mistyped_command_is_not_sent_and_stays_in_the_input(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("/modles")
        await seat.press("enter")
        await seat.sees("did you mean /models?")
        assert not seat.door.said
        assert seat.app.chat.query_one(Prompt).text == "/modles"


async def test_a_slash_that_is_near_no_command_is_a_prompt(sitting: Sitting) -> None:
    async with sitting() as seat:
        for text in ("/zzzzzz", "/setings now", "/usr/bin"):
            await seat.say(text)
        assert [text for _, text in seat.door.said] == ["/zzzzzz", "/setings now", "/usr/bin"]


async def test_a_prompt_with_the_name_of_a_command_takes_its_place_unless_it_is_a_skill_s(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        seat.door.known = [
            Command("export", "Export $1", "My own export", source="commands/export.md"),
            Command("status", "Load it", "A skill", source="skills/status/SKILL.md"),
            Command("review", "Review it", "In English"),
        ]
        await seat.say("/export it")
        assert seat.door.said[0][1] == "/export it"
        await seat.type("/status")
        await seat.press("enter")
        await seat.sees("Agent build")
        assert len(seat.door.said) == 1
        await seat.type("/exp")
        await seat.sees("My own export")
        await seat.press("ctrl+c")
        await seat.type("/rev")
        await seat.sees("Let changes be reviewed")
