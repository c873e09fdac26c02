/// A null where something is needed is an ArgumentNullException that names it, or an error of the product; it never goes on into the engine.
module Cnn.Native.Tests.NullArgumentTests

open System
open System.Reflection
open System.Runtime.CompilerServices
open Xunit
open Cnn
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Pictures
open Cnn.Presets
open Cnn.Sweeps
open Cnn.Training
open Cnn.Native.Tests.Networks

let private nullability = NullabilityInfoContext()

let private needsValue (parameter: ParameterInfo) =
    not parameter.ParameterType.IsValueType
    && not parameter.ParameterType.IsByRef
    && nullability.Create(parameter).WriteState = NullabilityState.NotNull

let private isWritten (method: MethodBase) =
    not (method.IsDefined(typeof<CompilerGeneratedAttribute>, false))
    && not method.IsGenericMethodDefinition
    && not (method.GetParameters() |> Array.exists (fun parameter -> parameter.ParameterType.IsByRefLike || parameter.ParameterType.IsPointer))

/// Objects whose methods are called.
let private objects () : obj list =
    let images = noise 1 smallShape smallClasses 20
    let model = smallModel 1UL

    [ model; images; new Trainer(model, images, TrainingOptions()); new Predictor(model); Ensemble [ model ]; Preset.Find "LeNet5"; Network.Of model
      Picture(2, 2, 1, Array.zeroCreate 4); PictureConversion(Shape(1, 4, 4)); Augmentation(); TrainingOptions(); Convolution(2, 3); Residual 1; Dense 3
      Evaluator.Measure(model, images) ]

let private flags = BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.Instance ||| BindingFlags.DeclaredOnly

/// Something that fits where one is needed; null where there is nothing at hand.
let private someValue (samples: obj list) (parameter: ParameterInfo) : obj =
    let t = parameter.ParameterType

    if parameter.HasDefaultValue && parameter.DefaultValue <> null && parameter.DefaultValue <> box DBNull.Value then parameter.DefaultValue
    elif t.IsValueType then Activator.CreateInstance t
    elif not (needsValue parameter) then null
    elif t = typeof<string> then "/nowhere/at all"
    elif t.IsArray then Array.CreateInstance(t.GetElementType(), 1)
    else samples |> List.tryFind t.IsInstanceOfType |> Option.toObj

/// Calls with null for one thing after the other that is needed, and says what went wrong if it is neither error.
let private call samples (target: obj) (method: MethodBase) =
    [ for missing in method.GetParameters() |> Array.filter needsValue do
          try
              let arguments =
                  method.GetParameters() |> Array.map (fun parameter -> if parameter = missing then null else someValue samples parameter)

              match method with
              | :? ConstructorInfo as constructor -> constructor.Invoke arguments |> ignore
              | _ ->
                  match method.Invoke(target, arguments) with
                  | :? System.Collections.IEnumerable as elements -> elements |> Seq.cast<obj> |> Seq.truncate 1 |> Seq.iter ignore
                  | _ -> ()
          with
          | :? TargetInvocationException as failure when (failure.InnerException :? ArgumentException || failure.InnerException :? CnnException) -> ()
          | :? TargetInvocationException as failure -> $"{method.DeclaringType.Name}.{method.Name} without {missing.Name}: {failure.InnerException.GetType().Name}" ]

[<Fact>]
let ``Null is refused by name wherever something is needed`` () =
    let samples = objects ()
    let types = typeof<Model>.Assembly.GetExportedTypes() |> Array.filter (fun t -> not t.ContainsGenericParameters)

    let failures =
        [ for t in types do
              let constructors = if t.IsAbstract then [||] else t.GetConstructors(flags ^^^ BindingFlags.Static) |> Array.map (fun c -> c :> MethodBase)
              let statics = t.GetMethods flags |> Array.filter _.IsStatic |> Array.map (fun m -> m :> MethodBase)

              for method in Array.append constructors statics |> Array.filter isWritten do
                  yield! call samples null method

          for target in samples do
              let methods = target.GetType().GetMethods(BindingFlags.Public ||| BindingFlags.Instance)

              for method in methods |> Array.filter (fun method -> isWritten method && method.DeclaringType.Assembly = typeof<Model>.Assembly) do
                  yield! call samples target method ]

    Assert.True(failures.IsEmpty, String.Join("\n", List.distinct failures))
