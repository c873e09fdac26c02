/// Nothing that is public reaches memory: no pointer is handed out or taken, what sizes were checked with cannot be changed, and nobody
/// outside the engine can add something that the engine trusts. These tests look at every public type, so a new one is looked at too.
module Cnn.Native.Tests.PublicSurfaceTests

open System
open System.Collections
open System.Collections.Generic
open System.Reflection
open Xunit
open Cnn
open Cnn.Data
open Cnn.Evaluation
open Cnn.Kernels
open Cnn.Layers
open Cnn.Models
open Cnn.Presets
open Cnn.Sweeps
open Cnn.Training
open Cnn.Native.Tests.Networks

let private types = typeof<Model>.Assembly.GetExportedTypes()

let private everything =
    BindingFlags.Public ||| BindingFlags.NonPublic ||| BindingFlags.Instance ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly

let private isVisible (method: MethodBase) =
    method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly

/// Whether a type has a pointer anywhere in it.
let rec private holdsPointer (t: Type) =
    t.IsPointer
    || t.IsFunctionPointer
    || (t.HasElementType && holdsPointer (t.GetElementType()))
    || (t.IsGenericType && Seq.exists holdsPointer (t.GetGenericArguments()))
    || (t.IsByRefLike && t.Assembly = typeof<Model>.Assembly)

[<Fact>]
let ``No public member takes or gives a pointer`` () =
    let found =
        [ for t in types do
              for field in t.GetFields everything do
                  if (field.IsPublic || field.IsFamily) && holdsPointer field.FieldType then
                      $"{t}.{field.Name}"

              let methods = Seq.append (t.GetMethods everything |> Seq.cast<MethodBase>) (t.GetConstructors everything |> Seq.cast<MethodBase>)

              for method in methods |> Seq.filter isVisible do
                  let result =
                      match method with
                      | :? MethodInfo as method -> [ method.ReturnType ]
                      | _ -> []

                  if Seq.append result (method.GetParameters() |> Seq.map _.ParameterType) |> Seq.exists holdsPointer then
                      $"{t}.{method.Name}" ]

    Assert.Empty found

[<Fact>]
let ``No public field can be written`` () =
    let found =
        [ for t in types |> Seq.filter (fun t -> not t.IsEnum) do
              for field in t.GetFields everything do
                  if field.IsPublic && not field.IsInitOnly && not field.IsLiteral then
                      $"{t}.{field.Name}" ]

    Assert.Empty found

/// Settings that people change and hand in: whoever uses them copies them first (see the test of settings below).
let private settings =
    [ typeof<TrainingOptions>; typeof<Optimizer>; typeof<Schedule>; typeof<Augmentation>; typeof<TestTimeAugmentation> ]

/// Results: nothing in the engine reads them back to work out a size, and what they name is checked where it is used.
let private results =
    [ typeof<TrainingResult>; typeof<TrainingProgress>; typeof<TrialSetup>; typeof<SweepResult>; typeof<SweepProgress>; typeof<RunningTrial>
      typeof<ClassAccuracy>; typeof<TopAccuracy>; typeof<CalibrationBin>; typeof<ConfidenceInterval>
      typeof<Confusion>; typeof<ClassProbability>; typeof<ImagePrediction>; typeof<Misclassification>
      typeof<Cnn.Devices.Device>; typeof<Cnn.Devices.ProcessorFeature>; typeof<DownloadProgress>; typeof<CnnException> ]

/// Ways of working that may be changed between two runs.
let private switches =
    set
        [ "Trainer.Checkpoints"; "SweepRunner.ThrottleLimit"; "SweepRunner.Threads"; "SweepRunner.Pruning"; "SweepRunner.Folder"
          "SweepRunner.Kernels"; "SweepRunner.EpochFinished" ]

