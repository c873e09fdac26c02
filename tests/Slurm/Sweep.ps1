# The PowerShell part of run.sh: exports the sweep and runs it on one machine; compares, when the tasks are done.
param(
    [Parameter(Mandatory)] [ValidateSet('Export', 'Compare')] [string] $Action,
    [Parameter(Mandatory)] [string] $Folder
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1')
$sweep = Join-Path $Folder 'sweep'
$reference = Join-Path $Folder 'reference.jsonl'

# The figures that have to be the same, to the bit.
function Get-Figure($Result) {
    $Result | Sort-Object Id | ForEach-Object {
        "$($_.Id) $($_.Kernels) $($_.ParameterChecksum) $([BitConverter]::DoubleToInt64Bits($_.Accuracy)) $([BitConverter]::DoubleToInt64Bits($_.Loss)) $($_.EpochAccuracies -join ',')"
    }
}

if ($Action -eq 'Export') {
    $train = Import-Mnist -First 2000
    $validation = Import-Mnist -Skip 50000 -First 500

    # The first trial takes 50 seconds on this machine. Slurm warns at most 40 seconds after its beginning, so it runs into its limit of a minute.
    # The last of four trials tells the speed: two at a time as on the two nodes, and the compilation is over.
    $measured = New-CnnSweep @{ Epochs = 6 } LeNet5 -Seed 1..4 | Invoke-CnnSweep $train $validation -Threads 1 -ThrottleLimit 2 | Select-Object -Last 1
    $second = $measured.ImagesPerSecond / $train.Count
    $epochs = [int](50 * $second), [int](12 * $second), [int](3 * $second), [int](3 * $second) | ForEach-Object { [Math]::Max(4, $_) }
    $rates = 0.001, 0.002, 0.003, 0.0005
    $trials = 0..3 | ForEach-Object { New-CnnSweep @{ Epochs = $epochs[$_]; LearningRate = $rates[$_] } LeNet5 }
    $trials | Export-CnnSweep $sweep $train $validation -Scheduler Slurm -TimeLimit 0:01:00 -Threads 1 -Kernels $measured.Kernels
    $null = $trials | Invoke-CnnSweep $train $validation -Path $reference -ThrottleLimit 2 -Threads 1
    exit 0
}

$results = Import-CnnSweep $sweep
$expected = Get-Figure (Get-Content $reference | ConvertFrom-Json | ForEach-Object {
        [pscustomobject]@{
            Id = $_.id; Kernels = $_.kernels; ParameterChecksum = $_.parameter_checksum; Accuracy = [double]$_.accuracy; Loss = [double]$_.loss; EpochAccuracies = [double[]]$_.epoch_accuracies
        }
    })
$actual = Get-Figure $results
$results | Format-Table | Out-String | Write-Output
if (($expected -join "`n") -cne ($actual -join "`n") -or @($actual).Count -ne 4) {
    Write-Output 'Expected:' $expected 'Actual:' $actual
    exit 1
}

# A line for each trial: nothing was counted twice, and nothing is left behind.
$lines = @(Get-ChildItem (Join-Path $sweep 'results') -Filter '*.jsonl' | ForEach-Object { Get-Content $_ }).Count
$checkpoints = @(Get-ChildItem (Join-Path $sweep 'checkpoints')).Count
if ($lines -ne 4 -or $checkpoints -ne 0) {
    Write-Output "There are $lines results instead of 4, and checkpoints of $checkpoints trials instead of none."
    exit 1
}

exit 0
