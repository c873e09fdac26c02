# Dot-sourced by tests that need a PowerShell of their own.

# The program and the arguments that start another PowerShell like this one: as a .NET tool it is run by dotnet.
function Get-PwshCommand {
    $program = (Get-Process -Id $PID).Path
    $program
    if ((Split-Path $program -LeafBase) -eq 'dotnet') {
        "$PSHOME/pwsh.dll"
    }

    '-NoProfile'
}

function Invoke-Pwsh {
    $program, $first = Get-PwshCommand
    & $program @first @args
}