[<Fact>]
let ``What a model, a set or a plan was checked with has no public setter, nor one for initialisers, which PowerShell calls too`` () =
    let found =
        [ for t in types |> Seq.filter (fun t -> not (Seq.exists (fun (known: Type) -> known.IsAssignableFrom t) (settings @ results))) do
              for property in t.GetProperties everything do
                  if property.SetMethod <> null && property.SetMethod.IsPublic && not (switches.Contains $"{t.Name}.{property.Name}") then
                      $"{t}.{property.Name}" ]

    Assert.Empty found

/// Nobody outside can call their constructors or implement them, as members are hidden.
[<Fact>]
let ``Only the engine makes kinds of layers, kernels, optimizers and classifiers`` () =
    for t in [ typeof<Layer>; typeof<BatchLayer>; typeof<KernelSet>; typeof<Optimizer>; typeof<IClassifier> ] do
        let hidden (method: MethodInfo) = method.IsAbstract && (method.IsAssembly || method.IsFamilyAndAssembly)
        let rec members (t: Type) = if t = null then Seq.empty else Seq.append (t.GetMethods everything) (members t.BaseType)
        Assert.True(members t |> Seq.exists hidden, $"{t} has no hidden abstract member: a stranger could implement it.")

/// Whatever can be reached from an object through public properties and the elements of lists.
let private reachable (roots: obj list) =
    let seen = HashSet<obj>(HashIdentity.Reference)
    let found = List<string * obj>()

    let rec visit path depth (value: obj) =
        if value <> null && depth < 7 && (value.GetType().IsValueType || seen.Add value) then
            found.Add((path, value))

            match value with
            | :? string -> ()
            | :? IEnumerable as elements ->
                let mutable index = 0

                for element in elements do
                    if index < 4 then visit $"{path}[{index}]" (depth + 1) element
                    index <- index + 1
            | _ when value.GetType().Namespace.StartsWith("Cnn", StringComparison.Ordinal) ->
                for property in value.GetType().GetProperties(BindingFlags.Public ||| BindingFlags.Instance) do
                    if property.GetIndexParameters().Length = 0 && not property.PropertyType.IsByRefLike then
                        visit $"{path}.{property.Name}" (depth + 1) (property.GetValue value)
            | _ -> ()

    for root in roots do
        visit (root.GetType().Name) 0 root

    found

let private images = noise 1 smallShape smallClasses 40

let private roots () : obj list =
    let model = smallModel 1UL
    let result = Trainer.Train(model, images, TrainingOptions(Epochs = 2, BatchSize = 8, Augmentation = Augmentation(Shift = 1)), images)
    let trainer = new Trainer(model, images, TrainingOptions())

    [ model; images; images.Slice(3, 5); result; trainer; Ensemble [ model ]; Evaluator.Measure(model, images, misclassifiedCount = 3)
      (use predictor = new Predictor(model)
       Seq.head (predictor.Predict images))
      Preset.Find "LeNet5"; Network.Of model; images.Statistics(); Layers.Convolution(3, 3).Parameters smallShape ]

[<Fact>]
let ``Lists that are handed out cannot be changed`` () =
    let found =
        [ for path, value in reachable (roots ()) do
              match value with
              | :? Array as array when array.Length > 0 -> path
              | :? IList as list when not list.IsReadOnly -> path
              | _ -> () ]

    Assert.Empty found

/// Gives every property that can be set, of every object that can be reached, a value that nobody checked.
let private spoil (roots: obj list) =
    let absurd (t: Type) : obj list =
        if t = typeof<int> then [ -1; 0; Int32.MaxValue; 1 <<< 20 ]
        elif t = typeof<double> then [ -1.0; 1e300; 1000.0 ]
        elif t = typeof<Nullable<double>> then [ null; 1e-30; -1.0 ]
        elif t = typeof<Nullable<uint64>> then [ 77UL ]
        elif t = typeof<bool> then [ true; false ]
        elif not t.IsValueType then [ null ]
        else []

    let mutable spoiled = 0

    for _, value in reachable roots |> Seq.toArray do
        if not (value.GetType().IsValueType) then
            for property in value.GetType().GetProperties(BindingFlags.Public ||| BindingFlags.Instance) do
                if property.SetMethod <> null && property.SetMethod.IsPublic then
                    for other in absurd property.PropertyType do
                        property.SetValue(value, other)
                        spoiled <- spoiled + 1

    Assert.True(spoiled > 20, $"Only {spoiled} values were set: what was to be spoiled was not found.")

