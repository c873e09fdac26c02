# Optimizers and schedules as people use them.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist -First 2000
    $script:validation = Import-Mnist -Skip 59000
}

Describe 'Invoke-CnnTraining -Optimizer' {
    It 'trains with <_>, and the result says so' -ForEach 'Adam', 'AdamW', 'Sgd', 'RmsProp' {
        $result = New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Optimizer $_ -Epochs 3 -ValidationData $validation
        $result.Optimizer | Should -Be $_
        $result.ValidationAccuracy | Should -BeGreaterThan 0.7
    }

    It 'takes several from one table, where what a row does not need is empty' {
        Set-Content (Join-Path $TestDrive trials.csv) 'Optimizer,LearningRate,Momentum,Beta1,WeightDecay', 'AdamW,0.002,,0.8,0.05', 'Sgd,0.02,0.8,,'
        $results = Import-Csv (Join-Path $TestDrive trials.csv) | Invoke-CnnTraining $train -Preset Baseline -Epochs 1
        $results.Optimizer | Should -Be 'AdamW', 'Sgd'
        $results[0].Beta1 | Should -Be 0.8
        $results[1].Momentum | Should -Be 0.8
        $results[1].Beta1 | Should -BeNullOrEmpty
    }

    It 'says whose setting it is that does not belong' {
        { New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Momentum 0.9 -ErrorAction Stop } |
            Should -Throw -ErrorId 'SettingNotApplicable,Cnn.PowerShell.InvokeCnnTrainingCommand' -ExpectedMessage '*choose Sgd or RmsProp with -Optimizer*'
    }

    It 'completes the names' {
        $line = 'Invoke-CnnTraining -Optimizer '
        ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)).CompletionMatches.CompletionText |
            Should -Be 'Adam', 'AdamW', 'RmsProp', 'Sgd'
    }
}

Describe 'Invoke-CnnTraining -Schedule' {
    It 'shows the rate of each epoch' {
        $result = New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 3 -LearningRate 0.002 -Schedule Step -LearningRateDecay 0.5
        $result.History.Epochs.LearningRate | Should -Be 0.002, 0.001, 0.0005
        $result.History.Epochs | Out-String | Should -Match 'Rate'
    }

    It 'refuses one that is longer than the training, and says what to change' {
        { New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 2 -Schedule Cosine -WarmupEpochs 2 -ErrorAction Stop } |
            Should -Throw -ErrorId 'ScheduleLength,Cnn.PowerShell.InvokeCnnTrainingCommand' -ExpectedMessage '*use a WarmupEpochs of less than 2, or more Epochs*'
    }
}
