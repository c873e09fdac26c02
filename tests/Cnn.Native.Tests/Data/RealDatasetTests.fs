module Cnn.Native.Tests.RealDatasetTests

open System.IO
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.ImageSetTests
open Xunit

/// A test that needs Debian's package dataset-fashion-mnist.
type InstalledFashionMnistFactAttribute() as this =
    inherit FactAttribute()

    do
        if not (Directory.Exists (DatasetCatalog.Describe Dataset.FashionMnist :?> IdxDataset).InstalledFolder) then
            this.Skip <- "Debian's package dataset-fashion-mnist is not installed"

let private isReal (dataset: Dataset) (firstLabels: int[]) =
    let loader = DatasetLoader()
    let trainSet = loader.Load(dataset, DataSubset.Train)
    let testSet = loader.Load(dataset, DataSubset.Test)
    Assert.Equal(60_000, trainSet.Count)
    Assert.Equal(10_000, testSet.Count)
    Assert.Equal(Shape(1, 28, 28), trainSet.ImageShape)
    Assert.Equal(10, testSet.ClassNames.Count)
    Assert.Equal<int>(firstLabels, trainSet.Labels.Slice(0, 5).ToArray())
    trainSet

[<Fact>]
let ``MNIST comes as a user gets it`` () =
    let set = isReal Dataset.Mnist [| 5; 0; 4; 1; 9 |]
    Assert.Equal("MNIST train: 60000 images 1×28×28, 10 classes", string set)
    Assert.Equal(0.1307f, set.Statistics().Mean[0], 1e-4f)
    Assert.Equal(0.3081f, set.Statistics().StandardDeviation[0], 1e-4f)

[<InstalledFashionMnistFact>]
let ``Fashion-MNIST comes as a user gets it`` () =
    let set = isReal Dataset.FashionMnist [| 9; 0; 0; 3; 0 |]
    Assert.Equal("Ankle boot", set.ClassNames[set.Label 0])
    Assert.Equal(0.2860f, set.Statistics().Mean[0], 1e-4f)
    Assert.Equal(0.3530f, set.Statistics().StandardDeviation[0], 1e-4f)

[<InstalledFashionMnistFact>]
let ``Fashion-MNIST is read from the folder of its package, and is not taken for MNIST`` () =
    let folder = (DatasetCatalog.Describe Dataset.FashionMnist :?> IdxDataset).InstalledFolder
    Assert.Equal(10_000, DatasetLoader().Load(Dataset.FashionMnist, DataSubset.Test, folder).Count)
    let error = errorOf (fun () -> DatasetLoader().Load(Dataset.Mnist, DataSubset.Test, folder))
    Assert.Equal("DatasetChecksum", error.ErrorId)

[<Fact>]
let ``a data set or a part that does not exist is an error`` () =
    Assert.Equal("DatasetUnknown", (errorOf (fun () -> DatasetLoader().Load(enum 99, DataSubset.Train))).ErrorId)
    Assert.Equal("DataSubsetUnknown", (errorOf (fun () -> DatasetLoader().Load(Dataset.Mnist, enum 99))).ErrorId)
