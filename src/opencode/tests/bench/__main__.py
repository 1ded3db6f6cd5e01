"""`make bench`: every figure we name, as ratios against a reference in the same run."""

from opencode.tests.bench import (
    agent,
    cli_start,
    first_request,
    long_sessions,
    server,
    steps,
    tui_language,
    tui_transcript,
)

if __name__ == "__main__":
    cli_start.main()
    first_request.main()
    steps.main()
    long_sessions.main()
    tui_language.main()
    tui_transcript.main()
    server.main()
    agent.main()
