<#
.SYNOPSIS
    Trains a convolutional neural network on MNIST, measures it on the 10,000 test images, saves it, and draws both.
.DESCRIPTION
    Runs in PowerShell 7.6, after a build. The following command builds first, and brings its own PowerShell:

        dotnet run -c Release --project src/Cnn.PowerShell -- scripts/Train-Mnist.ps1

    MNIST comes from -Path, from the cache, or from public sources. The output is the training result, the accuracy report
    (accuracy, loss, and recall for each digit), and a line that says where the model is and what it ran on.
    Beside the model are two figures: the loss of each batch (.loss.png) and the recall of each digit (.recall.png).
    The files of an earlier run are replaced.
.PARAMETER Preset
    The network, and how it is trained: Baseline, the article's (the default), LeNet5, Wide, Fast, Accurate, or Thorough. Get-CnnPreset shows them.
.PARAMETER Epochs
    The number of times that the training goes through all 60,000 training images. By default, this, the batch size and the learning rate are those
    of the preset.
.PARAMETER BatchSize
    Images for each step.
.PARAMETER LearningRate
    The size of a step of the optimizer, which the preset's schedule starts from.
.PARAMETER Seed
    Draws the weights and the order of the images. One seed gives the same model, bit for bit, on any number of threads.
.PARAMETER Threads
    The number of threads; 0 for one on each processor.
.PARAMETER Path
    A folder with the four files of MNIST, plain or compressed. By default they come from the cache or from public sources.
.PARAMETER OutputPath
    The file of the model; by default mnist-<preset>.safetensors in the current folder. The figures have the same name
    with other extensions.
.EXAMPLE
    ./scripts/Train-Mnist.ps1
.EXAMPLE
    ./scripts/Train-Mnist.ps1 -Preset LeNet5 -Epochs 5 -LearningRate 0.0005 -OutputPath ./lenet.safetensors
#>
[CmdletBinding()]
param(
    # Numbers have no type here: the cmdlets read them, and refuse '0,001', which PowerShell would take for 1.
    [string] $Preset = 'Baseline',
    $Epochs,
    $BatchSize,
    $LearningRate,
    $Seed = 1,
    $Threads = 0,
    [string] $Path,
    [string] $OutputPath
)

# Any error ends the script: there is nothing to measure or to save without the step before.
$ErrorActionPreference = 'Stop'

Import-Module ([IO.Path]::Combine($PSScriptRoot, '..', 'Cnn.psd1'))

if (-not $OutputPath) {
    $OutputPath = "mnist-$($Preset.ToLowerInvariant()).safetensors"
}

$settings = @{}
foreach ($name in 'Epochs', 'BatchSize', 'LearningRate') {
    if ($PSBoundParameters.ContainsKey($name)) {
        $settings[$name] = $PSBoundParameters[$name]
    }
}

$source = if ($Path) { @{ Path = $Path } } else { @{} }
$train = Import-Mnist @source
$test = Import-Mnist -Subset Test @source

$result = New-CnnModel -Preset $Preset -Seed $Seed |
    Invoke-CnnTraining -Data $train -Threads $Threads @settings
$result
$report = $result | Measure-CnnAccuracy -Data $test -Threads $Threads
$report

$result.Model | Export-CnnModel -Path $OutputPath -Force
$lossFigure = [IO.Path]::ChangeExtension($OutputPath, '.loss.png')
$recallFigure = [IO.Path]::ChangeExtension($OutputPath, '.recall.png')
$result | Export-CnnPlot -Path $lossFigure -Kind Loss -Force
$report | Export-CnnPlot -Path $recallFigure -Kind Recall -Force
"Trained with the $($result.Kernels) kernels on $($result.Threads) thread$(if ($result.Threads -ne 1) { 's' }); the model is in $OutputPath, its figures in $lossFigure and $recallFigure"
