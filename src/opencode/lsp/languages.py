"""The table of languages: their files, the servers that know them, and how to install those."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Program:
    """One server: how it is started and how a person gets it."""

    name: str
    command: tuple[str, ...]
    install: str
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    """What it must be told to do its work; the settings' own come over it."""
    columns: str = ""
    """The unit in which it counts, whatever it says of that."""


@dataclass(frozen=True)
class Language:
    """One family of files. The first installed program is used."""

    name: str
    files: dict[str, str]
    """Ending (".py") or whole name → the protocol's language id."""
    roots: tuple[str, ...]
    """Files that mark the folder a server looks after."""
    programs: tuple[Program, ...]


def _npm(package: str) -> str:
    return f"npm install -g {package}"


_PYRIGHT = ("--stdio",)
LANGUAGES = (
    Language(
        "python",
        {".py": "python", ".pyi": "python"},
        ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile"),
        (
            Program("pyright", ("pyright-langserver", *_PYRIGHT), _npm("pyright")),
            Program(
                "basedpyright",
                ("basedpyright-langserver", *_PYRIGHT),
                "pip install basedpyright",
            ),
            Program("pylsp", ("pylsp",), "pip install 'python-lsp-server[all]'", columns="utf-32"),
            Program("ty", ("ty", "server"), "pip install ty"),
            Program(
                "jedi",
                ("jedi-language-server",),
                "pip install jedi-language-server",
                columns="utf-32",
            ),
            Program("ruff", ("ruff", "server"), "pip install ruff"),
        ),
    ),
    Language(
        "typescript",
        {
            **{end: "typescript" for end in (".ts", ".mts", ".cts")},
            **{end: "javascript" for end in (".js", ".mjs", ".cjs")},
            ".tsx": "typescriptreact",
            ".jsx": "javascriptreact",
        },
        ("tsconfig.json", "jsconfig.json", "package.json"),
        (
            Program(
                "typescript-language-server",
                ("typescript-language-server", "--stdio"),
                _npm("typescript typescript-language-server"),
            ),
        ),
    ),
    Language(
        "go",
        {".go": "go", "go.mod": "go.mod"},
        ("go.work", "go.mod"),
        (Program("gopls", ("gopls",), "go install golang.org/x/tools/gopls@latest"),),
    ),
    Language(
        "rust",
        {".rs": "rust"},
        ("Cargo.toml",),
        (Program("rust-analyzer", ("rust-analyzer",), "rustup component add rust-analyzer"),),
    ),
    Language(
        "cpp",
        {
            **{end: "c" for end in (".c", ".h")},
            **{end: "cpp" for end in (".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx")},
        },
        ("compile_commands.json", "compile_flags.txt", ".clangd", "CMakeLists.txt", "Makefile"),
        (Program("clangd", ("clangd",), "install clangd (apt, brew or the LLVM installer)"),),
    ),
    Language(
        "bash",
        {".sh": "shellscript", ".bash": "shellscript"},
        (),
        (
            Program(
                "bash-language-server",
                ("bash-language-server", "start"),
                _npm("bash-language-server"),
            ),
        ),
    ),
    Language(
        "yaml",
        {".yaml": "yaml", ".yml": "yaml"},
        (),
        (
            Program(
                "yaml-language-server",
                ("yaml-language-server", "--stdio"),
                _npm("yaml-language-server"),
            ),
        ),
    ),
    Language(
        "json",
        {".json": "json", ".jsonc": "jsonc"},
        (),
        (
            Program(
                "json",
                ("vscode-json-language-server", "--stdio"),
                _npm("vscode-langservers-extracted"),
                {"json": {"validate": {"enable": True}, "format": {"enable": True}}},
            ),
        ),
    ),
    Language(
        "html",
        {".html": "html", ".htm": "html"},
        (),
        (
            Program(
                "html",
                ("vscode-html-language-server", "--stdio"),
                _npm("vscode-langservers-extracted"),
            ),
        ),
    ),
    Language(
        "css",
        {".css": "css", ".scss": "scss", ".less": "less"},
        (),
        (
            Program(
                "css",
                ("vscode-css-language-server", "--stdio"),
                _npm("vscode-langservers-extracted"),
                {kind: {"validate": True, "lint": {}} for kind in ("css", "scss", "less")},
            ),
        ),
    ),
    Language(
        "lua",
        {".lua": "lua"},
        (".luarc.json",),
        (
            Program(
                "lua-language-server",
                ("lua-language-server",),
                "install lua-language-server (brew, or its releases)",
            ),
        ),
    ),
    Language(
        "java",
        {".java": "java"},
        ("pom.xml", "build.gradle", "build.gradle.kts"),
        (Program("jdtls", ("jdtls",), "install jdtls (brew, or Eclipse's downloads)"),),
    ),
    Language(
        "ruby",
        {".rb": "ruby", "Gemfile": "ruby"},
        ("Gemfile",),
        (
            Program("ruby-lsp", ("ruby-lsp",), "gem install ruby-lsp"),
            Program("solargraph", ("solargraph", "stdio"), "gem install solargraph"),
        ),
    ),
    Language(
        "php",
        {".php": "php"},
        ("composer.json",),
        (Program("intelephense", ("intelephense", "--stdio"), _npm("intelephense")),),
    ),
    Language(
        "vue",
        {".vue": "vue"},
        ("package.json",),
        (
            Program(
                "vue-language-server",
                ("vue-language-server", "--stdio"),
                _npm("@vue/language-server"),
            ),
        ),
    ),
    Language(
        "svelte",
        {".svelte": "svelte"},
        ("package.json",),
        (Program("svelteserver", ("svelteserver", "--stdio"), _npm("svelte-language-server")),),
    ),
    Language(
        "docker",
        {"Dockerfile": "dockerfile", ".dockerfile": "dockerfile"},
        (),
        (
            Program(
                "dockerfile",
                ("docker-langserver", "--stdio"),
                _npm("dockerfile-language-server-nodejs"),
            ),
        ),
    ),
    Language(
        "cmake",
        {"CMakeLists.txt": "cmake", ".cmake": "cmake"},
        ("CMakeLists.txt",),
        (Program("cmake", ("cmake-language-server",), "pip install cmake-language-server"),),
    ),
    Language(
        "csharp",
        {".cs": "csharp"},
        (),
        (Program("csharp-ls", ("csharp-ls",), "dotnet tool install -g csharp-ls"),),
    ),
    Language(
        "kotlin",
        {".kt": "kotlin", ".kts": "kotlin"},
        ("build.gradle.kts", "build.gradle", "pom.xml"),
        (Program("kotlin-lsp", ("kotlin-lsp", "--stdio"), "install kotlin-lsp (brew)"),),
    ),
    Language(
        "swift",
        {".swift": "swift"},
        ("Package.swift",),
        (Program("sourcekit-lsp", ("sourcekit-lsp",), "install Swift, which brings it along"),),
    ),
    Language(
        "elixir",
        {".ex": "elixir", ".exs": "elixir"},
        ("mix.exs",),
        (Program("elixir-ls", ("elixir-ls",), "install elixir-ls (brew, or its releases)"),),
    ),
    Language(
        "terraform",
        {".tf": "terraform", ".tfvars": "terraform-vars"},
        (".terraform",),
        (Program("terraform-ls", ("terraform-ls", "serve"), "install terraform-ls (brew)"),),
    ),
    Language(
        "dart",
        {".dart": "dart"},
        ("pubspec.yaml",),
        (Program("dart", ("dart", "language-server"), "install Dart, which brings it along"),),
    ),
    Language(
        "haskell",
        {".hs": "haskell"},
        ("cabal.project", "stack.yaml"),
        (
            Program(
                "haskell-language-server",
                ("haskell-language-server-wrapper", "--lsp"),
                "ghcup install hls",
            ),
        ),
    ),
    Language(
        "ocaml",
        {".ml": "ocaml", ".mli": "ocaml.interface"},
        ("dune-project",),
        (Program("ocamllsp", ("ocamllsp",), "opam install ocaml-lsp-server"),),
    ),
    Language(
        "zig",
        {".zig": "zig"},
        ("build.zig",),
        (Program("zls", ("zls",), "install zls (brew, or its releases)"),),
    ),
)


def language_of(name: str) -> tuple[Language, str] | None:
    """The language of a file and its id in the protocol, by the file's name."""
    ending = "." + name.rpartition(".")[2].lower() if "." in name else ""
    for language in LANGUAGES:
        if kind := language.files.get(name) or language.files.get(ending):
            return language, kind
    return None
