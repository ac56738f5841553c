"""`python -m asynet.run STUDY.yaml`: the same as `asynet run STUDY.yaml`."""

from asynet.__main__ import main

if __name__ == "__main__":
    main(of_run=True)
