"""The server in the Mac's menu bar: what watches it, apart from what is drawn."""
