<#
.SYNOPSIS
    Builds, tests or packages Cnn.
.DESCRIPTION
    Build    compiles the solution; the module can then be imported from Cnn.psd1 beside this script.
    Test     runs all tests, including Pester's.
    Package  makes the folder artifacts/Cnn/<version>, which Import-Module loads from anywhere, and artifacts/Cnn.<version>.nupkg, which
             Publish-PSResource -NupkgPath sends to a gallery. It returns the manifest in the folder and the package.
.EXAMPLE
    dotnet pwsh ./build.ps1
.EXAMPLE
    dotnet pwsh ./build.ps1 -Task Test
.EXAMPLE
    $manifest, $package = ./build.ps1 -Task Package
    Import-Module $manifest
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

# The module as a folder: what is imported, its help, and what a reader wants to know of it.
function New-PackageFolder([string] $Version) {
    $folder = Join-Path $PSScriptRoot 'artifacts' 'Cnn' $Version
    if (Test-Path $folder) {
        Remove-Item $folder -Recurse
    }

    New-Item $folder -ItemType Directory | Out-Null
    foreach ($item in 'Cnn.psd1', 'lib', 'en-US', 'README.md', 'CHANGELOG.md', 'LICENSE') {
        Copy-Item (Join-Path $PSScriptRoot $item) $folder -Recurse
    }

    # A gallery finds cmdlets by tags.
    $manifest = Import-PowerShellDataFile Cnn.psd1
    $tags = @($manifest.PrivateData.PSData.Tags; 'PSIncludes_Cmdlet'; $manifest.CmdletsToExport.ForEach{ "PSCmdlet_$_"; "PSCommand_$_" })
    Update-PSModuleManifest (Join-Path $folder 'Cnn.psd1') -Tags $tags

    Get-Item $folder
}

Push-Location $PSScriptRoot
try {
    switch ($Task) {
        'Build' {
            Invoke-Dotnet build Cnn.sln -c $Configuration
        }
        'Test' {
            Invoke-Dotnet test Cnn.sln -c $Configuration
        }
        'Package' {
            # The module alone is enough, and what its build says is not the result of this task.
            Invoke-Dotnet build src/Cnn.PowerShell -c $Configuration | Out-Host
            $folder = New-PackageFolder (Import-PowerShellDataFile Cnn.psd1).ModuleVersion
            Get-Item (Join-Path $folder 'Cnn.psd1')
            Compress-PSResource $folder -DestinationPath (Join-Path $PSScriptRoot 'artifacts') -PassThru
        }
    }
}
finally {
    Pop-Location
}
