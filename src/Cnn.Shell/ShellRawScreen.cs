using System.Management.Automation.Host;

namespace Cnn.Shell;

/// <summary>The size of the screen, after which tables are laid out. There is nothing else to it: no cursor is moved, no key is read.</summary>
internal sealed class ShellRawScreen : PSHostRawUserInterface
{
    private const int WidthOfNoTerminal = 120;
    private const int HeightOfNoTerminal = 50;

    public override Size BufferSize
    {
        get => Console.IsOutputRedirected || Console.WindowWidth < 1
            ? new Size(WidthOfNoTerminal, HeightOfNoTerminal)
            : new Size(Console.WindowWidth, Console.WindowHeight);
        set => throw Nothing();
    }

    public override Size WindowSize
    {
        get => BufferSize;
        set => throw Nothing();
    }

    public override Size MaxPhysicalWindowSize => BufferSize;

    public override Size MaxWindowSize => BufferSize;

    public override Coordinates WindowPosition
    {
        get => default;
        set => throw Nothing();
    }

    public override Coordinates CursorPosition
    {
        get => default;
        set => throw Nothing();
    }

    public override int CursorSize
    {
        get => 1;
        set => throw Nothing();
    }

    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    public override string WindowTitle { get; set; } = "Cnn";

    public override bool KeyAvailable => false;

    public override void FlushInputBuffer()
    {
    }

    public override KeyInfo ReadKey(ReadKeyOptions options) => throw Nothing();

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw Nothing();

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw Nothing();

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw Nothing();

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw Nothing();

    private static NotSupportedException Nothing() => new("This host writes lines to a stream and does not control the terminal.");
}
