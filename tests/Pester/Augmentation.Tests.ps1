# Augmentation as a person meets it.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:few = Import-Mnist -First 320
}

Describe 'An augmentation' {
    It 'is data that is printed, copied and changed' {
        $augmentation = New-CnnAugmentation -Shift 2 -Rotation 10 -ElasticStrength 34
        ($augmentation | Out-String) | Should -Match 'Shift\s+: up to 2 pixels'
        ($augmentation | Out-String) | Should -Match 'Elastic\s+: strength 34, smoothness 4: 1.4 pixels'
        "$($augmentation | New-CnnAugmentation -Rotation 5 -Mirror)" | Should -Be 'shift 2, rotation 5°, elastic 34/4, mirror'
        $augmentation.Rotation | Should -Be 10
    }

    It 'is varied by the trials of a table' {
        $results = 0, 2 |
            ForEach-Object { [pscustomobject]@{ Preset = 'LeNet5'; Seed = 1; Augmentation = New-CnnAugmentation -Shift $_ } } |
            Invoke-CnnTraining -Data $few -Epochs 1
        $results.Augmentation.Shift | Should -Be 0, 2
        $results[0].Loss | Should -Not -Be $results[1].Loss
    }

    It 'gives the same model for one seed on one thread and on two' {
        $augmentation = New-CnnAugmentation -Shift 2 -Rotation 10 -Scale 0.1 -ElasticStrength 34 -EraseProbability 0.5
        $one, $two = 1, 2 | ForEach-Object {
            New-CnnModel -Preset Baseline -Seed 3 | Invoke-CnnTraining -Data $few -Epochs 2 -Threads $_ -Augmentation $augmentation
        }
        $one.History.Losses -join ' ' | Should -Be ($two.History.Losses -join ' ')
    }

    It 'can be looked at' {
        $images = Import-Mnist -First 2 | Invoke-CnnAugmentation @{ Rotation = 20 } -Seed 1 -Count 3
        $images.Count | Should -Be 6
        0..5 | ForEach-Object { $images.Label($_) } | Should -Be 5, 5, 5, 0, 0, 0
    }

    It 'that moves the picture out of its frame is refused at once' {
        { New-CnnModel -Preset Baseline | Invoke-CnnTraining -Data $few -Augmentation @{ Shift = 28 } -ErrorAction Stop } |
            Should -Throw -ErrorId 'AugmentationOutside*' -ExpectedMessage '*at most by 13*'
        { New-CnnAugmentation -Scale 1 -ErrorAction Stop } | Should -Throw -ErrorId 'AugmentationOption*'
    }
}
