# The module as people use it: after `dotnet build -c Release`, in pwsh 7.6.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist
    $script:test = Import-Mnist -Subset Test
}

Describe 'MNIST' {
    It 'is one object with all images' {
        @($train).Count | Should -Be 1
        $train.Count | Should -Be 60000
        $test.Count | Should -Be 10000
        $train.ClassNames | Should -Be ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    }

    It 'is cut by -Skip and -First' {
        $part = Import-Mnist -Skip 10 -First 5
        $part.Count | Should -Be 5
        0..4 | ForEach-Object { $part.Label($_) | Should -Be $train.Label($_ + 10) }
    }
}

Describe 'The pipeline' {
    It 'makes, trains and measures a model that is right on 97 % and more' {
        $accuracy = New-CnnModel -Preset Baseline -Seed 1 |
            Invoke-CnnTraining -Data $train -Epochs 1 -BatchSize 32 |
            Measure-CnnAccuracy -Data $test
        $accuracy.Accuracy | Should -BeGreaterThan 0.97
        $accuracy.Count | Should -Be 10000
        $accuracy.Classes | Should -HaveCount 10
    }

    It 'gives the same model for one seed on one thread and on two' {
        $one, $two = 1, 2 | ForEach-Object {
            New-CnnModel -Preset Baseline -Seed 3 | Invoke-CnnTraining -Data (Import-Mnist -First 500) -Epochs 2 -Threads $_
        }
        $one.History.Losses.Count | Should -Be 32
        $one.History.Losses -join ' ' | Should -Be ($two.History.Losses -join ' ')
        $one.Threads | Should -Be 1
        $two.Threads | Should -Be 2
    }

    It 'makes a network of layers' {
        $model = & {
            New-CnnLayer -Convolution -Filters 4 -KernelSize 3
            New-CnnLayer -Relu
            New-CnnLayer -MaxPooling -Window 2
            New-CnnLayer -Flatten
            New-CnnLayer -Dense -Outputs 10
        } | New-CnnModel -InputShape 1, 28, 28 -Seed 7
        $model.Layers | Should -HaveCount 5
        $model.ParameterCount | Should -Be (4 * 9 + 4 + 10 * 4 * 13 * 13 + 10)
    }

    It 'takes trials from a table, one result for each' {
        $table = Join-Path $TestDrive 'trials.csv'
        Set-Content $table -Value 'Preset,LearningRate,BatchSize,Epochs,Seed', 'Baseline,0.002,64,1,1', 'LeNet5,0.001,16,1,2'
        $results = @(Import-Csv $table | Invoke-CnnTraining -Data (Import-Mnist -First 320))
        $results | Should -HaveCount 2
        $results.BatchSize | Should -Be 64, 16
        $results.LearningRate | Should -Be 0.002, 0.001
        $results[1].Model.Name | Should -Be 'LeNet5'
    }
}

Describe 'A model file' {
    It 'gives back a model that is just as good' {
        $path = Join-Path $TestDrive 'model.safetensors'
        $few = Import-Mnist -Subset Test -First 500
        $result = New-CnnModel -Preset Baseline -Seed 1 | Invoke-CnnTraining -Data (Import-Mnist -First 2000) -Epochs 1
        $result.Model | Export-CnnModel -Path $path
        $again = Import-CnnModel -Path $path
        ($again | Measure-CnnAccuracy -Data $few).Loss | Should -Be ($result | Measure-CnnAccuracy -Data $few).Loss
    }

    It 'goes to the current location and comes back from Get-ChildItem' {
        Push-Location (New-Item (Join-Path $TestDrive 'files') -ItemType Directory)
        try {
            New-CnnModel -Preset LeNet5 -Seed 1 | Export-CnnModel -Path './[a].safetensors'
            New-CnnModel -Preset LeNet5 -Seed 2 | Export-CnnModel -Path b.safetensors
            (Get-ChildItem | Import-CnnModel).Seed | Sort-Object | Should -Be 1, 2
            (Import-CnnModel ./b*).Seed | Should -Be 2
        }
        finally {
            Pop-Location
        }
    }

    It 'is not written under -WhatIf' {
        $path = Join-Path $TestDrive 'never.safetensors'
        New-CnnModel -Preset Baseline | Export-CnnModel -Path $path -WhatIf
        $path | Should -Not -Exist
    }
}
