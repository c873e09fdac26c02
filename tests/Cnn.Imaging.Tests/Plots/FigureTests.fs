module Cnn.Imaging.Tests.FigureTests

open System.IO
open System.Globalization
open System.Text
open System.Xml.Linq
open Cnn
open Cnn.Evaluation
open Cnn.Imaging.Tests.SmallTrainings
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Pictures
open Cnn.Plots
open Cnn.Training
open Xunit
open FsCheck.Xunit

let private trained = lazy train true
let private measured = lazy measure 5
let private model = lazy network 1

/// Every kind of figure, with texts that must be in it.
let private figures =
    dict
        [ "cost", lazy (LossPlot.Of trained.Value, [ "Batch"; "Loss (nats an image, logarithmic)"; "each batch"; "validation, each epoch" ])
          "accuracy", lazy (AccuracyPlot.Of trained.Value, [ "Epoch"; "Accuracy on the validation images (%)"; "1"; "2"; "3" ])
          "recall", lazy (RecallPlot.Of measured.Value, [ "Class"; "Recall (% of the class's images)"; "100" ] @ classNames)
          "confusion", lazy (ConfusionPlot.Of measured.Value, [ "Prediction"; "Label" ] @ classNames)
          "filters", lazy (FilterSheet.Of model.Value, [ "Custom, Convolution1: 4 filters 3×3"; "1"; "4"; "0" ])
          "filters of channels",
          lazy (FilterSheet.Of(model.Value, "convolution2"), [ "Custom, Convolution2: 2 filters 3×3 (filter, channel)"; "1, 1"; "2, 4" ])
          "images", lazy (ImageSheet.Of(images 60 1, 12), [ "Noise: 12 of 60 images" ] @ classNames)
          "images in colour", lazy (ImageSheet.Of(images 7 3), [ "Noise: 7 images" ] @ classNames)
          "sweep over one", lazy (SweepPlot.Of(grid, [| "learningrate" |]), [ "LearningRate"; "each trial"; "mean"; "0.001" ])
          "sweep over two", lazy (SweepPlot.Of grid, [ "LearningRate"; "BatchSize"; "16"; "32"; "0.0003"; "failed"; "98.00" ])
          "sweep of draws", lazy (SweepPlot.Of draws, [ "LearningRate"; "BatchSize"; "99.00 %" ])
          "mistakes", lazy (ImageSheet.Of measured.Value, [ $"{measured.Value.Misclassified[0].Label} → {measured.Value.Misclassified[0].Prediction}" ]) ]

let kinds = TheoryData<string>(figures.Keys)

let private texts (svg: byte[]) =
    let document = XDocument.Parse(Encoding.UTF8.GetString svg)

    [ for element in document.Descendants() do
          if element.Name.LocalName = "text" then
              element ]

let private colors (picture: Picture) =
    Seq.chunkBySize 3 picture.Pixels |> Seq.countBy id |> Seq.sortByDescending snd |> Seq.map fst |> Seq.toList

[<Theory>]
[<MemberData(nameof kinds)>]
let ``a PNG has the natural size, or the one that is asked for, and something on it`` (kind: string) =
    let figure, _ = figures[kind].Value
    let struct (width, height) = figure.NaturalSize

    for askedWidth, askedHeight in [ System.Nullable(), System.Nullable(); System.Nullable 1000, System.Nullable 900 ] do
        let picture = PictureReader.Decode(figure.Encode(PlotFormat.Png, askedWidth, askedHeight), 3, kind)
        let expected = if askedWidth.HasValue then (1000, 900) else (width, height)
        Assert.Equal(expected, (picture.Width, picture.Height))
        // White paper, and more than one colour on it besides.
        Assert.Equal<byte>([| 255uy; 255uy; 255uy |], picture.Pixels[..2])
        Assert.InRange((colors picture).Length, 10, System.Int32.MaxValue)

[<Theory>]
[<MemberData(nameof kinds)>]
let ``an SVG is well formed, has the texts, and names its font with others after it`` (kind: string) =
    let figure, expected = figures[kind].Value
    let elements = texts (figure.Encode PlotFormat.Svg)
    let written = elements |> List.map (fun element -> element.Value.Trim())

    for text in figure.Title :: expected do
        Assert.Contains(text, written)

    for element in elements do
        Assert.Equal("DejaVu Sans, Verdana, sans-serif", element.Attribute(XName.Get "font-family").Value)

        for coordinate in [ "x"; "y" ] do
            let list = element.Attribute(XName.Get coordinate)
            Assert.True(isNull list || list.Value |> _.Split(',') |> Seq.forall (fun number -> fst (System.Double.TryParse number)), string element)

