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
        foreach ($figure in 'mnist-baseline.cost.png', 'mnist-baseline.recall.png') {
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
