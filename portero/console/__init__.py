"""The running daemon, asked: control socket, /health and /metrics."""
