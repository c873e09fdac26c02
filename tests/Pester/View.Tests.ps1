# What appears at the prompt, in the narrowest terminal.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
}

Describe 'The views' {
    BeforeAll {
        $train = Import-Mnist -First 320
        $result = New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining -Data $train -ValidationData $train -Epochs 1
        $report = $result | Measure-CnnAccuracy $train -MisclassifiedCount 3
    }

    It 'show <Name> without cutting anything on a terminal of 80 columns' -ForEach @(
        @{ Name = 'an image set'; Object = { $train }; Pattern = 'MNIST train +320 1×28×28' }
        @{ Name = 'layers'; Object = { $result.Model.Layers }; Pattern = 'convolution +8 filters 5×5' }
        @{ Name = 'a model'; Object = { $result.Model }; Pattern = 'Model Baseline, trained, seed 1' }
        @{ Name = 'a training result'; Object = { $result }; Pattern = 'Baseline +1 +[\d.,]+ +[\d.,]+ ?% +00:\S+ +32 +0[.,]001 +1 ' }
        @{ Name = 'epochs'; Object = { $result.History.Epochs }; Pattern = ' +1 +\d[.,]\d{4}' }
        @{ Name = 'an accuracy report'; Object = { $report }; Pattern = 'Accuracy : ' }
        @{ Name = 'an interval'; Object = { $report }; Pattern = 'Interval : [\d.,]+ ?% to [\d.,]+ ?% \(95 % confidence\)' }
        @{ Name = 'a confusion matrix'; Object = { $report.ConfusionMatrix }; Pattern = '(?m)^Label( +\d){10}\r?$' }
        @{ Name = 'confusions'; Object = { $report.Confusions }; Pattern = 'Label Prediction +Count +Share' }
        @{ Name = 'mistakes'; Object = { $report.Misclassified }; Pattern = '\d+ +\d +\d +[\d.,]+ ?% +[\d.,]+ ?%' }
        @{ Name = 'the summary of a model'; Object = { $result.Model.Summary }; Pattern = '2 Convolution2 +8×20×20 +1[.,]608 +1[.,]280 +8 filters 5×5' }
        @{ Name = 'a device'; Object = { Get-CnnDevice -Measure }; Pattern = 'Kernels +: (avx512|avx2|vector128|scalar)' }
        @{ Name = 'classes'; Object = { $report.Classes }; Pattern = 'Class +Recall' }
    ) {
        $text = & $Object | Out-String -Width 80
        $text | Should -Match $Pattern
        $text | Should -Not -Match '…'
    }

    It 'of a training show the factors of its learning rate, here and in another process' {
        $quick = New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining -Data $train -Epochs 1 -LearningRateFactor @{ Dense1 = 2 }
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($quick))
        $quick, $copy | ForEach-Object { $_ | Format-List | Out-String | Should -Match 'LearningRateFactor\s+: \{"Dense1":2\}' }
        $result | Format-List | Out-String | Should -Not -Match 'LearningRateFactor'
    }

    It 'of loaded models tell them apart in a table' {
        $file = Join-Path $TestDrive 'digits.safetensors'
        $result | Export-CnnModel -Path $file
        $model = Import-CnnModel $file
        $model.Path | Should -Be $file
        $model, $result.Model | Format-Table | Out-String -Width 80 | Should -Match 'Baseline +1×28×28 +10 +105[.,]634 +True +digits.safetensors'
        $model | Out-String -Width 200 | Should -Match ([regex]::Escape("File $file"))
    }

    It 'give way to Format-Table with properties: <Name>' -ForEach @(
        @{ Name = 'a report'; Object = { $report }; Property = 'Images', 'Accuracy' }
        @{ Name = 'a model'; Object = { $result.Model }; Property = 'Name', 'Seed' }
        @{ Name = 'a preset'; Object = { Get-CnnPreset Fast }; Property = 'Name', 'ClassCount' }
        @{ Name = 'a device'; Object = { Get-CnnDevice }; Property = 'Kernels', 'DefaultThreads' }
        @{ Name = 'a confusion matrix'; Object = { $report.ConfusionMatrix }; Property = 'ClassCount', 'ClassNames' }
    ) {
        $lines = @(& $Object | Format-Table $Property | Out-String -Stream -Width 80 | Where-Object { $_.Trim() })
        $lines | Should -HaveCount 3
        $lines[0].Trim() -split ' +' | Should -Be $Property
    }

    It 'give way to Format-List *: <Name>' -ForEach @(
        @{ Name = 'a report'; Object = { $report } }
        @{ Name = 'a model'; Object = { $result.Model } }
        @{ Name = 'a preset'; Object = { Get-CnnPreset Fast } }
        @{ Name = 'a device'; Object = { Get-CnnDevice } }
    ) {
        $one = & $Object
        $text = $one | Format-List * | Out-String -Width 200
        foreach ($property in $one.PSObject.Properties.Name) { $text | Should -Match "(?m)^$property +:" }
        $text | Should -Not -Match '(?m)^(View|Safetensors) +:'
    }

    It 'are a row for Format-Table and a list for Format-List: <Name>' -ForEach @(
        @{ Name = 'a report'; Object = { $report }; Row = 'Baseline +MNIST train +320 '; Item = '(?m)^Correct +: \d+' }
        @{ Name = 'a model'; Object = { $result.Model }; Row = 'Baseline +1×28×28 +10 +105[.,]634 '; Item = '(?m)^Layers +: convolution' }
        @{ Name = 'a preset'; Object = { Get-CnnPreset Fast }; Row = 'Fast +1×28×28 +6 +64 '; Item = '(?m)^Settings +: Epochs=6' }
        @{ Name = 'a device'; Object = { Get-CnnDevice }; Row = '(avx512|avx2|vector128|scalar) '; Item = '(?m)^Reason +: ' }
        @{ Name = 'a training result'; Object = { $result }; Row = 'Baseline +1 +[0-9.,]+ '; Item = '(?m)^History +: 1 epoch, 10 batches, loss ' }
    ) {
        & $Object | Format-Table | Out-String -Width 80 | Should -Match $Row
        & $Object | Format-List | Out-String -Width 80 | Should -Match $Item
    }

    It 'show a list of a result with what was set, and nothing else' {
        $text = $result | Format-List | Out-String -Width 80
        $text | Should -Match '(?m)^Epochs +: 1 of 1'
        $text | Should -Match '(?m)^WeightAveraging +: 0[.,]998'
        $text | Should -Not -Match 'Beta1|ClipNorm|PlateauEpochs|Options'
    }
}
