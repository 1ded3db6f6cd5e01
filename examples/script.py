"""The same without `async`, for scripts."""

from opencode.sync import OpenCode

with OpenCode() as oc:
    for chunk in oc.chat_stream("Say hello"):
        print(chunk.content, end="", flush=True)
    print()
    print(oc.execute_tool("read", {"path": "README.md"}).content)
    oc.new(title="Another conversation")
    print(oc.chat("And again").content)
    print([info.title for info in oc.sessions()])
