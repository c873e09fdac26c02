# What README and the guide tell people to type, typed: each document from its top to its end in one PowerShell.

BeforeDiscovery {
    $blocks = foreach ($document in 'README.md', 'docs/guide.md') {
        $text = Get-Content (Join-Path $PSScriptRoot '../..' $document) -Raw
        foreach ($match in [regex]::Matches($text, '(?ms)^```powershell[^\n]*\n(?<code>.*?)^```')) {
            @{
                Document = $document
                Line     = $text.Substring(0, $match.Index).Split("`n").Count + 1
                Code     = $match.Groups['code'].Value
            }
        }
    }

    $documents = $blocks | Group-Object { $_.Document } | ForEach-Object {
        @{ Document = $_.Name; Blocks = $_.Group }
    }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Invoke-Pwsh.ps1')
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    Import-Module (Join-Path $root 'Cnn.psd1') -Force
}

Describe '<Document>' -ForEach $documents {
    BeforeAll {
        # A folder that looks like the repository after a build, with pictures of one's own in it.
        $folder = (New-Item (Join-Path $TestDrive ($Document -replace '\W')) -ItemType Directory).FullName
        'Cnn.psd1', 'lib', 'en-US', 'scripts' | ForEach-Object { Copy-Item (Join-Path $root $_) $folder -Recurse }
        Import-Mnist -First 200 | Export-CnnImageSet (Join-Path $folder 'fruit') -Format Png
        Copy-Item (Get-ChildItem (Join-Path $folder 'fruit/5'))[0] $folder

        # A network of another program, as small as it can be.
        & {
            New-CnnLayer -Convolution -Filters 4 -KernelSize 7 -Stride 4 -Padding 3
            New-CnnLayer -Relu
            New-CnnLayer -MaxPooling -Window 3 -Stride 2 -Padding 1
            New-CnnLayer -Residual {
                New-CnnLayer -Convolution -Filters 8 -KernelSize 3 -Stride 2 -Padding 1
                New-CnnLayer -Relu6
            } -Shortcut {
                New-CnnLayer -Convolution -Filters 8 -KernelSize 1 -Stride 2
            }
            New-CnnLayer -GlobalAveragePooling
            New-CnnLayer -Dense -Outputs 100
        } | New-CnnModel -InputShape 3, 64, 64 -Seed 1 | Export-CnnModel (Join-Path $folder 'resnet18.onnx') -InputRange 1

        # Fewer images make the same lines quick. Blocks run one after the other in one scope, as at a prompt.
        Set-Content (Join-Path $folder 'run.ps1') @'
param($BlockPath, $ResultPath)
if ($env:CNN_TEST_PROLOGUE) { . ([scriptblock]::Create($env:CNN_TEST_PROLOGUE)) }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function Import-Mnist {
    param([string] $Subset = 'Train', [int] $First = ($Subset -eq 'Train' ? 600 : 200))
    Cnn\Import-Mnist -Subset $Subset -First $First
}
function Import-CnnDataset {
    # Images of the same shape and with the same classes: no test downloads hundreds of megabytes.
    param([Parameter(Mandatory)] [Cnn.Data.Dataset] $Name, [Nullable[Cnn.Data.DatasetVariant]] $Variant)
    $names = [Cnn.Data.DatasetCatalog]::Describe($Name, $Variant).ClassNames
    $shape = "$Name" -like 'Cifar*' ? (3, 32, 32) : (1, 28, 28)
    $pixels = [byte[]]::new(2 * $names.Count * $shape[0] * $shape[1] * $shape[2])
    [Random]::new(1).NextBytes($pixels)
    New-CnnImageSet $pixels (0..(2 * $names.Count - 1) | ForEach-Object { $_ % $names.Count }) $shape -ClassName $names
}
function Split-CnnImageSet {
    param([Parameter(ValueFromPipeline)] $Data, [double] $Fraction, [int] $Count, [int] $FoldCount, [ulong] $Seed)
    process {
        if ($PSBoundParameters.ContainsKey('Count')) { $PSBoundParameters['Count'] = 100 }
        Cnn\Split-CnnImageSet @PSBoundParameters
    }
}
$problems = @{}
foreach ($block in Get-Content $BlockPath -Raw | ConvertFrom-Json) {
    try { $null = . ([scriptblock]::Create($block.Code)) | Out-String }
    catch { $problems["$($block.Line)"] = "$_ $($_.InvocationInfo.PositionMessage)" }
    $problems["$($block.Line)"] ??= ''
}
ConvertTo-Json $problems | Set-Content $ResultPath
'@
        ConvertTo-Json $Blocks | Set-Content (Join-Path $folder 'blocks.json')
        Push-Location $folder
        try {
            $said = Invoke-Pwsh -NonInteractive -File run.ps1 blocks.json results.json 2>&1 | Out-String
        }
        finally {
            Pop-Location
        }

        $results = Join-Path $folder 'results.json'
        $results | Should -Exist -Because $said
        $problems = Get-Content $results -Raw | ConvertFrom-Json -AsHashtable
    }

    It 'line <Line> runs as it stands' -ForEach $Blocks {
        $problems["$Line"] | Should -BeExactly ''
    }
}
