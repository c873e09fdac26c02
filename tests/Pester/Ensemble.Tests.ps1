# Averages over several models, and over several looks at an image, as a person meets them.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist -First 2000
    $script:test = Import-Mnist -Subset Test -First 1000
    $script:results = 1..3 | ForEach-Object { [pscustomobject]@{ Seed = $_ } } | Invoke-CnnTraining -Data $train -Preset LeNet5 -Epochs 2
}

Describe 'An ensemble' {
    It 'goes through the pipeline like one model' {
        $report = $results | New-CnnEnsemble | Measure-CnnAccuracy -Data $test
        $report.Model.Name | Should -Be 'LeNet5 ×3'
        $report.Loss | Should -BeLessThan (($results | Measure-CnnAccuracy -Data $test | Measure-Object Loss -Average).Average)
        ($report | Out-String) | Should -Match 'Model\s+: LeNet5 ×3'
    }

    It 'is saved as its models, and comes back from their files' {
        $folder = New-Item (Join-Path $TestDrive 'ensemble') -ItemType Directory
        $ensemble = $results | New-CnnEnsemble
        $ensemble.Models | ForEach-Object { $_ | Export-CnnModel -Path (Join-Path $folder "$($_.Seed).safetensors") }
        $again = Import-CnnModel (Join-Path $folder '*.safetensors') | New-CnnEnsemble
        $again.Models | Should -HaveCount 3
        ($again | Measure-CnnAccuracy -Data $test).Loss | Should -Be ($ensemble | Measure-CnnAccuracy -Data $test).Loss
    }

    It 'predicts' {
        $prediction = Import-Mnist -Subset Test -First 1 | Invoke-CnnPrediction -Model ($results | New-CnnEnsemble)
        $prediction.Label | Should -Be '7'
        ($prediction.Probabilities.Probability | Measure-Object -Sum).Sum | Should -BeGreaterThan 0.999999
    }

    It 'of models that do not go together is refused' {
        $small = & { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1, 8, 8
        { $results[0].Model, $small | New-CnnEnsemble } | Should -Throw -ErrorId 'EnsembleMismatch*'
        { $results[0], $results[0] | New-CnnEnsemble } | Should -Throw -ErrorId 'EnsembleDuplicate*'
    }
}

Describe 'Test-time augmentation' {
    It 'is the same each time' {
        $reports = 1, 2 | ForEach-Object {
            $results[0] | Measure-CnnAccuracy -Data $test -TestTimeAugmentation (New-CnnAugmentation -Shift 1) -AugmentationCount 4 -Threads $_
        }
        $reports[0].Loss | Should -Be $reports[1].Loss
        $reports[0].TestTimeAugmentation.Count | Should -Be 4
    }

    It 'needs an augmentation' {
        { $results[0] | Measure-CnnAccuracy -Data $test -AugmentationCount 4 -ErrorAction Stop } | Should -Throw -ErrorId 'TestTimeAugmentationRequired*'
    }
}
