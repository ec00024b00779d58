"""The commands that ask the running daemon: status, calls, show, tail, call, reload, stop."""
