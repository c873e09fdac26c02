using Cnn.Pictures;

namespace Cnn.Plots;

/// <summary>One of the pictures of a sheet.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Captions">The lines below it.</param>
internal sealed record SheetTile(Picture Picture, params string[] Captions);
