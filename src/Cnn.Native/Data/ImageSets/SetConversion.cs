using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Data;

/// <summary>
/// Makes the images of a set from its pictures. Whether they are inverted is decided once, when all pictures have been seen. If it were decided for each
/// picture, a class of light pictures and a class of dark ones would become the same.
/// </summary>
internal sealed class SetConversion
{
    private readonly PictureRequest _request;
    private readonly PictureConversion _plain;
    private readonly PictureConversion? _negative;
    private readonly bool _isAutomatic;
    private readonly PixelMemory _pixels;
    private readonly PixelMemory? _negatives;
    private int _count;
    private int _light;

    /// <summary>Allocates the memory of all images.</summary>
    /// <param name="shape">The shape of the images.</param>
    /// <param name="request">How they are to be made.</param>
    /// <param name="most">How many pictures there are at most.</param>
    /// <param name="name">What an error calls the set.</param>
    /// <exception cref="CnnException">There can be no such images, or there are too many for one set or for this machine.</exception>
    public SetConversion(Shape shape, PictureRequest request, int most, string name)
    {
        _request = request;
        _isAutomatic = request.Inversion == PictureInversion.Auto;
        _plain = request.For(shape, _isAutomatic ? PictureInversion.Never : request.Inversion);
        _plain.Check();
        ImageSet.CheckSize(most, shape, name);
        _pixels = PixelMemory.Allocate((long)most * shape.Length);
        if (_isAutomatic && request.Center)
        {
            // Centring works on the inverted picture, and inverting the result is not the same.
            _negative = request.For(shape, PictureInversion.Always);
            _negatives = PixelMemory.Allocate(_pixels.Length);
        }
    }

    /// <summary>Converts the next picture.</summary>
    /// <param name="picture">The picture.</param>
    public void Add(Picture picture)
    {
        int length = _plain.Shape.Length;
        long at = (long)_count++ * length;
        _plain.Apply(picture).CopyTo(_pixels.Slice(at, length));
        _negative?.Apply(picture).CopyTo(_negatives!.Slice(at, length));
        _light += _isAutomatic && _plain.IsInk && PictureConversion.HasDarkInk(picture) ? 1 : 0;
    }

    /// <summary>Decides the open settings: grey pictures are inverted if most of them have a light border.</summary>
    /// <returns>The pixels of all images, and the conversion that made them.</returns>
    public (PixelMemory Pixels, PictureConversion Conversion) Finish()
    {
        if (_light * 2 <= _count)
        {
            return (_pixels, _plain);
        }

        PictureConversion conversion = _request.For(_plain.Shape, PictureInversion.Always);
        if (_negatives != null)
        {
            return (_negatives, conversion);
        }

        for (int image = 0; image < _count; image++)
        {
            foreach (ref byte value in _pixels.Slice((long)image * _plain.Shape.Length, _plain.Shape.Length))
            {
                value = (byte)(255 - value);
            }
        }

        return (_pixels, conversion);
    }
}
