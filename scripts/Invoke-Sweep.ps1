<#
.SYNOPSIS
    Sweeps over learning rate and batch size on MNIST, shows a table, the best trial first, and draws it.
.DESCRIPTION
    Runs in PowerShell 7.6, after a build. The following command builds first, and brings its own PowerShell:

        dotnet run -c Release --project src/Cnn.PowerShell -- scripts/Invoke-Sweep.ps1

    Every learning rate is tried with every batch size and every seed, on the training images except for 5,000 that are held out (stratified
    by class), on which the trials are compared. The 10,000 test images are not used: they are for the one network that is chosen in the end.

    Each result is appended to -ResultsPath as it arrives, as a line of JSON. After Ctrl-C or any other interruption, the same command continues
    the sweep. The output is a result for each trial, the best first, and a line that says where the files are; the plot is a heat map of the
    accuracy over both parameters, averaged over the seeds.
.PARAMETER LearningRate
    The learning rates.
.PARAMETER BatchSize
    The batch sizes.
.PARAMETER Preset
    The networks: Baseline, the article's (the default), or others that Get-CnnPreset shows. All other settings are those of the preset.
.PARAMETER Epochs
    The number of times that each trial goes through the training images.
.PARAMETER Seed
    The seeds: each pair is tried with each of them.
.PARAMETER ThrottleLimit
    The number of trials that are trained side by side; 0 for one on each processor.
.PARAMETER Path
    A folder with the four files of MNIST, plain or compressed. By default they come from the cache or from public sources.
.PARAMETER ResultsPath
    The results file; by default mnist-sweep.jsonl in the current folder.
.PARAMETER PlotPath
    The plot, .png or .svg; by default mnist-sweep.png in the current folder. The plot of an earlier run is replaced.
.EXAMPLE
    ./scripts/Invoke-Sweep.ps1
.EXAMPLE
    ./scripts/Invoke-Sweep.ps1 -LearningRate 0.001, 0.002 -BatchSize 32 -Seed 1, 2, 3 -Epochs 5 -Preset LeNet5
.EXAMPLE
    dotnet run -c Release --project src/Cnn.PowerShell -- scripts/Invoke-Sweep.ps1 -LearningRate 0.001,0.002 -BatchSize 32
#>
[CmdletBinding()]
param(
    # Numbers have no type here: the cmdlets read them, and refuse '0,001', which PowerShell would take for 1.
    [string[]] $LearningRate = (0.0003, 0.001, 0.003, 0.01),
    [string[]] $BatchSize = (16, 32, 64, 128),
    [string[]] $Preset = 'Baseline',
    $Epochs = 1,
    [string[]] $Seed = 1,
    $ThrottleLimit = 0,
    [string] $Path,
    [string] $ResultsPath = 'mnist-sweep.jsonl',
    [string] $PlotPath = 'mnist-sweep.png'
)

# An error ends the script; a trial that fails is a row of the table.
$ErrorActionPreference = 'Stop'

Import-Module ([IO.Path]::Combine($PSScriptRoot, '..', 'Cnn.psd1'))

$source = if ($Path) { @{ Path = $Path } } else { @{} }
$train, $validation = Import-Mnist @source | Split-CnnImageSet -Count 5000 -Seed 1

# A list is one text where another shell hands it over, as with 'pwsh -File'.
$sweep = @{ LearningRate = $LearningRate -split ','; BatchSize = $BatchSize -split ','; Epochs = $Epochs }
# A trial that failed has no accuracy, and comes last.
$results = @(
    New-CnnSweep $sweep -Preset ($Preset -split ',') -Seed ($Seed -split ',') |
        Invoke-CnnSweep $train $validation -Path $ResultsPath -ThrottleLimit $ThrottleLimit -ErrorAction SilentlyContinue |
        Sort-Object Accuracy -Descending
)
$results

$drawn = ''
if ($results.Where({ -not $_.Error })) {
    $results | Export-CnnPlot -Path $PlotPath -Parameter LearningRate, BatchSize -Force
    $drawn = ", and drawn in $PlotPath"
}

$known = $results.Where({ $_.IsFromFile }).Count
"Trained $($results.Count - $known) trials, and $known were there already; the results are in $ResultsPath$drawn"
