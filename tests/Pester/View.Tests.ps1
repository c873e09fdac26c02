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
        @{ Name = 'a training result'; Object = { $result }; Pattern = 'Baseline +1 +32 +0[.,]001 +1 ' }
        @{ Name = 'epochs'; Object = { $result.History.Epochs }; Pattern = ' +1 +\d[.,]\d{4}' }
        @{ Name = 'an accuracy report'; Object = { $report }; Pattern = 'Accuracy : ' }
        @{ Name = 'an interval'; Object = { $report }; Pattern = 'Interval : [\d.,]+ ?% to [\d.,]+ ?% \(95 % confidence\)' }
        @{ Name = 'a confusion matrix'; Object = { $report.ConfusionMatrix }; Pattern = '(?m)^Label( +\d){10}\r?$' }
        @{ Name = 'confusions'; Object = { $report.Confusions }; Pattern = 'Label Prediction +Count +Share' }
        @{ Name = 'mistakes'; Object = { $report.Misclassified }; Pattern = 'MNIST train +\d+ +\d +\d +[\d.,]+ ?% +[\d.,]+ ?%' }
        @{ Name = 'the summary of a model'; Object = { $result.Model.Summary }; Pattern = '2 Convolution2 +8 filters 5×5 +8×20×20 +1[.,]608 +1[.,]280' }
        @{ Name = 'a device'; Object = { Get-CnnDevice -Measure }; Pattern = 'Kernels +: (avx2|scalar)' }
        @{ Name = 'classes'; Object = { $report.Classes }; Pattern = 'Class +Recall' }
    ) {
        $text = & $Object | Out-String -Width 80
        $text | Should -Match $Pattern
        $text | Should -Not -Match '…'
    }
}
