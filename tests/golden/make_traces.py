#!/usr/bin/env python3
"""Makes traces/*.json: how PyTorch trains small networks for 50 steps, for the engine to be replayed against.

Run again only when a trace is added or changed; the files are committed, and the tests need neither Python nor PyTorch:

    apt-get install python3-torch        # any PyTorch from 1.13 on does
    /usr/bin/python3 tests/golden/make_traces.py [name ...]

A trace is one JSON object. Its architecture is that of a model file. Step t is trained on the batch of the images
t·batch_size, t·batch_size + 1, … (modulo their number), in this order. Numbers come in base64: bytes of pixels and labels,
[image][row][column][channel] and [image], and little-endian 32-bit floats of the losses of all steps and of the parameters
before the first and behind the last step, tensor by tensor in the order of the model file.

All is computed in double precision from numbers that a float holds: what is left of a difference is the engine's.
"""

import base64
import json
import pathlib
import sys
import zlib

import numpy
import torch
from torch import nn

STEPS = 50


def layer(kind, **settings):
    return dict(kind=kind, **settings)


def convolution(filters, kernel, stride=1, padding=0, **others):
    return layer("convolution", filters=filters, kernel_height=kernel, kernel_width=kernel, stride=stride, padding=padding, **others)


def dense(outputs):
    return layer("dense", outputs=outputs)


ADAM = dict(kind="adam", learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8)

# The biases before a normalisation over the batch have a gradient of 0 but for rounding,
# which Adam would blow up: a larger epsilon keeps it small.
STEADY_ADAM = dict(ADAM, learning_rate=0.008, epsilon=1e-2)
RELU = layer("relu")
FLATTEN = layer("flatten")
NORMALIZATION = layer("batch normalization", momentum=0.1, epsilon=1e-5)

# Each is replayed with all kernels. An optimizer's settings have the names of the engine's training options.
TRACES = [
    dict(name="Convolution, max pooling and dense", input_shape=[1, 10, 10], optimizer=ADAM, layers=[
        convolution(4, 3), RELU, layer("max pooling", window=2, stride=2), FLATTEN, dense(12), RELU, dense(4)]),
    dict(name="Leaky ReLU and average pooling", input_shape=[2, 9, 9], optimizer=ADAM, layers=[
        convolution(5, 3, padding=1), layer("leaky relu", slope=0.1), layer("average pooling", window=3, stride=2),
        convolution(9, 2), layer("leaky relu", slope=0.3), layer("global average pooling"), dense(4)]),
    dict(name="GELU, tanh and sigmoid", input_shape=[1, 8, 8], optimizer=ADAM, layers=[
        convolution(6, 3), layer("gelu"), layer("average pooling", window=2, stride=2), FLATTEN,
        dense(15), layer("tanh"), dense(9), layer("sigmoid"), dense(4)]),
    dict(name="Dropout", input_shape=[1, 8, 8], optimizer=ADAM, layers=[
        convolution(6, 3), RELU, layer("dropout", rate=0.25), FLATTEN, dense(15), layer("tanh"), layer("dropout", rate=0.5), dense(4)]),
    dict(name="Batch normalisation", input_shape=[1, 9, 9], optimizer=STEADY_ADAM, layers=[
        convolution(6, 3), NORMALIZATION, RELU, convolution(9, 3, padding=1), NORMALIZATION, RELU,
        layer("max pooling", window=2, stride=2), FLATTEN, dense(10), layer("batch normalization", momentum=0.3, epsilon=1e-3), RELU, dense(4)]),
    dict(name="Residual blocks", input_shape=[2, 8, 8], optimizer=STEADY_ADAM, layers=[
        convolution(6, 3, padding=1), RELU,
        convolution(6, 3, padding=1), RELU, convolution(6, 3, padding=1), layer("residual", span=3), RELU,
        NORMALIZATION, RELU, convolution(6, 1), layer("residual", span=3),
        layer("global average pooling"), dense(4)]),
    dict(name="Dilation, groups, depthwise", input_shape=[1, 12, 12], optimizer=dict(ADAM, learning_rate=0.001), layers=[
        convolution(8, 3, padding=2, dilation=2), RELU, convolution(8, 3, padding=1, groups=8), convolution(12, 1), RELU,
        convolution(6, 3, stride=2, padding=3, dilation=3, groups=3), RELU, layer("max pooling", window=2, stride=2), FLATTEN, dense(4)]),
]


