"""`portero completion`: what a shell needs to complete with Tab."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Completion with Tab in your shell: `portero completion bash`.

    It completes commands, options, tenants and calls.

    \b
    Examples:
      source <(portero completion bash)
      portero completion bash > /etc/bash_completion.d/portero
      portero completion fish > ~/.config/fish/completions/portero.fish
    """
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(ctx.find_root().command, {}, "portero", "_PORTERO_COMPLETE").source())
