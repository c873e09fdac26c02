# Classes with few images: what a training shows of its weights and its sampling.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist -First 320
}

Describe 'A training with class weights or balanced sampling' {
    It 'shows its setting: <Arguments>' -ForEach @(
        @{ Arguments = @{ ClassWeight = 'Balanced' }; Shown = 'ClassWeight\s+: Balanced' }
        @{ Arguments = @{ ClassWeight = @{ 3 = 2; '8' = 0.5 } }; Shown = 'ClassWeight\s+: \{"3":2,"8":0.5\}' }
        @{ Arguments = @{ Sampling = 'Balanced' }; Shown = 'Sampling\s+: Balanced' }
    ) {
        $result = Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1 @Arguments
        $result | Format-List | Out-String | Should -Match $Shown
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($result))
        $copy | Format-List | Out-String | Should -Match $Shown
    }

    It 'shows neither where there is none' {
        $result = Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1
        $result | Format-List | Out-String | Should -Not -Match 'ClassWeight|Sampling'
    }

    It 'counts classes in objects that go through a pipeline' {
        ($train.ClassCounts | Measure-Object Count -Sum).Sum | Should -Be 320
        ($train.ClassCounts | Sort-Object Count | Select-Object -First 1).Class | Should -BeIn (0..9)
    }
}
