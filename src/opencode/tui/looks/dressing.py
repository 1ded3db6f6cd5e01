"""What the settings say about looks and language, put into force when the app starts and when a
folder's own settings become trusted."""

from textual.app import App

from opencode.i18n.catalog import language_of, t
from opencode.tui.looks import themes
from opencode.tui.options import Options


def dress(app: App[None], options: Options, dark: bool) -> list[str]:
    """Make themes known and choose one; returns what is wrong with them and with the language."""
    problems = themes.register(app, options.theme_folders)
    if not themes.is_known(options.theme, app):
        problems.append(t("theme.none", name=options.theme))
    if not language_of(options.language):
        problems.append(t("language.none", name=options.language))
    app.theme = themes.named(options.theme, app, dark)
    return problems
