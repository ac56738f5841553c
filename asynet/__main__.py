"""`python -m asynet`: the command `asynet`."""

from asynet.cli.app import app

if __name__ == "__main__":
    app()
