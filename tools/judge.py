"""Train the judge of MNIST's digits and keep it beside the code: `python -m tools.judge`.

It is trained on the training split with the default seed, on one thread, and its accuracy on the
binarised test split is printed.
"""

from asynet.datasets import load
from asynet.evaluation.digit_judge import judge_accuracy, train_judge
from asynet.evaluation.shipped_judge import FILE, keep_judge
from asynet.study.data import Data

SEED = 1


def main() -> None:
    """Train, keep and print."""
    data = load(Data(name="mnist"), SEED)
    assert data.train_labels is not None
    assert data.test_labels is not None
    images = data.train[:]
    judge = train_judge(images, data.train_labels, SEED)
    keep_judge(judge, images, data.train_labels)
    accuracy = judge_accuracy(judge, data.test[:], data.test_labels, SEED)
    print(f"{FILE}: reads {accuracy.value:.4f} +- {accuracy.stderr:.4f} of the test images right")


if __name__ == "__main__":
    main()