[<Fact>]
let ``Settings that are changed while they are used change nothing: a training, a prediction and a look have copies`` () =
    let optionsOf () =
        TrainingOptions(
            Epochs = 2,
            BatchSize = 8,
            Optimizer = Sgd(Momentum = 0.9),
            Schedule = CosineSchedule(),
            Augmentation = Augmentation(Shift = 1, ElasticStrength = 3),
            ClipNorm = 1.0
        )

    let expected = smallModel 1UL
    Trainer.Train(expected, images, optionsOf ()) |> ignore

    let model = smallModel 1UL
    let options = optionsOf ()
    use trainer = new Trainer(model, images, options)
    let parts: obj list = [ options; options.Optimizer; options.Schedule; options.Augmentation; trainer; trainer.Options; model ]
    let mutable isSpoiled = false

    let result =
        trainer.Run(fun progress ->
            if progress.Batch = 2 && not isSpoiled then
                spoil (parts |> List.filter (fun part -> not (obj.ReferenceEquals(part, trainer))))
                isSpoiled <- true)

    sameBits (parametersOf expected) (parametersOf model)
    spoil [ result.Options ]
    Assert.Equal(8, trainer.Options.BatchSize)

    let testTime = TestTimeAugmentation(Augmentation(Shift = 1), 3)
    use predictor = new Predictor(model, 1, testTime = testTime)
    let before = predictor.Predict images |> Seq.map _.Probability |> Seq.toArray
    spoil [ testTime ]
    Assert.Equal<double[]>(before, predictor.Predict images |> Seq.map _.Probability |> Seq.toArray)

    let preset = Preset.Find "Fast"
    let training = preset.Training
    spoil [ preset ]
    Assert.Equal(training, (Preset.Find "Fast").Training)

[<Fact>]
let ``Arrays and lists that are handed in are copied before they are checked`` () =
    let pixels, labels, names = Array.create 200 5uy, Array.zeroCreate<int> 2, [| "a"; "b" |]
    let set = ImageSet(pixels, labels, Cnn.Memory.Shape(1, 10, 10), names, "set")
    pixels[0] <- 77uy
    labels[1] <- 200
    names[0] <- "b"
    Assert.Equal((5uy, 0, "a"), (set.Pixels[0], set.Labels[1], set.ClassNames[0]))

    let layers = List<Layer>(smallLayers)
    let model = Model(smallShape, layers)
    layers.Clear()
    Assert.Equal(smallLayers.Length, model.Layers.Count)

    let mean, deviation, classes = List<float32> [ 0.5f ], List<float32> [ 2f ], List<string>(classNames smallClasses)
    model.Describe(Normalization(mean, deviation), classes)
    mean.Clear()
    deviation[0] <- 0f
    classes.Clear()
    Assert.Equal((0.5f, 2f, smallClasses), (model.Normalization.Mean[0], model.Normalization.StandardDeviation[0], model.ClassNames.Count))

[<Fact>]
let ``A tensor of another model, or one that somebody made up, reaches no memory`` () =
    let model = smallModel 1UL
    let values = model.GetValues model.Parameters[0]
    values[0] <- 7f
    model.SetValues(model.Parameters[0], values)
    Assert.Equal(7f, model.GetValues(model.Parameters[0])[0])

    let madeUp = ModelParameter("layers.0.weight", 0, [| 1 |], 0, 1_000_000_000, 1, 0f, true)
    failsWith "ParameterUnknown" [ "layers.0.weight"; "layers.4.bias" ] (fun () -> model.GetValues madeUp |> ignore)
    failsWith "ParameterUnknown" [] (fun () -> model.SetValues((smallModel 1UL).Parameters[0], values))
    failsWith "ParameterLength" [ $"{values.Length}" ] (fun () -> model.SetValues(model.Parameters[1], values))
