using System.Text;

namespace Cnn.PowerShell.Formatting;

/// <summary>A list of names and values. Long values are broken between words, where PowerShell's own list breaks them anywhere.</summary>
/// <param name="width">The width in cells.</param>
internal sealed class ItemList(int width)
{
    private const int NameWidth = 12;

    private readonly StringBuilder _text = new();

    /// <summary>Adds an item.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value; if it is null, there is no item.</param>
    public void Append(string name, string? value)
    {
        if (value == null)
        {
            return;
        }

        string head = $"{name.PadRight(NameWidth)}: ";
        int used = 0;
        foreach (string word in value.Split(' '))
        {
            int cells = Cells.Count(word);
            if (used > 0 && used + 1 + cells > width)
            {
                _text.AppendLine();
                head = new string(' ', NameWidth + 2);
                used = 0;
            }

            _text.Append(used == 0 ? head : " ").Append(word);
            used += (used == 0 ? head.Length : 1) + cells;
        }

        _text.AppendLine();
    }

    /// <summary>The lines.</summary>
    /// <returns>All of them, as one text.</returns>
    public override string ToString() => _text.ToString();
}
