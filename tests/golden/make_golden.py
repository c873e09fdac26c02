#!/usr/bin/env python3
"""Makes golden.json: what PyTorch makes of two small networks, for the engine to be compared with.

Run again only when a network is added; the file is committed, and the tests need neither Python nor PyTorch:

    apt-get install python3-torch        # any PyTorch from 1.13 on does
    /usr/bin/python3 tests/golden/make_golden.py

Parameters and pixels are drawn once with a fixed seed and are part of the file, so nothing depends on a random
generator of another version. All is computed in double precision: what is left of a difference is the engine's.
"""

import json
import pathlib

import numpy
import torch
from torch.nn import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential

STEPS = 10
ADAM = dict(lr=0.01, betas=(0.8, 0.95), eps=1e-6)

# Layers: [kind, settings...]. They are part of the file, and the test builds its model from them.
NETWORKS = [
    dict(
        name="Baseline in small",
        input=[1, 12, 12], images=6, mean=[0.45], deviation=[0.29],
        layers=[["convolution", 3, 3, 3, 1, 0], ["relu"], ["convolution", 4, 3, 3, 1, 0], ["relu"], ["maxPooling", 2, 2],
                ["flatten"], ["dense", 10], ["relu"], ["dense", 5]],
    ),
    dict(
        name="Strides, padding, two channels, rectangles",
        input=[2, 9, 7], images=5, mean=[0.5, 0.4], deviation=[0.3, 0.25],
        layers=[["convolution", 3, 3, 2, 2, 1], ["relu"], ["convolution", 8, 2, 3, 1, 2], ["maxPooling", 3, 2],
                ["flatten"], ["dense", 4]],
    ),
]


def build(network):
    """The PyTorch modules of a network."""
    modules, shape = [], torch.zeros(1, *network["input"])
    for kind, *settings in network["layers"]:
        if kind == "convolution":
            filters, height, width, stride, padding = settings
            module = Conv2d(shape.shape[1], filters, (height, width), stride=stride, padding=padding)
        elif kind == "dense":
            module = Linear(shape.shape[1], settings[0])
        elif kind == "maxPooling":
            module = MaxPool2d(settings[0], stride=settings[1])
        else:
            module = {"relu": ReLU, "flatten": Flatten}[kind]()
        modules.append(module)
        shape = module(shape)
    return Sequential(*modules).double(), shape.shape[1]


def golden(network, random):
    """The network with its parameters and images, and what PyTorch makes of them."""
    model, classes = build(network)
    with torch.no_grad():
        for parameter in model.parameters():
            fan_in = parameter[0].numel() if parameter.dim() > 1 else 25
            # Rounded to what a float holds, so that both sides begin with the same numbers.
            drawn = random.normal(0, (2 / fan_in) ** 0.5, tuple(parameter.shape)).astype(numpy.float32)
            parameter.copy_(torch.from_numpy(drawn).double())

    count = network["images"]
    pixels = random.randint(0, 256, (count, *network["input"]))
    labels = random.randint(0, classes, count)
    channel = (1, -1, 1, 1)
    mean, deviation = (torch.tensor(network[key]).double().reshape(channel) for key in ("mean", "deviation"))
    images = (torch.from_numpy(pixels).double() / 255 - mean) / deviation
    optimizer = torch.optim.Adam(model.parameters(), **ADAM)
    flat = lambda tensors: [value for tensor in tensors for value in tensor.detach().reshape(-1).tolist()]
    result = dict(
        network,
        classes=classes,
        # [image][row][column][channel], as an image set has it.
        pixels=pixels.transpose(0, 2, 3, 1).reshape(-1).tolist(),
        labels=labels.tolist(),
        parameters=flat(model.parameters()),
        costs=[],
    )
    for step in range(STEPS):
        optimizer.zero_grad()
        logits = model(images)
        cost = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels).long())
        cost.backward()
        result["costs"].append(cost.item())
        if step == 0:
            result["logits"] = flat([logits])
            result["gradients"] = flat(parameter.grad for parameter in model.parameters())
        optimizer.step()
    result["trained"] = flat(model.parameters())
    return result


def line(value):
    """One line of JSON, with as many digits as the comparison can use."""
    rounded = [float(f"{v:.10g}") if isinstance(v, float) else v for v in value] if isinstance(value, list) else value
    return json.dumps(rounded, separators=(",", ":"))


def main():
    random = numpy.random.RandomState(42)
    settings = dict(steps=STEPS, learningRate=ADAM["lr"], beta1=ADAM["betas"][0], beta2=ADAM["betas"][1], epsilon=ADAM["eps"])
    networks = [golden(network, random) for network in NETWORKS]
    text = ",\n".join("{\n" + ",\n".join(f'"{key}": {line(value)}' for key, value in n.items()) + "\n}" for n in networks)
    head = ",\n".join(f'"{key}": {line(value)}' for key, value in {"torch": torch.__version__, **settings}.items())
    target = pathlib.Path(__file__).with_name("golden.json")
    target.write_text("{\n" + head + ',\n"networks": [\n' + text + "\n]\n}\n", encoding="utf-8")
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
