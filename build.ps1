<#
.SYNOPSIS
    Builds, tests or packages Cnn.
.DESCRIPTION
    Build    compiles the solution; the module can then be imported from Cnn.psd1 beside this script.
    Test     runs the .NET tests and, after them, Pester.
    Package  makes artifacts/Cnn/<version>, which works from anywhere, and gives its manifest:
             Import-Module (./build.ps1 -Task Package)
.EXAMPLE
    pwsh ./build.ps1
.EXAMPLE
    pwsh ./build.ps1 -Task Test
.EXAMPLE
    pwsh ./build.ps1 -Task Package
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Package')]
    [string] $Task = 'Build',

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $args ended with exit code $LASTEXITCODE."
    }
}

function Invoke-PesterTest {
    $pester = Get-Module Pester -ListAvailable | Where-Object Version -GE '5.0' | Sort-Object Version -Descending | Select-Object -First 1
    if (-not $pester) {
        throw 'Pester 5 or later is needed for this task: Install-Module Pester -MinimumVersion 5.0 -Scope CurrentUser'
    }

    # A process of its own: this one may hold an older build of the module, and an assembly cannot be unloaded.
    & (Get-Process -Id $PID).Path -NoProfile -Command "Import-Module '$($pester.Path)'; Invoke-Pester -Path '$PSScriptRoot/tests/Pester' -CI -Output Detailed"
    if ($LASTEXITCODE -ne 0) {
        throw "$LASTEXITCODE Pester tests failed."
    }
}

function New-Package {
    $version = (Import-PowerShellDataFile (Join-Path $PSScriptRoot 'Cnn.psd1')).ModuleVersion
    $package = Join-Path $PSScriptRoot 'artifacts' 'Cnn' $version
    if (Test-Path $package) {
        Remove-Item $package -Recurse
    }

    New-Item $package -ItemType Directory | Out-Null
    foreach ($item in 'Cnn.psd1', 'lib', 'en-US', 'LICENSE') {
        Copy-Item (Join-Path $PSScriptRoot $item) $package -Recurse
    }

    Get-Item (Join-Path $package 'Cnn.psd1')
}

Push-Location $PSScriptRoot
try {
    switch ($Task) {
        'Build' {
            Invoke-Dotnet build Cnn.sln -c $Configuration
        }
        'Test' {
            Invoke-Dotnet test Cnn.sln -c $Configuration
            Invoke-PesterTest
        }
        'Package' {
            # The module alone is enough, and what its build says is not the result of this task.
            Invoke-Dotnet build src/Cnn.PowerShell -c $Configuration | Out-Host
            New-Package
        }
    }
}
finally {
    Pop-Location
}