[<Theory>]
[<MemberData(nameof kinds)>]
let ``texts of an SVG are within it`` (kind: string) =
    let figure, _ = figures[kind].Value
    let struct (width, height) = figure.NaturalSize

    for element in texts (figure.Encode PlotFormat.Svg) do
        let numbers (text: string) = text.Split([| ' '; ','; '('; ')' |], System.StringSplitOptions.RemoveEmptyEntries)

        match element.Attribute(XName.Get "transform") with
        | null -> ()
        | transform ->
            match numbers transform.Value with
            | [| "translate"; x; y |] ->
                let coordinates (name: string) = numbers (element.Attribute(XName.Get name).Value) |> Array.map float
                let first name = Array.head (coordinates name)
                let last name = Array.last (coordinates name)
                Assert.InRange(float x + first "x", 0.0, float width)
                Assert.InRange(float x + last "x", 0.0, float width)
                Assert.InRange(float y + first "y", 8.0, float height)
            | _ -> ()

[<Fact>]
let ``one figure is drawn alike every time`` () =
    for kind in figures do
        let figure, _ = kind.Value.Value
        Assert.Equal<byte>(figure.Encode PlotFormat.Png, figure.Encode PlotFormat.Png)
        Assert.Equal<byte>(figure.Encode PlotFormat.Svg, figure.Encode PlotFormat.Svg)

[<Fact>]
let ``one figure has the same bytes in every culture`` () =
    let before = CultureInfo.CurrentCulture
    let other = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
    other.NumberFormat.NumberDecimalSeparator <- ","
    other.NumberFormat.NegativeSign <- "–"
    other.NumberFormat.PercentDecimalSeparator <- ","

    for kind in figures do
        let figure, _ = kind.Value.Value
        let expected = figure.Encode PlotFormat.Svg

        try
            CultureInfo.CurrentCulture <- other
            Assert.Equal<byte>(expected, figure.Encode PlotFormat.Svg)
            Assert.Same(other, CultureInfo.CurrentCulture)
        finally
            CultureInfo.CurrentCulture <- before

[<Fact>]
let ``identifiers within an SVG are its own, and each that is used is there`` () =
    let identifiers =
        [ for kind in figures do
              let figure, _ = kind.Value.Value
              let document = XDocument.Parse(Encoding.UTF8.GetString(figure.Encode PlotFormat.Svg))
              let own = document.Descendants().Attributes(XName.Get "id") |> Seq.map _.Value |> Seq.toList

              for attribute in document.Descendants().Attributes() do
                  if attribute.Value.StartsWith '#' && attribute.Name.LocalName = "href" then
                      Assert.Contains(attribute.Value[1..], own)
                  elif attribute.Value.StartsWith "url(#" then
                      Assert.Contains(attribute.Value[5 .. attribute.Value.Length - 2], own)

              own ]

    Assert.Equal((List.concat identifiers).Length, (List.concat identifiers |> List.distinct).Length)
    Assert.True(identifiers |> List.sumBy _.Length > 10)

[<Fact>]
let ``a title of one's own is written above, whatever characters it has, and small where there is no room`` () =
    let title = "a < b & \"c\" – d → e " + String.replicate 8 "and so on "
    let svg = (LossPlot.Of(trained.Value, title)).Encode(PlotFormat.Svg, 300, 300)
    let element = texts svg |> List.find (fun element -> element.Value.Trim() = title.Trim())
    Assert.True(float (element.Attribute(XName.Get "font-size").Value) < 15.0)

[<Fact>]
let ``the counts of the confusion matrix are in its cells, and nothing where there are none`` () =
    let report = measured.Value
    let written = texts ((ConfusionPlot.Of report).Encode PlotFormat.Svg) |> List.map (fun element -> element.Value.Trim())

    let counts =
        [ for label in 0..2 do
              for prediction in 0..2 do
                  if report.ConfusionMatrix[label, prediction] > 0 then
                      string report.ConfusionMatrix[label, prediction] ]

    Assert.NotEmpty counts
    Assert.Equal<string>(List.sort counts, written |> List.filter (fun text -> fst (System.Int32.TryParse text)) |> List.sort)

