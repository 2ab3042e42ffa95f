"""`cellchain`, and `python -m cellchain`: the command line."""

import gc


def main() -> None:
    """Entry point. The collector rests while the modules are made: all of it stays, and looking took a fifth."""
    gc.disable()
    from cellchain.cli import main as command_line

    gc.enable()
    command_line()


if __name__ == "__main__":
    main()
