"""Let the shell complete commands, options, models and sessions: bash, zsh, fish, PowerShell."""

import os
from pathlib import PurePath
from typing import Annotated

import typer

from opencode.core.error import UsageError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    invoke_without_command=True,
    help="Print the script that lets a shell complete our words; without a name, of your shell.",
    epilog="Each script asks opencode itself what fits, so it never grows old.",
)

_BASH = """\
_opencode() {
    local IFS=$'\\n'
    COMPREPLY=($(opencode completion words bash "$COMP_POINT" "$COMP_LINE" 2>/dev/null))
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -o default -o bashdefault -F _opencode opencode
"""
_ZSH = """\
#compdef opencode
_opencode() {
    local -a found
    local value about
    while IFS=$'\\t' read -r value about; do
        found+=("${value//:/\\\\:}${about:+:$about}")
    done < <(opencode completion words zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( $#found )); then
        _describe -t words 'opencode' found
    else
        _files
    fi
}
if [[ "$funcstack[1]" == _opencode ]]; then
    _opencode "$@"
else
    compdef _opencode opencode
fi
"""
_FISH = """\
function __opencode_words
    set -l before (commandline -opc)
    opencode completion words fish -- $before[2..-1] (commandline -ct) 2>/dev/null
end
complete -c opencode -a '(__opencode_words)'
"""
_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName opencode -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    opencode completion words powershell -- @before "$wordToComplete" 2>$null | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new(
            $value, $value, 'ParameterValue', $about)
    }
}
"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH, "powershell": _POWERSHELL}


@app.callback()
def _default(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is not None:
        return
    shell = PurePath(os.environ.get("SHELL", "powershell" if os.name == "nt" else "")).stem
    if shell not in _SCRIPTS:
        known = ", ".join(_SCRIPTS)
        raise UsageError("Which shell?", hint=f"opencode completion {shell or 'bash'}: {known}.")
    print(_SCRIPTS[shell], end="")


@app.command()
def bash() -> None:
    """Print the script for bash.

    \b
    echo 'eval "$(opencode completion bash)"' >> ~/.bashrc
    """
    print(_BASH, end="")


@app.command()
def zsh() -> None:
    """Print the script for zsh.

    \b
    echo 'eval "$(opencode completion zsh)"' >> ~/.zshrc     after compinit
    """
    print(_ZSH, end="")


@app.command()
def fish() -> None:
    """Print the script for fish.

    \b
    opencode completion fish > ~/.config/fish/completions/opencode.fish
    """
    print(_FISH, end="")


@app.command()
def powershell() -> None:
    """Print the script for PowerShell.

    \b
    opencode completion powershell >> $PROFILE
    """
    print(_POWERSHELL, end="")


@app.command(hidden=True, context_settings={"ignore_unknown_options": True})
def words(
    shell: Annotated[str, typer.Argument(help="Who asks.")],
    line: Annotated[list[str] | None, typer.Argument(help="What is typed so far.")] = None,
) -> None:
    """Print what fits the last of the words: for the scripts."""
    from opencode.cli.show.completing import fitting, of_line

    typed = line or [""]
    if shell == "bash":
        typed, cut = of_line(typed[1], int(typed[0]))
        print("".join(f"{value[cut:]}\n" for value, _ in fitting(typed)), end="")
    else:
        print("".join(f"{value}\t{about}\n" for value, about in fitting(typed)), end="")