class RandomStream:
    """The engine's random numbers (SplitMix64): dropout drops what they say, in PyTorch too."""

    GOLDEN, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1

    def __init__(self, seed, stream):
        self.state = self.mix(seed + self.GOLDEN) ^ self.mix(~(stream * self.GOLDEN))

    def next(self):
        self.state = (self.state + self.GOLDEN) & self.MASK
        return self.mix(self.state)

    @classmethod
    def mix(cls, z):
        z &= cls.MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & cls.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & cls.MASK
        return z ^ (z >> 31)


def mix_bits(x):
    """lowbias32 of an array of 32-bit numbers."""
    x = (x ^ (x >> 16)) * 0x7FEB352D & 0xFFFFFFFF
    x = (x ^ (x >> 15)) * 0x846CA68B & 0xFFFFFFFF
    return x ^ (x >> 16)


class Dropout(nn.Module):
    """Inverted dropout by the engine's rule: by seed, step, layer, place in the batch and place in the image, channels last."""

    def __init__(self, index, rate):
        super().__init__()
        self.index, self.rate, self.step_noise = index, rate, 0

    def forward(self, x):
        channels, *pixels = x.shape[1:]
        noise = RandomStream(self.step_noise, self.index).next()
        keeps = []
        for image in range(x.shape[0]):
            key = RandomStream(noise, image).next()
            places = numpy.arange(x[0].numel(), dtype=numpy.uint64)
            bits = mix_bits(mix_bits((places + numpy.uint64(key & 0xFFFFFFFF)) & numpy.uint64(0xFFFFFFFF)) ^ numpy.uint64(key >> 32))
            keep = (bits >> numpy.uint64(8)) >= round(self.rate * (1 << 24))
            keeps.append(numpy.moveaxis(keep.reshape(*pixels, channels), -1, 0))
        return x * torch.from_numpy(numpy.stack(keeps)).double() / (1 - self.rate)


class Network(nn.Module):
    """The layers of an architecture, one behind the other."""

    def __init__(self, layers, input_shape):
        super().__init__()
        self.layers, self.steps = layers, nn.ModuleList()
        x = torch.zeros(2, *input_shape).double()
        inputs = []
        for index, settings in enumerate(layers):
            step = self.module(index, dict(settings), x).double()
            inputs.append(x)
            x = self.run(index, step, x, inputs)
            self.steps.append(step)
        self.classes = x.shape[1]

    @staticmethod
    def module(index, settings, x):
        kind, channels = settings.pop("kind"), x.shape[1]
        if kind == "convolution":
            return nn.Conv2d(
                channels, settings["filters"], (settings["kernel_height"], settings["kernel_width"]), stride=settings["stride"],
                padding=settings["padding"], dilation=settings.get("dilation", 1), groups=settings.get("groups", 1))
        if kind == "dense":
            return nn.Linear(channels, settings["outputs"])
        if kind == "max pooling":
            return nn.MaxPool2d(settings["window"], stride=settings["stride"])
        if kind == "average pooling":
            return nn.AvgPool2d(settings["window"], stride=settings["stride"])
        if kind == "global average pooling":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        if kind == "leaky relu":
            return nn.LeakyReLU(settings["slope"])
        if kind == "batch normalization":
            normalization = nn.BatchNorm1d if x.dim() == 2 else nn.BatchNorm2d
            return normalization(channels, momentum=settings["momentum"], eps=settings["epsilon"])
        if kind == "residual":
            return nn.Identity()
        if kind == "dropout":
            return Dropout(index, settings["rate"])
        return {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten}[kind]()

    def run(self, index, step, x, inputs):
        settings = self.layers[index]
        return x + inputs[index - settings["span"]] if settings["kind"] == "residual" else step(x)

    def forward(self, x):
        inputs = []
        for index, step in enumerate(self.steps):
            inputs.append(x)
            x = self.run(index, step, x, inputs)
        return x

    def tensors(self):
        """All tensors in the order of the model file, those that are not trained among them."""
        return [tensor for name, tensor in self.state_dict().items() if not name.endswith("num_batches_tracked")]


