<#
.SYNOPSIS
    Builds, tests or packages Cnn.
.DESCRIPTION
    Build    compiles the solution; the module can then be imported from Cnn.psd1 beside this script.
    Test     runs the .NET tests and, after them, Pester.
    Package  makes the folder artifacts/Cnn/<version>, which Import-Module loads from anywhere, and artifacts/Cnn.<version>.nupkg, which
             Publish-PSResource -NupkgPath sends to a gallery. It gives the manifest in the folder and the package.
.EXAMPLE
    pwsh ./build.ps1
.EXAMPLE
    pwsh ./build.ps1 -Task Test
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

    Get-Item $folder
}

# The same folder as a package for a gallery. A gallery finds cmdlets by the tags PSCmdlet_* and PSCommand_*.
function New-GalleryPackage([System.IO.DirectoryInfo] $Folder) {
    $manifest = Import-PowerShellDataFile (Join-Path $Folder 'Cnn.psd1')
    $gallery = $manifest.PrivateData.PSData
    $tags = @($gallery.Tags; 'PSModule'; 'PSIncludes_Cmdlet'; $manifest.CmdletsToExport.ForEach{ "PSCmdlet_$_"; "PSCommand_$_" })
    $escaped = { [System.Security.SecurityElement]::Escape($args[0]) }
    $specification = Join-Path $PSScriptRoot 'artifacts' 'Cnn.nuspec'
    Set-Content $specification @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>Cnn</id>
    <version>$($manifest.ModuleVersion)</version>
    <authors>$(& $escaped $manifest.Author)</authors>
    <description>$(& $escaped $manifest.Description)</description>
    <copyright>$(& $escaped $manifest.Copyright)</copyright>
    <license type="expression">MIT</license>
    <readme>README.md</readme>
    <projectUrl>$($gallery.ProjectUri)</projectUrl>
    <releaseNotes>$(& $escaped $gallery.ReleaseNotes)</releaseNotes>
    <tags>$($tags -join ' ')</tags>
  </metadata>
  <files>
    <file src="Cnn/$($manifest.ModuleVersion)/**" target="" />
  </files>
</package>
"@

    Invoke-Dotnet pack $specification -o artifacts "-p:NoPackageAnalysis=true" | Out-Host
    Get-Item (Join-Path $PSScriptRoot 'artifacts' "Cnn.$($manifest.ModuleVersion).nupkg")
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
            $folder = New-PackageFolder (Import-PowerShellDataFile Cnn.psd1).ModuleVersion
            Get-Item (Join-Path $folder 'Cnn.psd1')
            New-GalleryPackage $folder
        }
    }
}
finally {
    Pop-Location
}
