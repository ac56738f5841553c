"""`python -m asynet.run STUDY.yaml`: the same as `asynet run STUDY.yaml`."""

from asynet.cli.app import run_app

if __name__ == "__main__":
    run_app()
