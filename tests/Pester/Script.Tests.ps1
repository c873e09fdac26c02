# The main job, in pwsh.

Describe 'Train-Mnist.ps1' {
    BeforeAll {
        $script = "$PSScriptRoot/../../scripts/Train-Mnist.ps1"
    }

    It 'trains, measures and saves, from any folder and again' {
        Push-Location $TestDrive
        try {
            & $script -Epochs 1 -Seed 3 | Out-Null
            $output = & $script -Epochs 1 -Seed 3
        }
        finally {
            Pop-Location
        }

        $output | Should -HaveCount 3
        $output[0] | Should -BeOfType Cnn.Training.TrainingResult
        $output[1].Accuracy | Should -BeGreaterOrEqual 0.97
        $output[2] | Should -Match 'kernels on \d+ threads?; the model is in mnist-baseline.safetensors'
        "$TestDrive/mnist-baseline.safetensors" | Should -Exist
        foreach ($figure in 'mnist-baseline.loss.png', 'mnist-baseline.recall.png') {
            $output[2] | Should -Match $figure
            (Get-Item "$TestDrive/$figure").Length | Should -BeGreaterThan 5kb
        }
    }

    It 'reads data from a folder and says when it is not there' {
        { & $script -Path $TestDrive } | Should -Throw -ErrorId 'DatasetFileNotFound,*'
    }

    It 'has help for its parameters' {
        $help = Get-Help $script -Full
        $help.Synopsis | Should -Not -BeNullOrEmpty
        foreach ($name in 'Preset', 'Epochs', 'BatchSize', 'LearningRate', 'Seed', 'Threads', 'Path', 'OutputPath') {
            ($help.Parameters.Parameter | Where-Object Name -EQ $name).Description.Text | Should -Not -BeNullOrEmpty
        }
    }
}

Describe 'Measure-Preset.ps1' {
    BeforeAll {
        $script = "$PSScriptRoot/../../scripts/Measure-Preset.ps1"
    }

    It 'measures each seed, their mean, and all models together' {
        $output = & $script -Preset LeNet5 -Seed 3, 4 -Epochs 1
        $output | Should -HaveCount 4
        $output[0..1].Seed | Should -Be 3, 4
        $output[0].Accuracy | Should -BeGreaterThan 96
        $output[2] | Should -Match '^LeNet5 on Mnist: 9\d[.,]\d\d ± \d[.,]\d\d % over 2 seeds$'
        $output[3] | Should -Match '^2 models together: 9\d[.,]\d\d %, with test-time augmentation \(shift 1, 8 times\): 9\d[.,]\d\d %$'
    }

    It 'measures several presets, and the models of all of them together' {
        $output = & $script -Preset LeNet5, Baseline -Seed 3 -Epochs 1 -TestTimeAugmentation 'rotation 5' -AugmentationCount 3
        $output | Should -HaveCount 5
        $output[0, 2].Seed | Should -Be 3, 3
        $output[1] | Should -Match '^LeNet5 on Mnist: '
        $output[3] | Should -Match '^Baseline on Mnist: 9\d[.,]\d\d ± 0[.,]00 % over 1 seed$'
        $output[4] | Should -Match '^2 models together: 9\d[.,]\d\d %, with test-time augmentation \(rotation 5, 3 times\): 9\d[.,]\d\d %$'
    }

    It 'measures on a folder of pictures' {
        $null = New-Item (Join-Path $TestDrive digits) -ItemType Directory
        foreach ($part in 'Train', 'Test') {
            Import-Mnist -Subset $part -First 200 | Export-CnnImageSet -Path (Join-Path $TestDrive "digits/$($part.ToLowerInvariant())") -Format Png
        }

        $output = & $script -Preset LeNet5 -Path (Join-Path $TestDrive digits) -Seed 3 -Epochs 3
        $output | Should -HaveCount 3
        $output[1] | Should -Match '^LeNet5 on digits: \d\d[.,]\d\d ± '
    }

    It 'tells before any training what would fail after it' {
        $output = [Collections.Generic.List[object]]::new()
        { & $script -Preset LeNet5, AlexNet -Seed 3 -Epochs 1 | ForEach-Object { $output.Add($_) } } | Should -Throw -ErrorId 'PresetUnknown,*'
        { & $script -Preset LeNet5 -Seed 3 -Epochs 1 -TestTimeAugmentation 'spin 5' | ForEach-Object { $output.Add($_) } } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
        { & $script -Preset LeNet5 -Seed 3 -Epochs 1 -AugmentationCount 0 | ForEach-Object { $output.Add($_) } } | Should -Throw -ErrorId 'AugmentationCount,*'
        $output | Should -BeNullOrEmpty
    }

    It 'has help for its parameters' {
        $help = Get-Help $script -Full
        foreach ($name in 'Preset', 'Dataset', 'Path', 'Seed', 'Epochs', 'Augmentation', 'TestTimeAugmentation', 'AugmentationCount') {
            ($help.Parameters.Parameter | Where-Object Name -EQ $name).Description.Text | Should -Not -BeNullOrEmpty
        }
    }
}

Describe 'Invoke-Sweep.ps1' {
    BeforeAll {
        $script = "$PSScriptRoot/../../scripts/Invoke-Sweep.ps1"
    }

    It 'trains each pair, shows the best first, and goes on where it was' {
        Push-Location $TestDrive
        try {
            & $script -LearningRate 0.001 -BatchSize 128 -Preset LeNet5 | Out-Null
            $output = & $script -LearningRate 0.0001, 0.001 -BatchSize 128 -Preset LeNet5
        }
        finally {
            Pop-Location
        }

        $output | Should -HaveCount 3
        $output[0..1].LearningRate | Should -Be 0.001, 0.0001
        $output[0..1].IsFromFile | Should -Be $true, $false
        $output[0].Accuracy | Should -BeGreaterThan 0.95
        $output[2] | Should -Match '^Trained 1 trials, and 1 were there already; the results are in mnist-sweep.jsonl, and drawn in mnist-sweep.png'
        "$TestDrive/mnist-sweep.png" | Should -Exist
        Get-Content "$TestDrive/mnist-sweep.jsonl" | Should -HaveCount 2
    }

    It 'has help for its parameters' {
        $help = Get-Help $script -Full
        foreach ($name in 'LearningRate', 'BatchSize', 'Preset', 'Epochs', 'Seed', 'ThrottleLimit', 'Path', 'ResultsPath', 'PlotPath') {
            ($help.Parameters.Parameter | Where-Object Name -EQ $name).Description.Text | Should -Not -BeNullOrEmpty
        }
    }
}
