using Cnn.Pictures;

namespace Cnn.Plots;

/// <summary>One picture of a sheet.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Captions">The lines of the caption.</param>
internal sealed record SheetTile(Picture Picture, params string[] Captions);
