namespace Cnn.Pictures;

/// <summary>The connected parts of ink, and which of them are the drawing.</summary>
internal sealed class InkParts
{
    /// <summary>A part of at least this share of the largest one belongs to the drawing wherever it is.</summary>
    private const double LargeShare = 0.5;

    /// <summary>A smaller part belongs to it if it is near: the upper stroke of a five.</summary>
    private const double SmallShare = 0.005;

    /// <summary>The distance, relative to the longer side of the largest part.</summary>
    private const double NearShare = 0.25;

    /// <summary>A part that spans nearly the whole picture in both directions is a frame.</summary>
    private const double FrameShare = 0.9;

    private readonly int[] _labels;
    private readonly int _width;
    private readonly bool[] _isKept;
    private readonly Box _drawing;
    private readonly Box[] _dropped;

    private InkParts(int[] labels, int width, bool[] isKept, Box drawing, Box[] dropped) =>
        (_labels, _width, _isKept, _drawing, _dropped) = (labels, width, isKept, drawing, dropped);

    /// <summary>Finds the parts: pixels above a threshold that touch each other, including at corners.</summary>
    /// <param name="relief">The amount of ink at each pixel, [row][column].</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="threshold">The threshold; at least one pixel reaches it.</param>
    /// <returns>The parts.</returns>
    public static InkParts Of(float[] relief, int width, int height, float threshold)
    {
        int[] labels = new int[relief.Length];
        List<Box> boxes = [];
        Stack<int> open = [];
        for (int start = 0; start < relief.Length; start++)
        {
            if (relief[start] >= threshold && labels[start] == 0)
            {
                boxes.Add(Fill(start, boxes.Count + 1));
            }
        }

        int largest = Enumerable.Range(0, boxes.Count).Where(i => !IsFrame(boxes[i])).DefaultIfEmpty(-1).MaxBy(i => i < 0 ? 0 : boxes[i].Area);
        bool[] isKept = [.. boxes.Select((box, i) => largest < 0 || i == largest || Belongs(box, boxes[largest]))];
        Box drawing = boxes.Where((_, i) => isKept[i]).Aggregate((one, other) => one.With(other));
        return new InkParts(labels, width, isKept, drawing, [.. boxes.Where((_, i) => !isKept[i])]);

        Box Fill(int first, int label)
        {
            Box box = new(width, height, -1, -1, 0);
            labels[first] = label;
            open.Push(first);
            while (open.TryPop(out int at))
            {
                (int x, int y) = (at % width, at / width);
                box = box.With(new Box(x, y, x, y, 1));
                for (int row = Math.Max(0, y - 1); row <= Math.Min(height - 1, y + 1); row++)
                {
                    for (int column = Math.Max(0, x - 1); column <= Math.Min(width - 1, x + 1); column++)
                    {
                        int next = (row * width) + column;
                        if (labels[next] == 0 && relief[next] >= threshold)
                        {
                            labels[next] = label;
                            open.Push(next);
                        }
                    }
                }
            }

            return box;
        }

        bool IsFrame(Box box) => box.Width >= FrameShare * width && box.Height >= FrameShare * height;

        bool Belongs(Box box, Box main) => !IsFrame(box)
            && (box.Area >= LargeShare * main.Area
                || (box.Area >= SmallShare * main.Area && box.DistanceFrom(main) <= NearShare * Math.Max(main.Width, main.Height)));
    }

    /// <summary>Whether the ink at a pixel belongs to the drawing: to one of its parts, or to the faint edge of one.</summary>
    /// <param name="x">The column.</param>
    /// <param name="y">The row.</param>
    /// <returns>Whether it is.</returns>
    public bool Keeps(int x, int y)
    {
        int label = _labels[(y * _width) + x];
        return label > 0 ? _isKept[label - 1] : _drawing.Has(x, y, margin: 2) && !_dropped.Any(box => box.Has(x, y, margin: 2));
    }

    /// <summary>A rectangle that contains a part, and the number of the part's pixels.</summary>
    private readonly record struct Box(int Left, int Top, int Right, int Bottom, int Area)
    {
        public int Width => Right - Left + 1;

        public int Height => Bottom - Top + 1;

        public Box With(Box other) => new(
            Math.Min(Left, other.Left), Math.Min(Top, other.Top), Math.Max(Right, other.Right), Math.Max(Bottom, other.Bottom), Area + other.Area);

        public bool Has(int x, int y, int margin) => x >= Left - margin && x <= Right + margin && y >= Top - margin && y <= Bottom + margin;

        public int DistanceFrom(Box other) => Math.Max(
            Math.Max(Left - other.Right, other.Left - Right), Math.Max(Top - other.Bottom, other.Top - Bottom));
    }
}
