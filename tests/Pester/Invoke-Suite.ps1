<#
.SYNOPSIS
    Runs all tests of this folder and writes down how each ended: PesterTests.cs makes results of dotnet test of them.
.PARAMETER PesterPath
    The manifest of Pester.
.PARAMETER ResultPath
    Where the results go: JSON, an array of { Name, Problem }.
.PARAMETER Prologue
    What runs before the tests, such as Set-StrictMode.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $PesterPath,
    [Parameter(Mandatory)]
    [string] $ResultPath,
    [string] $Prologue
)

$ErrorActionPreference = 'Stop'
Import-Module $PesterPath
$env:CNN_TEST_PROLOGUE = $Prologue # for tests that start a PowerShell of their own
. ([scriptblock]::Create($Prologue))
$ErrorActionPreference = 'Continue' # as people have it

$run = Invoke-Pester -Path $PSScriptRoot -PassThru -Output None

$results = @(
    foreach ($test in $run.Tests) {
        $isPassed = $test.Result -eq 'Passed'
        @{
            Name    = "$(Split-Path $test.ScriptBlock.File -Leaf): $($test.ExpandedPath)"
            Problem = $isPassed ? $null : "$($test.Result). $(@($test.ErrorRecord | ForEach-Object { "$_`n$($_.ScriptStackTrace)" }) -join "`n")"
        }
    }
    # A file that cannot be read, or what runs before and after the tests.
    foreach ($container in $run.FailedContainers) {
        @{ Name = "$($container.Item)"; Problem = "$($container.ErrorRecord -join "`n")" }
    }
    foreach ($block in @($run.FailedBlocks | Where-Object { $_.ErrorRecord })) {
        @{ Name = "around $($block.ExpandedPath)"; Problem = "$($block.ErrorRecord -join "`n")" }
    }
)
ConvertTo-Json $results | Set-Content $ResultPath
