#!/usr/bin/env python3
"""Makes traces/*.json: how PyTorch trains small networks for 50 steps, for the engine to be replayed against.

Run again only when a trace is added or changed; the files are committed, and the tests need neither Python nor PyTorch:

    apt-get install python3-torch        # any PyTorch from 1.13 on does
    /usr/bin/python3 tests/golden/make_traces.py [name ...]

A trace is one JSON object. Its architecture is that of a model file. Step t is trained on the batch of the images
t·batch_size, t·batch_size + 1, … (modulo their number), in this order. Numbers come in base64: bytes of pixels and labels,
[image][row][column][channel] and [image], and little-endian 32-bit floats of the losses of all steps and of the parameters
before the first and behind the last step, tensor by tensor in the order of the model file. Where weights are averaged,
"averaged" are the averages behind the last step; where there is a schedule, "rates" are the learning rates of all steps, for a
plateau with the validation losses of the epochs, and an epoch is as many steps as go once through the images.

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
from torch.optim.swa_utils import AveragedModel

STEPS = 50


def layer(kind, **settings):
    return dict(kind=kind, **settings)


def convolution(filters, kernel, stride=1, padding=0, **others):
    return layer("convolution", filters=filters, kernel_height=kernel, kernel_width=kernel, stride=stride, padding=padding, **others)


def dense(outputs, **others):
    return layer("dense", outputs=outputs, **others)


ADAM = dict(kind="adam", learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8)

# The biases before a normalisation over the batch have a gradient of 0 but for rounding,
# which Adam would blow up: a larger epsilon keeps it small.
STEADY_ADAM = dict(ADAM, learning_rate=0.008, epsilon=1e-2)
RELU = layer("relu")
FLATTEN = layer("flatten")
NORMALIZATION = layer("batch normalization", momentum=0.1, epsilon=1e-5)


def adam(**settings):
    return dict(ADAM, **settings)


def adamw(**settings):
    return dict(dict(ADAM, kind="adamw", weight_decay=0.1), **settings)


def sgd(**settings):
    return dict(dict(kind="sgd", learning_rate=0.02, momentum=0.0), **settings)


def rmsprop(**settings):
    return dict(dict(kind="rmsprop", learning_rate=0.002, smoothing=0.9, epsilon=1e-7), **settings)


def small(name, optimizer=ADAM, **others):
    """A network of few parameters, for what does not depend on the layers."""
    return dict(name=name, input_shape=[1, 8, 8], optimizer=optimizer, **others, layers=[
        convolution(3, 3), RELU, layer("max pooling", window=2, stride=2), FLATTEN, dense(7), RELU, dense(4)])


# Each is replayed with all kernels. The settings of optimizers and schedules have the names that they have in a checkpoint.
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
    dict(name="Other numbers for rows than for columns", input_shape=[2, 12, 10], optimizer=ADAM, layers=[
        convolution(6, 3, stride=[1, 2], padding=[2, 1], dilation=[2, 1]), RELU, layer("max pooling", window=[2, 3], stride=[1, 2], padding=[0, 1]),
        convolution(6, 3, stride=[2, 1], padding=[0, 2], dilation=[1, 2], groups=6), layer("average pooling", window=[3, 1], stride=[2, 1], padding=[1, 0]),
        layer("tanh"), FLATTEN, dense(4)]),
    dict(name="No biases", input_shape=[2, 10, 10], optimizer=dict(STEADY_ADAM, weight_decay=0.01), clip_norm=0.7, layers=[
        convolution(6, 3, has_bias=False), NORMALIZATION, RELU, convolution(6, 3, padding=1, groups=6, has_bias=False), NORMALIZATION,
        layer("residual", span=2), convolution(9, 3, has_bias=False), layer("tanh"), layer("max pooling", window=2, stride=2), FLATTEN,
        dense(11, has_bias=False), NORMALIZATION, RELU, dense(7), layer("tanh"), dense(4, has_bias=False)]),
    small("Gradient descent", sgd(learning_rate=0.05)),
    small("Gradient descent with momentum and weight decay", sgd(momentum=0.9, weight_decay=0.01)),
    small("Gradient descent with Nesterov momentum", sgd(momentum=0.8, nesterov=True, weight_decay=0.01, decay_all=True)),
    small("Adam with weight decay", adam(weight_decay=0.05)),
    small("AdamW", adamw()),
    small("AdamW with decay of biases", adamw(decay_all=True, weight_decay=0.5)),
    small("RMSprop", rmsprop()),
    small("RMSprop with momentum and weight decay", rmsprop(momentum=0.5, weight_decay=0.01)),
    small("Clipped gradient", sgd(momentum=0.9), clip_norm=0.5),
    small("Smoothed labels", label_smoothing=0.1),
    small("Averaged weights", adamw(), weight_averaging=0.7),
    small("All at once", sgd(momentum=0.9, nesterov=True, weight_decay=0.001), clip_norm=1.0, label_smoothing=0.2, weight_averaging=0.95,
          schedule=dict(kind="cosine", warmup_epochs=1.2, final_learning_rate=0.001)),
    small("Steps after a warm-up", sgd(), schedule=dict(kind="step", warmup_epochs=0.6, step_epochs=3, learning_rate_decay=0.3)),
    small("Exponential decay", sgd(), schedule=dict(kind="exponential", learning_rate_decay=0.7)),
    small("Cosine", sgd(), schedule=dict(kind="cosine")),
    small("One cycle", schedule=dict(kind="one_cycle")),
    small("One cycle with a long rise", schedule=dict(kind="one_cycle", warmup_epochs=5, final_learning_rate=1e-5)),
    small("Plateau", sgd(), schedule=dict(kind="plateau", plateau_epochs=1, learning_rate_decay=0.5, final_learning_rate=0.004),
          validation_losses=[1, 0.9, 0.95, 0.9, 0.89, 0.89, 0.88999, 0.9, 0.9, 0.5])
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
                padding=settings["padding"], dilation=settings.get("dilation", 1), groups=settings.get("groups", 1),
                bias=settings.get("has_bias", True))
        if kind == "dense":
            return nn.Linear(channels, settings["outputs"], bias=settings.get("has_bias", True))
        if kind == "max pooling":
            return nn.MaxPool2d(settings["window"], stride=settings["stride"], padding=settings.get("padding", 0))
        if kind == "average pooling":
            return nn.AvgPool2d(settings["window"], stride=settings["stride"], padding=settings.get("padding", 0))
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
    parameters = list(parameters)
    weights = [parameter for parameter in parameters if parameter.dim() > 1 or settings.get("decay_all")]
    rest = [parameter for parameter in parameters if not (parameter.dim() > 1 or settings.get("decay_all"))]
    groups = [dict(params=weights, weight_decay=settings.get("weight_decay", 0)), dict(params=rest, weight_decay=0)]
    groups = [group for group in groups if group["params"]]
    rate, kind = settings["learning_rate"], settings["kind"]
    if kind in ("adam", "adamw"):
        make = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
        return make(groups, lr=rate, betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"])
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=settings["momentum"], nesterov=settings.get("nesterov", False))
    if kind == "rmsprop":
        return torch.optim.RMSprop(
            groups, lr=rate, alpha=settings["smoothing"], eps=settings["epsilon"], momentum=settings.get("momentum", 0))
    raise ValueError(f"What is {kind}?")


def scheduler_of(settings, optimizer, rate, per_epoch):
    """A scheduler of PyTorch that is called behind each step, but for the plateau's, which is called behind each epoch."""
    from torch.optim import lr_scheduler as schedulers
    kind, decay = settings["kind"], settings.get("learning_rate_decay")
    warmup = round(settings.get("warmup_epochs", 0) * per_epoch)
    if kind == "one_cycle":
        share = warmup / STEPS if warmup else 0.3
        last = settings.get("final_learning_rate", rate / 25 / 1e4)
        return schedulers.OneCycleLR(
            optimizer, max_lr=rate, total_steps=STEPS, pct_start=share, final_div_factor=rate / 25 / last, cycle_momentum=False)
    if kind == "plateau":
        return schedulers.ReduceLROnPlateau(
            optimizer, factor=decay, patience=settings["plateau_epochs"], min_lr=settings["final_learning_rate"])
    if kind == "step":
        main = schedulers.StepLR(optimizer, step_size=settings["step_epochs"] * per_epoch, gamma=decay)
    elif kind == "exponential":
        main = schedulers.ExponentialLR(optimizer, gamma=decay ** (1 / per_epoch))
    elif kind == "cosine":
        main = schedulers.CosineAnnealingLR(optimizer, T_max=STEPS - warmup, eta_min=settings.get("final_learning_rate", 0))
    else:
        raise ValueError(f"What is {kind}?")
    if not warmup:
        return main
    rise = schedulers.LinearLR(optimizer, start_factor=1 / (warmup + 1), total_iters=warmup)
    return schedulers.SequentialLR(optimizer, [rise, main], milestones=[warmup])


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

    for name in ("schedule", "validation_losses", "clip_norm", "label_smoothing", "weight_averaging"):
        if name in settings:
            result[name] = settings[name]

    optimizer = optimizer_of(settings["optimizer"], network.parameters())
    per_epoch = count // settings["batch_size"]
    scheduler = "schedule" in settings and scheduler_of(settings["schedule"], optimizer, settings["optimizer"]["learning_rate"], per_epoch)
    keep = settings.get("weight_averaging", 0)
    average = AveragedModel(network, avg_fn=lambda average, value, steps: average + (1 - min(keep, int(steps) / (int(steps) + 9))) * (value - average))
    losses, rates = [], []
    for step in range(STEPS):
        for module in network.modules():
            if isinstance(module, Dropout):
                module.step_noise = RandomStream(seed, (1 << 34) + step).next()
        batch = [(step * settings["batch_size"] + place) % count for place in range(settings["batch_size"])]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(images[batch]), targets[batch], label_smoothing=settings.get("label_smoothing", 0))
        loss.backward()
        if "clip_norm" in settings:
            nn.utils.clip_grad_norm_(network.parameters(), settings["clip_norm"])
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        average.update_parameters(network)
        losses.append(loss.item())
        if "validation_losses" in settings:
            if (step + 1) % per_epoch == 0:
                scheduler.step(settings["validation_losses"][step // per_epoch])
        elif scheduler and step + 1 < STEPS:
            scheduler.step()

    if scheduler:
        result["rates"] = encoded(rates, "<f8")
    if keep:
        result["averaged"] = encoded(flat(average.module.parameters()), "<f4")

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