def optimizer_of(settings, parameters):
    if settings["kind"] == "adam":
        return torch.optim.Adam(
            parameters, lr=settings["learning_rate"], betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"])
    raise ValueError(f"What is {settings['kind']}?")


def encoded(values, kind):
    return base64.b64encode(numpy.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def flat(tensors):
    return numpy.concatenate([tensor.detach().numpy().reshape(-1) for tensor in tensors])


def trace(description, seed):
    """Trains a network and writes down how."""
    random = numpy.random.RandomState(seed)
    settings = dict(dict(images=40, batch_size=8), **description)
    shape, count = settings["input_shape"], settings["images"]
    network = Network(settings["layers"], shape)
    with torch.no_grad():
        for parameter in network.parameters():
            deviation = (2 / parameter[0].numel()) ** 0.5 if parameter.dim() > 1 else 0.2
            drawn = random.normal(0, deviation, tuple(parameter.shape)).astype(numpy.float32)
            parameter.copy_(torch.from_numpy(drawn).double())
    result = dict(
        name=settings["name"], torch=torch.__version__, seed=seed, optimizer=settings["optimizer"],
        steps=STEPS, batch_size=settings["batch_size"], classes=network.classes,
        mean=[0.5] * shape[0], deviation=[0.25] * shape[0],
        architecture=dict(input_shape=shape, layers=settings["layers"]),
        parameters=encoded(flat(network.tensors()), "<f4"))

    # Of each class another band of rows is brighter: something to learn, behind much noise.
    labels = random.randint(0, network.classes, count)
    pixels = random.randint(0, 180, (count, *shape))
    for image, label in enumerate(labels):
        height = shape[1] // network.classes
        pixels[image, :, label * height:(label + 1) * height] += 75
    images = (torch.from_numpy(pixels).double() / 255 - 0.5) / 0.25
    targets = torch.from_numpy(labels).long()

    optimizer = optimizer_of(settings["optimizer"], network.parameters())
    losses = []
    for step in range(STEPS):
        for module in network.modules():
            if isinstance(module, Dropout):
                module.step_noise = RandomStream(seed, (1 << 33) + step).next()
        batch = [(step * settings["batch_size"] + place) % count for place in range(settings["batch_size"])]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(images[batch]), targets[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    return dict(
        result, pixels=encoded(pixels.transpose(0, 2, 3, 1), "u1"), labels=encoded(labels, "u1"),
        losses=encoded(losses, "<f4"), trained=encoded(flat(network.tensors()), "<f4"))


def file_of(name):
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-").replace("--", "-") + ".json"


def main():
    folder = pathlib.Path(__file__).with_name("traces")
    folder.mkdir(exist_ok=True)
    for description in TRACES:
        if len(sys.argv) > 1 and description["name"] not in sys.argv[1:]:
            continue
        target = folder / file_of(description["name"])
        result = trace(description, zlib.crc32(description["name"].encode()))
        target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        losses = numpy.frombuffer(base64.b64decode(result["losses"]), "<f4")
        print(f"{target.name}: {target.stat().st_size} bytes, loss {losses[0]:.4f} to {losses[-1]:.4f}")


if __name__ == "__main__":
    main()
