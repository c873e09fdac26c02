#!/usr/bin/env python3
"""The same work in PyTorch: trains a preset on MNIST and measures it, and prints one line of JSON.

The images are normalised once, before the clock starts, and batches are rows taken from one tensor: to PyTorch's advantage,
since a DataLoader would be slower. Needs torch (Debian: python3-torch) and the MNIST files that Cnn keeps in its cache.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import time

import numpy
import torch
from torch import nn


def normalized(inputs, filters, size, stride=1, padding=0):
    return [nn.Conv2d(inputs, filters, size, stride, padding), nn.BatchNorm2d(filters), nn.ReLU()]


def head(inputs, dropout):
    return [nn.Flatten(), nn.Linear(inputs, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(dropout), nn.Linear(128, 10)]


def pair(inputs, filters):
    return [*normalized(inputs, filters, 3, padding=1), *normalized(filters, filters, 3, padding=1), nn.MaxPool2d(2)]


class Block(nn.Module):
    """A residual block: the layers, and a shortcut that may have layers of its own."""

    def __init__(self, layers, shortcut=(), end=None):
        super().__init__()
        self.layers, self.shortcut, self.end = nn.Sequential(*layers), nn.Sequential(*shortcut), end or nn.Identity()

    def forward(self, x):
        return self.end(self.layers(x) + self.shortcut(x))


def resnet18():
    layers, before = [*normalized(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1)], 64
    for filters in (64, 64, 128, 128, 256, 256, 512, 512):
        stride = 1 if filters == before else 2
        shortcut = normalized(before, filters, 1, stride)[:2] if stride == 2 else ()
        layers.append(Block([*normalized(before, filters, 3, stride, 1), *normalized(filters, filters, 3, 1, 1)[:2]], shortcut, nn.ReLU()))
        before = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def mobilenet_v2():
    def bounded(inputs, filters, size, stride=1, groups=1):
        return [nn.Conv2d(inputs, filters, size, stride, size // 2, groups=groups), nn.BatchNorm2d(filters), nn.ReLU6()]

    layers, channels = bounded(3, 32, 3, 2), 32
    for expansion, filters, blocks, stride in (
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for step in (stride, *[1] * (blocks - 1)):
            inner = channels * expansion
            block = [
                *(bounded(channels, inner, 1) if expansion > 1 else ()), *bounded(inner, inner, 3, step, inner), *bounded(inner, filters, 1)[:2]]
            layers.append(Block(block) if step == 1 and channels == filters else nn.Sequential(*block))
            channels = filters
    return nn.Sequential(*layers, *bounded(320, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(1280, 10))


def of_one_kind(channels, count, **convolution):
    return nn.Sequential(
        nn.Conv2d(3, channels, 1), nn.ReLU(),
        *(layer for _ in range(count) for layer in (nn.Conv2d(channels, channels, **convolution), nn.ReLU())),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


COLOUR = {  # rows and columns of the pictures
    "SixConvolutions": 32, "ResNet18": 64, "MobileNetV2": 96, "Depthwise": 32, "Grouped": 32, "Strided": 32, "Pointwise": 32}
PRESETS = {
    "Baseline": lambda: nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.Conv2d(8, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(800, 128), nn.ReLU(), nn.Linear(128, 10)),
    "LeNet5": lambda: nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    "Wide": lambda: nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)),
    "Accurate": lambda: nn.Sequential(
        *normalized(1, 24, 3), *normalized(24, 24, 3), *normalized(24, 24, 5, 2, 2),
        *normalized(24, 48, 3), *normalized(48, 48, 3), *normalized(48, 48, 5, 2, 2), *head(768, 0.3)),
    "Thorough": lambda: nn.Sequential(
        *normalized(1, 24, 5), *normalized(24, 40, 5, 2, 2), *normalized(40, 64, 5), *normalized(64, 80, 5), *head(1280, 0.4)),
    "SixConvolutions": lambda: nn.Sequential(
        *pair(3, 32), *pair(32, 64), *pair(64, 128), nn.Flatten(), nn.Linear(2048, 128), nn.ReLU(), nn.Linear(128, 10)),
    "ResNet18": resnet18,
    "MobileNetV2": mobilenet_v2,
    "Depthwise": lambda: of_one_kind(64, 4, kernel_size=3, padding=1, groups=64),
    "Grouped": lambda: of_one_kind(64, 4, kernel_size=3, padding=1, groups=4),
    "Strided": lambda: of_one_kind(64, 3, kernel_size=3, padding=1, stride=2),
    "Pointwise": lambda: of_one_kind(128, 4, kernel_size=1),
}


def cache() -> pathlib.Path:
    local = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return pathlib.Path(os.environ.get("CNN_DATA") or os.path.join(local, "Cnn", "data")) / "mnist"


def load(folder: pathlib.Path, name: str):
    images = numpy.fromfile(folder / f"{name}-images-idx3-ubyte", numpy.uint8, offset=16).reshape(-1, 1, 28, 28)
    labels = numpy.fromfile(folder / f"{name}-labels-idx1-ubyte", numpy.uint8, offset=8)
    return torch.from_numpy(images).float() / 255, torch.from_numpy(labels).long()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=PRESETS, default="Baseline")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--epochs", type=int, default=1, help="counted epochs, behind a warm-up of 100 batches")
    parser.add_argument("--images", type=int, default=60000, help="training images")
    parser.add_argument("--data", type=pathlib.Path, default=cache(), help="folder with the four plain IDX files")
    parser.add_argument("--size", type=int, help="rows and columns of the colour pictures of a network that is no preset")
    options = parser.parse_args()

    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    images, labels = load(options.data, "train")
    test_images, test_labels = load(options.data, "t10k")
    mean, deviation = images.mean(), images.std()
    images, test_images = (images - mean) / deviation, (test_images - mean) / deviation
    if size := options.preset in COLOUR and (options.size or COLOUR[options.preset]):  # what is on the pictures changes no time
        images, test_images = torch.randn(options.images, 3, size, size), torch.randn(10000 if size == 32 else 1000, 3, size, size)
        test_labels = test_labels[:len(test_images)]
    images, labels = images[:options.images], labels[:options.images]
    model = PRESETS[options.preset]()
    optimizer = torch.optim.Adam(model.parameters())
    cost = nn.CrossEntropyLoss()

    def train(batches=None) -> None:
        model.train()
        for indices in torch.randperm(len(images)).split(options.batch)[:batches]:
            optimizer.zero_grad(set_to_none=True)
            cost(model(images[indices]), labels[indices]).backward()
            optimizer.step()

    def evaluate() -> float:
        model.eval()
        with torch.no_grad():
            right = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(test_images.split(250), test_labels.split(250)))
        return right / len(test_images)

    def speed(count, work, runs):
        speeds = []
        for _ in range(runs):
            begin = time.perf_counter()
            work()
            speeds.append(count / (time.perf_counter() - begin))
        return statistics.median(speeds)

    train(100)
    training = speed(len(images), train, options.epochs)
    evaluate()
    evaluation = speed(len(test_images), evaluate, 5)
    print(json.dumps({
        "engine": f"PyTorch {torch.__version__}", "preset": options.preset, "batch": options.batch, "threads": options.threads,
        "trainingImagesPerSecond": round(training), "evaluationImagesPerSecond": round(evaluation),
        "peakResidentMegabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6), "accuracy": evaluate()}))


if __name__ == "__main__":
    main()
