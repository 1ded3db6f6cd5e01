"""Variables that change what programs run, and those that change nothing."""

import re

_LOADED = re.compile(
    r"PATH|LD_.*|DYLD_.*|GIT_.*|BASH.*|ENV|IFS|SHELLOPTS|PROMPT_COMMAND|PS[0-4]|CDPATH|HOME|SHELL"
    r"|GLOBIGNORE|FUNCNEST|EXECIGNORE|TMPDIR|GCONV_PATH|LOCPATH|NLSPATH|HOSTALIASES|MALLOC_.*"
)
_QUIET = re.compile(r"LANG|LANGUAGE|LC_[A-Z]+|TZ|NO_COLOR|FORCE_COLOR|CLICOLOR\w*|CI|COLUMNS|LINES")
_PROGRAM = re.compile(
    r".*(PAGER|EDITOR|OPTIONS|_OPTS|_FLAGS|PROXY|_RSH|_COMMAND|CONFIG\w*|STARTUP|PRELOAD|BROWSER)"
    r"|(PYTHON|PERL|RUBY|NODE_|LESS|JAVA|JDK|SSH_|DOCKER|KUBE|AWS_|NPM_|RIPGREP|GREP|TERM|DISPLAY"
    r"|VISUAL|MAKE|CC|CXX|RUSTC|CARGO).*"
)


def is_loaded(name: str) -> bool:
    """Whether setting this variable changes what any later word runs or means."""
    return _LOADED.fullmatch(name) is not None


def is_quiet(name: str, reaches_programs: bool) -> bool:
    """Whether setting it changes nothing that could run or write; stricter where
    the value reaches a program."""
    if reaches_programs:
        return _QUIET.fullmatch(name) is not None
    return not is_loaded(name) and _PROGRAM.fullmatch(name.upper()) is None
