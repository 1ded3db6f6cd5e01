"""What the conversation is made of on screen: a closed union of blocks, plain data."""

from dataclasses import dataclass, field

from opencode.core.display import Diff, FileView, Text, Todos
from opencode.core.message import ToolPart

_OPEN_DIFF = 40
"""Changed lines up to which a diff stands open by itself."""


@dataclass(eq=False, slots=True)
class Block:
    """One piece of the transcript. `id` is stable; `gap` blank rows stand before it."""

    id: str
    gap: int = field(default=1, kw_only=True)
    opened: bool | None = field(default=None, kw_only=True)
    """Folded open or shut by the person; None leaves it to the block."""
    live: bool = field(default=False, kw_only=True)
    """Still growing."""


@dataclass(eq=False, slots=True)
class UserBlock(Block):
    """What the person said."""

    text: str
    agent: str = ""
    chips: list[str] = field(default_factory=list[str])
    """Names of attached files."""
    queued: bool = False


@dataclass(eq=False, slots=True)
class AnswerBlock(Block):
    """What the model said, in markdown."""

    text: str


@dataclass(eq=False, slots=True)
class ReasoningBlock(Block):
    """What the model thought aloud."""

    text: str


@dataclass(eq=False, slots=True)
class ToolBlock(Block):
    """A call and what came of it. `progress` is its output so far; `steps` are the lines of the
    sub-agent it started."""

    part: ToolPart
    progress: str = ""
    steps: list[str] = field(default_factory=list[str])
    waiting: bool = False
    """A person is asked about it."""


@dataclass(eq=False, slots=True)
class NoticeBlock(Block):
    """Something to know; errors carry their fix in `hint`."""

    level: str
    text: str
    hint: str = ""
    key: str = ""
    """Where the catalogue has it, when it is to follow the language."""


@dataclass(eq=False, slots=True)
class RuleBlock(Block):
    """A line across with a title: compaction, undone messages. `text` is folded under it."""

    title: str
    text: str = ""


@dataclass(eq=False, slots=True)
class EndBlock(Block):
    """Who answered, how long it took and what it cost."""

    agent: str
    model: str
    seconds: float | None = None
    cost: float | None = 0.0
    tokens: int = 0
    reason: str = ""
    """Why it ended early: cancelled, limit …; empty when it is done."""


@dataclass(eq=False, slots=True)
class RetryBlock(Block):
    """The answer broke off and is asked for again; `at` is on the monotonic clock."""

    text: str
    at: float


AnyBlock = (
    UserBlock
    | AnswerBlock
    | ReasoningBlock
    | ToolBlock
    | NoticeBlock
    | RuleBlock
    | EndBlock
    | RetryBlock
)


def source(block: AnyBlock) -> str:
    """The text a search looks through and a copy of the whole block gives."""
    match block:
        case UserBlock() | AnswerBlock() | ReasoningBlock() | NoticeBlock():
            return block.text
        case ToolBlock():
            shown = [d.text for d in block.part.display if isinstance(d, Text | FileView)]
            return "\n".join([*map(str, block.part.input.values()), block.part.output, *shown])
        case RuleBlock():
            return block.text or block.title
        case EndBlock() | RetryBlock():
            return ""


def can_fold(block: AnyBlock) -> bool:
    """Whether there is more to it than its line."""
    match block:
        case ReasoningBlock():
            return True
        case ToolBlock():
            return bool(block.part.output or block.part.display or block.progress or block.steps)
        case RuleBlock():
            return bool(block.text)
        case UserBlock() | AnswerBlock() | NoticeBlock() | EndBlock() | RetryBlock():
            return False


def is_open(block: AnyBlock) -> bool:
    """Whether the detail shows: as the person folded it, else small diffs and todo lists."""
    if block.opened is not None or not isinstance(block, ToolBlock):
        return bool(block.opened)
    changed = [d.added + d.removed for d in block.part.display if isinstance(d, Diff)]
    if changed:
        return sum(changed) <= _OPEN_DIFF
    return any(isinstance(d, Todos) for d in block.part.display)


def guessed(block: AnyBlock, width: int) -> int:
    """Rows the block may take, without drawing it: cheap and near."""
    match block:
        case UserBlock() | AnswerBlock():
            text = block.text
            rows = text.count("\n") + 1 + len(text) // max(20, width)
        case NoticeBlock():
            rows = 1 + len(block.text) // max(20, width) + bool(block.hint)
        case ReasoningBlock() | ToolBlock() | RuleBlock() | EndBlock() | RetryBlock():
            rows = 1
    return rows + block.gap
