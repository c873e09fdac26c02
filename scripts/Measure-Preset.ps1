<#
.SYNOPSIS
    Trains presets with several seeds, and measures their accuracy on the test images: of each model, the mean of a preset, and all models together.
.DESCRIPTION
    Runs in PowerShell 7.6, after a build. The following command builds first, and brings its own PowerShell:

        dotnet run -c Release --project src/Cnn.PowerShell -- scripts/Measure-Preset.ps1 -Preset Fast

    The output is a row for each seed with the accuracy in per cent and the seconds of training, then a line with the mean and the standard deviation; the same for
    the next preset; and at the end the accuracy of the ensemble of all models, alone and with test-time augmentation. The rows of docs/accuracy.md were made with it.
.PARAMETER Preset
    The presets, one or several: Get-CnnPreset shows them. Settings that are not given below come from the preset.
.PARAMETER Dataset
    A data set with a name, which is downloaded where the cache lacks it: Mnist (the default), FashionMnist, Kmnist, Emnist, Cifar10 or Cifar100.
.PARAMETER Path
    A folder of pictures instead: its folder train has a folder for each class, and so has its folder test. The pictures get the size that the first preset is made for.
.PARAMETER Seed
    The seeds.
.PARAMETER Epochs
    The number of times that the training goes through all training images.
.PARAMETER Augmentation
    How the training images are distorted, such as 'shift 2, mirror'.
.PARAMETER TestTimeAugmentation
    The augmentation for the distorted versions of each image, which the ensemble sees in addition to the image itself.
.PARAMETER AugmentationCount
    The number of distorted versions.
.EXAMPLE
    ./scripts/Measure-Preset.ps1 -Preset Accurate
.EXAMPLE
    ./scripts/Measure-Preset.ps1 -Preset Fast -Seed 1, 2, 3 -Epochs 3
.EXAMPLE
    ./scripts/Measure-Preset.ps1 -Preset ColourFast -Path ./cifar10 -TestTimeAugmentation mirror
.EXAMPLE
    ./scripts/Measure-Preset.ps1 -Preset Accurate, Thorough -Seed 1, 2 -TestTimeAugmentation 'rotation 10, scale 0.1' -AugmentationCount 16
.EXAMPLE
    dotnet run -c Release --project src/Cnn.PowerShell -- scripts/Measure-Preset.ps1 -Preset Fast -Seed 1,2,3
#>
[CmdletBinding()]
param(
    # Numbers have no type here: the cmdlets read them, and refuse '0,001', which PowerShell would take for 1.
    [Parameter(Mandatory)]
    [string[]] $Preset,
    [ValidateSet('Mnist', 'FashionMnist', 'Kmnist', 'Emnist', 'Cifar10', 'Cifar100')]
    [string] $Dataset = 'Mnist',
    [string] $Path,
    [string[]] $Seed = (1..5),
    $Epochs,
    [string] $Augmentation,
    [string] $TestTimeAugmentation = 'shift 1',
    $AugmentationCount = 8
)

$ErrorActionPreference = 'Stop'

Import-Module ([IO.Path]::Combine($PSScriptRoot, '..', 'Cnn.psd1'))

$settings = @{}
foreach ($name in 'Epochs', 'Augmentation') {
    if ($PSBoundParameters.ContainsKey($name)) {
        $settings[$name] = $PSBoundParameters[$name]
    }
}

# A list is one text where another shell hands it over, as with 'pwsh -File'.
$networks = $Preset -split ', *'
if ($Path) {
    $shape = (Get-CnnPreset $networks[0]).InputShape
    $train = Import-CnnImageSet -Path (Join-Path $Path 'train') -ImageShape $shape
    $test = Import-CnnImageSet -Path (Join-Path $Path 'test') -ImageShape $shape
    $what = Split-Path $Path -Leaf
} else {
    $train = Import-CnnDataset $Dataset
    $test = Import-CnnDataset $Dataset -Subset Test
    $what = $Dataset
}

$looks = @{ TestTimeAugmentation = $TestTimeAugmentation; AugmentationCount = $AugmentationCount }

# What comes late is tried first: a wrong name or a look that does not fit should not be found after an hour of training.
$one = $test | Select-CnnImage -Index 0
foreach ($network in $networks) {
    $null = New-CnnModel -Preset $network -InputShape $test.ImageShape -ClassCount $test.ClassNames.Count -Seed 1 | Measure-CnnAccuracy -Data $one @looks
}

$results = [Collections.Generic.List[object]]::new()
foreach ($network in $networks) {
    $accuracies = [Collections.Generic.List[double]]::new()
    foreach ($number in $Seed -split ', *') {
        $result = Invoke-CnnTraining -Data $train -Preset $network -Seed $number @settings
        $report = $result | Measure-CnnAccuracy -Data $test
        $results.Add($result)
        $accuracies.Add(100 * $report.Accuracy)
        [pscustomobject]@{
            Seed     = $result.Seed
            Accuracy = [math]::Round(100 * $report.Accuracy, 2)
            Seconds  = [math]::Round($result.Duration.TotalSeconds, 1)
        }
    }

    $measured = $accuracies | Measure-Object -Average -StandardDeviation
    $deviation = if ($accuracies.Count -gt 1) { $measured.StandardDeviation } else { 0 }
    '{0} on {1}: {2:F2} ± {3:F2} % over {4} {5}' -f
        $network, $what, $measured.Average, $deviation, $accuracies.Count, $(if ($accuracies.Count -eq 1) { 'seed' } else { 'seeds' })
}

$together = $results | New-CnnEnsemble
$alone = $together | Measure-CnnAccuracy -Data $test
$augmented = $together | Measure-CnnAccuracy -Data $test @looks
'{0} models together: {1:F2} %, with test-time augmentation ({2}, {3} times): {4:F2} %' -f
    $results.Count, (100 * $alone.Accuracy), $TestTimeAugmentation, $AugmentationCount, (100 * $augmented.Accuracy)
