# Objects that went through Start-Job, a remote session or Export-Clixml. PowerShell hands on copies of their properties.

BeforeAll {
    $script:manifest = Join-Path $PSScriptRoot '../../Cnn.psd1'
    Import-Module $manifest -Force
    $script:train = Import-Mnist -First 320
    $script:result = Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 2 -ValidationData $train
    $script:report = $result | Measure-CnnAccuracy $train -MisclassifiedCount 2

    function Copy-ByFile($Object) {
        $path = Join-Path $TestDrive 'copy.xml'
        $Object | Export-Clixml $path -Force
        Import-Clixml $path
    }

    function Get-View($Object) {
        ($Object | Out-String -Width 100).Trim()
    }
}

Describe 'A copy' {
    It 'of <Name> has the view of the original' -ForEach @(
        @{ Name = 'an image set'; Object = { $train } }
        @{ Name = 'a layer'; Object = { $result.Model.Layers[0] } }
        @{ Name = 'a summary'; Object = { $result.Model.Summary } }
        @{ Name = 'an ensemble'; Object = { New-CnnEnsemble $result.Model, (New-CnnModel Baseline -Seed 5) } }
        @{ Name = 'a training result'; Object = { $result } }
        @{ Name = 'a history'; Object = { $result.History } }
        @{ Name = 'epochs'; Object = { $result.History.Epochs } }
        @{ Name = 'trials'; Object = { New-CnnSweep @{ LearningRate = 0.001, 0.002; Convolution1Filters = 4 } -Preset Baseline } }
        @{ Name = 'classes'; Object = { $report.Classes } }
        @{ Name = 'top-k accuracies'; Object = { $report.TopAccuracies } }
        @{ Name = 'calibration bins'; Object = { $report.CalibrationBins } }
        @{ Name = 'mistakes'; Object = { $report.Misclassified } }
        @{ Name = 'predictions'; Object = { $train.Slice(0, 2) | Invoke-CnnPrediction $result.Model } }
        @{ Name = 'an augmentation'; Object = { New-CnnAugmentation -Shift 2 -Scale 0.1 } }
        @{ Name = 'a confusion matrix'; Object = { $report.ConfusionMatrix } }
    ) {
        $original = & $Object
        Get-View (Copy-ByFile $original) | Should -Be (Get-View $original)
    }

    It 'of the results of a sweep has the view of the original' {
        $original = New-CnnSweep @{ LearningRate = 0.001, 0.002 } -Preset Baseline | Invoke-CnnSweep $train $train
        $copy = Copy-ByFile $original
        Get-View $copy | Should -Be (Get-View $original)
        $copy.LearningRate | Should -Be $original.LearningRate
    }

    It 'of <Name> shows its text' -ForEach @(
        @{ Name = 'a report'; Object = { $report }; Pattern = 'Class +Recall' }
        @{ Name = 'a preset'; Object = { Get-CnnPreset Fast }; Pattern = 'Settings +: -Epochs 6' }
        @{ Name = 'a device'; Object = { Get-CnnDevice }; Pattern = 'Kernels +: (avx512|avx2|vector128|scalar)' }
    ) {
        $copy = Copy-ByFile (& $Object)
        $copy.PSObject.TypeNames[0] | Should -BeLike 'Deserialized.Cnn.*'
        Get-View $copy | Should -Match $Pattern
    }

    It 'of a report has its measures' {
        $copy = Copy-ByFile $report
        foreach ($measure in 'BalancedAccuracy', 'MacroPrecision', 'MacroRecall', 'MacroF1', 'CalibrationError') {
            $copy.$measure | Should -Be $report.$measure
        }

        $copy.TopAccuracies.Accuracy | Should -Be $report.TopAccuracies.Accuracy
        $copy.CalibrationBins.Count | Should -Be 15
    }

    It 'of a model is a model, bit for bit' {
        $copy = Copy-ByFile $result.Model
        $copy | Should -BeOfType Cnn.Models.Model
        ($copy | Measure-CnnAccuracy -Data $train).Loss | Should -Be $report.Loss
        $copy.Seed | Should -Be $result.Model.Seed
    }

    It 'of a result has its model, and trains on' {
        $copy = Copy-ByFile $result
        ($copy | Measure-CnnAccuracy -Data $train).Loss | Should -Be $report.Loss
        $path = Join-Path $TestDrive 'model.safetensors'
        $copy | Export-CnnModel $path -Force
        (Import-CnnModel $path | Measure-CnnAccuracy -Data $train).Loss | Should -Be $report.Loss
        $again = $copy | Invoke-CnnTraining -Data $train
        $again.Epochs, $again.BatchSize, $again.Seed | Should -Be 2, 32, 1
    }

    It 'of a result has the list of the original' {
        Get-View (Copy-ByFile $result | Format-List) | Should -Be (Get-View ($result | Format-List))
    }

    It 'of trials is run' {
        $copy = Copy-ByFile (New-CnnSweep @{ Epochs = 1; Convolution1Filters = 4 } -Preset Baseline)
        ($copy | Invoke-CnnSweep $train $train).Accuracy | Should -BeGreaterThan 0.5
    }

    It 'of <Name> is an error that says what to do' -ForEach @(
        @{ Name = 'an image set'; Script = { Copy-ByFile $train | Split-CnnImageSet 0.1 -ErrorAction Stop } }
        @{ Name = 'an image set as an argument'; Script = { Invoke-CnnTraining (Copy-ByFile $train) -Preset Baseline } }
        @{ Name = 'layers'; Script = { Copy-ByFile $result.Model.Layers | New-CnnModel -InputShape 1, 28, 28 -ErrorAction Stop } }
        @{ Name = 'an ensemble'; Script = { Copy-ByFile (New-CnnEnsemble $result.Model, (New-CnnModel Baseline -Seed 5)) | Measure-CnnAccuracy -Data $train -ErrorAction Stop } }
    ) {
        $Script | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*' -ExpectedMessage '*Start-ThreadJob*'
    }

    It 'of a result cannot be drawn' {
        $path = Join-Path $TestDrive 'loss.png'
        { Copy-ByFile $result | Export-CnnPlot $path -ErrorAction Stop } | Should -Throw -ErrorId 'PlotInput,*' -ExpectedMessage '*Start-ThreadJob*'
        $path | Should -Not -Exist
    }
}

Describe 'A job' {
    It 'gives a result whose view is whole and whose model can be used' {
        $copy = Start-Job {
            Import-Module $using:manifest
            Invoke-CnnTraining (Import-Mnist -First 320) -Preset Baseline -Seed 1 -Epochs 2
        } | Receive-Job -Wait -AutoRemoveJob
        Get-View $copy | Should -Match 'Baseline +2 +0[.,][0-9]+ +00:[0-9.]+ +32 +0[.,]001 +1 '
        ($copy | Measure-CnnAccuracy -Data $train).Loss | Should -Be $report.Loss
    }

    It 'takes a model, before it has imported the module' {
        $model = $result.Model
        $loss = Start-Job {
            Import-Module $using:manifest
            ($using:model | Measure-CnnAccuracy -Data (Import-Mnist -First 320)).Loss
        } | Receive-Job -Wait -AutoRemoveJob
        $loss | Should -Be $report.Loss
    }
}
