"""`cellchain`, and `python -m cellchain`: the command line."""

import gc


def main() -> None:
    """Entry point. The collector rests while the modules are made, and leaves them alone from then on.

    All of it stays: looking took a fifth of each start, and once more of each end.
    """
    gc.disable()
    from cellchain.cli import main as command_line

    gc.freeze()
    gc.enable()
    command_line()


if __name__ == "__main__":
    main()
