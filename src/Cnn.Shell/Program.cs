namespace Cnn.Shell;

/// <summary>Runs one PowerShell script or command with the Cnn module imported.</summary>
internal static class Program
{
    private const int UsageExitCode = 2;

    private const string Usage = """
        Runs a PowerShell script or command with the Cnn module imported.

        Usage: Cnn.Shell <script.ps1> [-Name value | -Name:value | -Switch | value]...
               Cnn.Shell -Command <text>

        Exit code: that of the script's exit statement, else 0; 1 if there was an error; 130 if it was stopped with Ctrl-C.
        """;

    private static int Main(string[] args)
    {
        if (CommandLine.Parse(args) is not { } commandLine)
        {
            Console.Error.WriteLine(Usage);
            return UsageExitCode;
        }

        // Tables and bars are drawn with characters outside ASCII.
        Console.OutputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var session = new ShellSession();
        return session.Run(commandLine);
    }
}