[<Fact>]
let ``a sheet is of images from the whole set`` () =
    let picture = PictureReader.Decode((ImageSheet.Of(images 60 1, 2)).Encode PlotFormat.Png, 1, "sheet")
    // Both pictures are there, enlarged by whole pixels, so that every value of theirs is.
    for index in [ 0; 30 ] do
        for value in (images 60 1).Image(index).ToArray() do
            Assert.Contains(value, picture.Pixels)

[<Property>]
let ``a running mean lies between the least and the most that it is a mean of, and has as many values`` (values: FsCheck.NormalFloat list) (reach: uint8) =
    let values = values |> List.map (fun value -> float value % 1e6) |> List.toArray
    let means = LossPlot.RunningMean(values, int reach)

    means.Length = values.Length
    && Array.indexed means
       |> Array.forall (fun (index, mean) ->
           let around = values[max 0 (index - int reach) .. min (values.Length - 1) (index + int reach)]
           Array.min around - 1e-3 <= mean && mean <= Array.max around + 1e-3)

[<Fact>]
let ``a running mean of nothing around is the values themselves, and begins with the first`` () =
    let values = [| 5.0; 1.0; 3.0; 2.0; 4.0 |]
    Assert.Equal<float>(values, LossPlot.RunningMean(values, 0))
    Assert.Equal<float>([| 5.0; 3.0; 2.0; 3.0; 3.0 |], LossPlot.RunningMean(values, 1))

[<Fact>]
let ``a heat map of a sweep has the mean of each pair's trials`` () =
    let written = texts ((SweepPlot.Of grid).Encode PlotFormat.Svg) |> List.map (fun element -> element.Value.Trim())
    // Two seeds each, 0.2 % apart: by learning rate 98, 99 and 97 %, with the batch size of 32 half a percent less.
    for mean in [ "98.00"; "97.50"; "99.00"; "98.50"; "97.00"; "failed" ] do
        Assert.Single(written, (=) mean) |> ignore

[<Fact>]
let ``the order of the trials does not matter`` () =
    Assert.Equal<byte>((SweepPlot.Of grid).Encode PlotFormat.Png, (SweepPlot.Of(List.rev grid)).Encode PlotFormat.Png)

[<Fact>]
let ``seeds alone are drawn over where nothing else varies`` () =
    let seeds = [ for seed in 1..3 -> result [ "Preset", box "Baseline"; "Seed", box seed ] (0.9 + 0.01 * float seed) ]
    let written = texts ((SweepPlot.Of seeds).Encode PlotFormat.Svg) |> List.map (fun element -> element.Value.Trim())
    Assert.Contains("Accuracy by Seed, best 93.00 %", written)
    Assert.DoesNotContain("mean", written)

[<Fact>]
let ``texts and values that are missing have places on an axis too`` () =
    let trials = [ result [ "Preset", box "Wide" ] 0.9; result [ "Preset", box "Baseline"; "Decay", box 0.1 ] 0.8; result [ "Preset", box "Baseline" ] 0.7 ]
    let written = texts ((SweepPlot.Of trials).Encode PlotFormat.Svg) |> List.map (fun element -> element.Value.Trim())

    for name in [ "Wide"; "Baseline"; "(not given)"; "0.1"; "90.00"; "80.00"; "70.00" ] do
        Assert.Contains(name, written)

[<Fact>]
let ``a sweep that cannot be drawn is an error that says why`` () =
    let fails id (words: string) (action: unit -> Figure) =
        let error = failureOf action
        Assert.Equal((id, CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))
        Assert.Contains(words, error.Message)

    let three = [ for value in 1..2 -> result [ "A", box value; "B", box value; "C", box value ] 0.5 ]
    fails "PlotParameter" "A, B, C" (fun () -> SweepPlot.Of three)
    fails "PlotParameter" "'D'" (fun () -> SweepPlot.Of(three, [| "D" |]))
    fails "PlotParameter" "not 3" (fun () -> SweepPlot.Of(three, [| "A"; "B"; "C" |]))
    fails "PlotParameter" "nothing varies" (fun () -> SweepPlot.Of [ three.Head ])
    fails "PlotNoData" "no trial" (fun () -> SweepPlot.Of [])
    fails "PlotNoData" "failed" (fun () -> SweepPlot.Of [ failed [ "A", box 1 ] ])

