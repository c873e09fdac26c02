/// What C# and F# can use of the engine is what src/Cnn.Native/PublicApi.txt lists: a change of it is seen, and meant.
module Cnn.Native.Tests.PublicApiTests

open System
open System.Globalization
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open Xunit

let private list = Path.Combine(Repository.root, "src", "Cnn.Native", "PublicApi.txt")

let private declared =
    BindingFlags.Public ||| BindingFlags.NonPublic ||| BindingFlags.Instance ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly

/// Methods that follow from a record's properties are left out, as are those of lambdas.
let private isWritten (memberOf: MemberInfo) =
    not (memberOf.IsDefined typeof<CompilerGeneratedAttribute>)

let private isVisible (method: MethodBase) =
    method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly

/// The name of a type as C# has it, with the annotations of nullable references.
let rec private nameOf (nullability: NullabilityInfo) =
    let t = nullability.Type

    let name =
        if t.IsByRef then
            $"ref {nameOf nullability.ElementType}"
        elif t.IsArray then
            let commas = String(',', t.GetArrayRank() - 1)
            $"{nameOf nullability.ElementType}[{commas}]"
        elif isNull (Nullable.GetUnderlyingType t) |> not then
            (Nullable.GetUnderlyingType t).Name
        elif t.IsGenericType then
            let arguments = nullability.GenericTypeArguments |> Seq.map nameOf |> String.concat ", "
            $"{t.Name.Split('`')[0]}<{arguments}>"
        else
            t.Name

    if nullability.ReadState = NullabilityState.Nullable && not t.IsByRef then $"{name}?" else name

/// The value of a parameter that is not given.
let private textOf (parameter: ParameterInfo) =
    match parameter.RawDefaultValue with
    | null when parameter.ParameterType.IsValueType && isNull (Nullable.GetUnderlyingType parameter.ParameterType) -> "default"
    | null -> "null"
    | value -> Convert.ToString(value, CultureInfo.InvariantCulture)

let private parametersOf (method: MethodBase) =
    method.GetParameters()
    |> Seq.map (fun parameter ->
        let usual = if parameter.HasDefaultValue then $" = {textOf parameter}" else ""
        $"{nameOf (NullabilityInfoContext().Create parameter)} {parameter.Name}{usual}")
    |> String.concat ", "

let private scopeOf (method: MethodBase) =
    [ if not method.IsPublic then "protected "
      if method.IsStatic then "static "
      if method.IsAbstract then "abstract " ]
    |> String.concat ""

let private kindOf (t: Type) =
    if t.IsEnum then "enum"
    elif t.IsInterface then "interface"
    elif t.IsValueType then "struct"
    elif t.IsAbstract && t.IsSealed then "static class"
    else
        let record = if isNull (t.GetMethod("<Clone>$", declared)) then "class" else "record"
        (if t.IsAbstract then "abstract " elif t.IsSealed then "sealed " else "") + record

/// A type and its members, a line each.
let private linesOf (t: Type) =
    let above = if t.IsClass && t.BaseType <> typeof<obj> then $" : {t.BaseType.Name}" else ""

    [ $"{t} {kindOf t}{above}"

      for constructor in t.GetConstructors declared do
          if isVisible constructor && isWritten constructor then
              $"{t}.new({parametersOf constructor}) {scopeOf constructor}".TrimEnd()

      for field in t.GetFields declared do
          if (field.IsPublic || field.IsFamily) && not field.IsSpecialName then
              if t.IsEnum then
                  $"{t}.{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}"
              else
                  $"{t}.{field.Name} : {nameOf (NullabilityInfoContext().Create field)} static"

      for property in t.GetProperties declared do
          let accessors = property.GetAccessors true |> Array.filter isVisible

          if accessors.Length > 0 && isWritten property then
              let has (accessor: MethodInfo | null) name =
                  match accessor with
                  | null -> []
                  | accessor when not (isVisible accessor) -> []
                  | accessor when accessor.ReturnParameter.GetRequiredCustomModifiers() |> Array.contains typeof<IsExternalInit> -> [ "init" ]
                  | _ -> [ name ]

              let access = has property.GetMethod "get" @ has property.SetMethod "set" |> String.concat ", "
              $"{t}.{property.Name} : {nameOf (NullabilityInfoContext().Create property)} {scopeOf accessors[0]}{access}"

      for method in t.GetMethods declared do
          if isVisible method && isWritten method && (not method.IsSpecialName || method.Name.StartsWith "op_") then
              let result = nameOf (NullabilityInfoContext().Create method.ReturnParameter)
              $"{t}.{method.Name}({parametersOf method}) : {result} {scopeOf method}".TrimEnd() ]

let private current =
    let lines = typeof<Cnn.Models.Model>.Assembly.GetExportedTypes() |> Seq.collect linesOf |> Seq.toArray
    Array.Sort(lines, StringComparer.Ordinal)
    lines

[<Fact>]
let ``The public API is the one that PublicApi.txt lists`` () =
    if Environment.GetEnvironmentVariable "CNN_UPDATE_API" = "1" then
        File.WriteAllLines(list, current)

    let listed = File.ReadAllLines list
    let surplus name (lines: string[]) (others: string[]) = Array.except others lines |> Array.map (fun line -> $"{name} {line}")
    let differences = Array.append (surplus "+" current listed) (surplus "-" listed current)

    Assert.True(
        Array.isEmpty differences && listed.Length = current.Length,
        "The public API and src/Cnn.Native/PublicApi.txt differ. Is that meant? Then run this test with CNN_UPDATE_API=1 and commit the file.\n"
        + String.concat "\n" differences
    )