[<Theory>]
[<InlineData("a.png", "Png")>]
[<InlineData("a.b.SVG", "Svg")>]
let ``the ending decides about the format`` (path: string) (format: string) = Assert.Equal(format, string (Figure.FormatOf path))

[<Theory>]
[<InlineData("a")>]
[<InlineData("a.jpg")>]
[<InlineData("png")>]
let ``other endings are errors`` (path: string) =
    use folder = new TemporaryFolder()
    let path = folder.File path
    let error = failureOf (fun () -> (RecallPlot.Of measured.Value).Save path)
    Assert.Equal(("PlotFormat", CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))
    Assert.Contains(".png or .svg", error.Message)
    Assert.Empty folder.Files

[<Fact>]
let ``a figure is saved whole or not at all`` () =
    use folder = new TemporaryFolder()
    let figure = RecallPlot.Of measured.Value
    let path = folder.File "a.svg"
    figure.Save path
    Assert.Equal<byte>(figure.Encode PlotFormat.Svg, File.ReadAllBytes path)
    Assert.Equal("FileExists", (failureOf (fun () -> figure.Save path)).ErrorId)
    figure.Save(path, 500, 400, overwrite = true)
    Assert.Equal<byte>(figure.Encode(PlotFormat.Svg, 500, 400), File.ReadAllBytes path)
    Assert.Equal("PlotSize", (failureOf (fun () -> figure.Save(folder.File "b.png", 99, 400))).ErrorId)
    Assert.Equal("PlotSize", (failureOf (fun () -> figure.Save(folder.File "b.png", 400, 8193))).ErrorId)
    Assert.Equal("PlotSize", (failureOf (fun () -> (ImageSheet.Of(images 600 1, 600)).Save(folder.File "b.png", 100, 100))).ErrorId)
    Assert.Equal("FolderNotFound", (failureOf (fun () -> figure.Save(Path.Combine(folder.Path, "no", "b.png")))).ErrorId)
    Assert.Equal<string>([ "a.svg" ], folder.Files)

[<Fact>]
let ``where there is nothing to draw there is an error that says what to do`` () =
    let noData (words: string) (action: unit -> Figure) =
        let error = failureOf action
        Assert.Equal(("PlotNoData", CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))
        Assert.Contains(words, error.Message)

    noData "-ValidationData" (fun () -> AccuracyPlot.Of(train false))
    noData "-MisclassifiedCount" (fun () -> ImageSheet.Of(measure 0))
    noData "is empty" (fun () -> ImageSheet.Of((images 3 1).Slice(0, 0)))
    Assert.Equal("PlotImageShape", (failureOf (fun () -> ImageSheet.Of(images 3 2))).ErrorId)

[<Theory>]
[<InlineData("ReLU1")>]
[<InlineData("Dense1")>]
let ``a layer without filters is an error that names those that have some`` (layer: string) =
    let layer = model.Value.Summary |> Seq.find (fun summary -> summary.Name.StartsWith(layer, System.StringComparison.OrdinalIgnoreCase))
    let error = failureOf (fun () -> FilterSheet.Of(model.Value, layer.Name))
    Assert.Equal("PlotLayer", error.ErrorId)
    Assert.Contains("Convolution1, Convolution2", error.Message)
    Assert.Equal<string>([ "Convolution1"; "Convolution2" ], FilterSheet.LayersOf model.Value)

[<Fact>]
let ``an unknown layer is an error`` () =
    Assert.Equal("LayerUnknown", (failureOf (fun () -> FilterSheet.Of(model.Value, "Convolution3"))).ErrorId)

[<Fact>]
let ``the loss is drawn without validation images too, and of a single batch`` () =
    let written (result: TrainingResult) = texts ((LossPlot.Of result).Encode PlotFormat.Svg) |> List.map (fun element -> element.Value.Trim())
    Assert.DoesNotContain("validation, each epoch", written (train false))
    let single = Trainer.Train(network 1, images 4 1, TrainingOptions(Epochs = 1, BatchSize = 4))
    Assert.Contains("each batch", written single)
